"""These tests need torch, a dependency group of its own: `make torch` installs it, and in CI it may not be missing."""

import os
from importlib.util import find_spec
from pathlib import Path

import pytest

from headwater.artifacts.store import ArtifactStore
from headwater.storage.local import LocalStorage


@pytest.fixture(autouse=True, scope="session")
def torch_is_installed() -> None:
    """A missing torch fails in CI and skips elsewhere."""
    if find_spec("torch") is None:
        if os.environ.get("CI"):
            pytest.fail("torch is missing: CI installs it with `make torch`.")
        pytest.skip("torch is not installed; `make torch` installs it")


@pytest.fixture
def storage(tmp_path: Path) -> LocalStorage:
    return LocalStorage(tmp_path / "root")


@pytest.fixture
def store(storage: LocalStorage) -> ArtifactStore:
    return ArtifactStore(storage)
