"""The items of a foreach: each is loaded alone, and what they share is stored once."""

import threading
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from headwater.artifacts import splits
from headwater.artifacts.store import ArtifactStore, InlineBudget
from headwater.errors import ArtifactError, BlobError
from headwater.records.artifact import SplitItems
from headwater.storage import layout
from headwater.storage.local import LocalStorage
from headwater.storage.memory import MemoryStorage

WHERE = "Flow/1/start/0"

_items = st.lists(
    st.none() | st.integers() | st.floats(allow_nan=False) | st.text() | st.binary() | st.tuples(st.integers()),
    max_size=30,
)


class _CountingStorage(LocalStorage):
    """Counts the bytes that are read."""

    reads = 0
    bytes_read = 0

    def read(self, key: str) -> bytes:
        raise AssertionError(f"{key} was read whole")

    def read_range(self, key: str, start: int, length: int) -> bytes:
        data = super().read_range(key, start, length)
        self.reads += 1
        self.bytes_read += len(data)
        return data


def _unpack_all(store: ArtifactStore, items: SplitItems) -> list[Any]:
    return [store.unpack(items, index, WHERE) for index in range(items.count)]


@settings(deadline=None, database=None, suppress_health_check=[HealthCheck.too_slow])
@given(_items, st.booleans())
def test_every_item_comes_back_alone(values: list[Any], inline: bool) -> None:
    store = ArtifactStore(MemoryStorage("splits"))
    items = store.pack("values", values, InlineBudget() if inline else InlineBudget(0))
    assert (items.data is not None) == inline
    assert items.count == len(values)
    again = _unpack_all(store, items)
    assert again == values
    assert [type(value) for value in again] == [type(value) for value in values]


def test_few_small_items_stand_in_the_record(store: ArtifactStore) -> None:
    budget = InlineBudget()
    items = store.pack("values", list(range(100)), budget)
    assert items.data is not None
    assert len(items.data) <= splits.INLINE_ITEMS
    assert budget.remaining < InlineBudget().remaining
    assert items.blob is None


def test_one_of_many_items_is_two_small_reads(tmp_path: Path) -> None:
    storage = _CountingStorage(tmp_path)
    store = ArtifactStore(storage)
    items = store.pack("values", [f"item {number}" for number in range(50_000)], InlineBudget())
    assert items.blob is not None
    for index in (0, 777, 49_999):
        assert store.unpack(items, index, WHERE) == f"item {index}"
    assert storage.reads == 6
    assert storage.bytes_read < 200


def test_a_large_buffer_that_items_share_is_stored_once(store: ArtifactStore, storage: LocalStorage) -> None:
    data = np.random.default_rng(0).random(1 << 18)
    twin = data.copy()
    items = store.pack("values", [{"data": data, "fold": fold} for fold in range(50)] + [twin], InlineBudget())
    assert len(items.buffers) == 1
    assert sum(entry.size for entry in storage.list("blobs")) == data.nbytes
    loaded = store.unpack(items, 7, WHERE)
    assert loaded["fold"] == 7
    assert np.array_equal(loaded["data"], data)
    loaded["data"][0] = -1
    assert np.array_equal(store.unpack(items, 50, WHERE), data)


def test_items_with_several_large_buffers_get_their_own(store: ArtifactStore) -> None:
    arrays = [np.full(1 << 17, float(number)) for number in range(4)]
    pairs = [(arrays[number], arrays[-1 - number]) for number in range(4)]
    items = store.pack("pairs", pairs, InlineBudget())
    assert len(items.buffers) == 4
    for pair, again in zip(pairs, _unpack_all(store, items), strict=True):
        assert all(np.array_equal(one, other) for one, other in zip(pair, again, strict=True))


def test_functions_and_frames_can_be_items(store: ArtifactStore) -> None:
    frame = pd.DataFrame({"a": [1, 2]})
    items = store.pack("values", [lambda: 5, frame, None], InlineBudget())
    function, again, nothing = _unpack_all(store, items)
    assert function() == 5
    pd.testing.assert_frame_equal(again, frame)
    assert nothing is None


def test_no_items_are_packed_too(store: ArtifactStore) -> None:
    items = store.pack("values", [], InlineBudget())
    assert items.count == 0
    with pytest.raises(ArtifactError, match="there are 0 items"):
        store.unpack(items, 0, WHERE)


@pytest.mark.parametrize("index", [-1, 3])
def test_an_item_that_does_not_exist_is_an_error(store: ArtifactStore, index: int) -> None:
    items = store.pack("values", [1, 2, 3], InlineBudget())
    with pytest.raises(ArtifactError, match=rf"Item {index} of the foreach of {WHERE} does not exist"):
        store.unpack(items, index, WHERE)


_lock = threading.Lock()


def _holding_a_lock() -> Any:
    lock = _lock
    return lambda: lock


@pytest.mark.parametrize("item", [_lock, _holding_a_lock()], ids=["lock", "function"])
def test_an_item_that_cannot_be_stored_is_named(store: ArtifactStore, item: Any) -> None:
    with pytest.raises(ArtifactError, match=r"Item 1 of 'values'"):
        store.pack("values", [1, item], InlineBudget())


def test_a_damaged_item_is_an_error(store: ArtifactStore) -> None:
    items = store.pack("values", ["first", "second"], InlineBudget())
    assert items.data is not None
    damaged = msgspec.structs.replace(items, data=items.data[:-1] + b"X")
    assert store.unpack(damaged, 0, WHERE) == "first"
    with pytest.raises(BlobError, match=f"Item 1 of the foreach of {WHERE} is damaged"):
        store.unpack(damaged, 1, WHERE)
    for cut in (items.data[:-1], items.data[:20], b"", None):
        with pytest.raises(BlobError, match="cut off"):
            store.unpack(msgspec.structs.replace(items, data=cut), 1, WHERE)


def test_a_missing_or_damaged_blob_of_items_is_named(store: ArtifactStore, storage: LocalStorage) -> None:
    items = store.pack("values", ["text" * 100] * 500, InlineBudget())
    assert items.blob is not None
    path = storage.path(layout.blob(items.blob.hash))
    path.chmod(0o600)
    path.write_bytes(bytes(items.blob.size))
    with pytest.raises(BlobError, match=rf"Blob {items.blob.hash} of Item 3 .*damaged"):
        store.unpack(items, 3, WHERE)
    path.unlink()
    with pytest.raises(BlobError, match=rf"Blob {items.blob.hash} of Item 3 .*missing"):
        store.unpack(items, 3, WHERE)
