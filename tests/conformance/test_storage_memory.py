"""The storage suite on a dictionary."""

from collections.abc import Callable

import pytest

from headwater.storage.base import Storage
from headwater.storage.memory import MemoryStorage
from headwater.testing.storage import StorageSuite, fresh_names, storage_model

_new_name = fresh_names("suite")


class TestMemoryStorage(StorageSuite):
    shared = False

    @pytest.fixture
    def open_root(self) -> Callable[[], Storage]:
        name = _new_name()
        return lambda: MemoryStorage(name)


TestMemoryModel = storage_model(lambda: MemoryStorage(_new_name())).TestCase
