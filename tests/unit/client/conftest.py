"""A root of one's own, read as a user of the client would."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from headwater.client import scope
from headwater.client.reader import close_readers
from headwater.storage.base import Storage
from headwater.storage.open import open_storage


@pytest.fixture
def storage(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Storage]:
    """The root that the environment names; every namespace is shown."""
    root = tmp_path / "root"
    root.mkdir()
    monkeypatch.setenv("HEADWATER_DATASTORE_ROOT", str(root))
    monkeypatch.setenv("HEADWATER_USER", "ann")
    monkeypatch.setattr(scope, "_chosen", None)
    yield open_storage(str(root))
    close_readers()
