"""A root of one's own, whose runs are written by hand and compared."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from headwater.artifacts.store import ArtifactStore, InlineBudget
from headwater.client.reader import Reader, close_readers, open_reader
from headwater.compare.model import ValueChange
from headwater.compare.values import compare_values
from headwater.storage.base import Storage
from headwater.storage.memory import MemoryStorage
from headwater.storage.open import open_storage


@pytest.fixture
def storage(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Storage]:
    root = tmp_path / "root"
    root.mkdir()
    monkeypatch.setenv("HEADWATER_DATASTORE_ROOT", str(root))
    monkeypatch.setenv("HEADWATER_USER", "ann")
    yield open_storage(str(root))
    close_readers()


@pytest.fixture
def reader(storage: Storage) -> Callable[[], Reader]:
    """The reader of the root, once all documents are written."""
    return lambda: open_reader(storage.url)


@pytest.fixture
def compared(request: pytest.FixtureRequest) -> Callable[[object, object], ValueChange]:
    """Two values as artifacts, stored and compared."""
    store = ArtifactStore(MemoryStorage(request.node.nodeid))

    def compare(before: object, after: object) -> ValueChange:
        return compare_values("x", *(store.save("x", value, InlineBudget()) for value in (before, after)))

    return compare
