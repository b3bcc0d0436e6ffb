"""A store on a fresh root, and how to send a value through it."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from headwater.artifacts.store import ArtifactStore, InlineBudget
from headwater.storage.local import LocalStorage


@pytest.fixture
def storage(tmp_path: Path) -> LocalStorage:
    return LocalStorage(tmp_path / "root")


@pytest.fixture
def store(storage: LocalStorage) -> ArtifactStore:
    return ArtifactStore(storage)


@pytest.fixture
def through(store: ArtifactStore) -> Callable[[Any], Any]:
    """Save and load, inline or through blobs as the size says."""

    def send(value: Any) -> Any:
        return store.load(store.save("x", value, InlineBudget()), "x", "Flow/1/start/0")

    return send
