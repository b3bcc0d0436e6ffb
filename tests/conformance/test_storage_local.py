"""The storage suite on a directory."""

from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from headwater.storage.base import Storage
from headwater.storage.local import LocalStorage
from headwater.testing.storage import StorageSuite, storage_model


class TestLocalStorage(StorageSuite):
    @pytest.fixture
    def open_root(self, tmp_path: Path) -> Callable[[], Storage]:
        return lambda: LocalStorage(tmp_path / "root")


class _Temporary(LocalStorage):
    """A directory that goes when it is closed."""

    def __init__(self) -> None:
        self._folder = TemporaryDirectory()
        super().__init__(self._folder.name)

    def close(self) -> None:
        self._folder.cleanup()


TestLocalModel = storage_model(_Temporary).TestCase
