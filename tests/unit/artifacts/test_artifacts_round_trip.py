"""Every value comes back equal and of the same types."""

import datetime
import enum
import math
import pickle
from collections import OrderedDict, defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from headwater.artifacts.store import ArtifactStore, InlineBudget
from headwater.records import base
from headwater.records.artifact import ArtifactRef
from headwater.storage.memory import MemoryStorage

Through = Callable[[Any], Any]


class Colour(enum.IntEnum):
    RED = 1


class Point(NamedTuple):
    x: int
    y: float


@dataclass
class Model:
    weights: Any
    name: str = "model"


class Text(str):
    """A str that is not exactly one."""


def _same(one: Any, other: Any) -> bool:
    """Equal, and of the same types at every level; NaN is the same as NaN, 0.0 is not -0.0."""
    if type(one) is not type(other):
        return False
    if isinstance(one, float):
        return math.copysign(1, one) == math.copysign(1, other) and (one == other or (one != one and other != other))
    if isinstance(one, list | tuple):
        return len(one) == len(other) and all(map(_same, one, other))
    if isinstance(one, dict):
        return _same(list(one.items()), list(other.items()))
    return bool(one == other)


_scalars = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.binary()
    | st.text(st.characters(exclude_categories=()))
)
_values = st.recursive(
    _scalars,
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.tuples(inner, inner)
        | st.dictionaries(st.text(max_size=5) | st.integers(), inner, max_size=4)
        | st.frozensets(st.integers() | st.text(max_size=3), max_size=4)
    ),
    max_leaves=12,
)


@settings(deadline=None, database=None, suppress_health_check=[HealthCheck.too_slow])
@given(_values)
def test_built_in_values_come_back_exactly(value: Any) -> None:
    store = ArtifactStore(MemoryStorage("round-trip"))
    ref = store.save("x", value, InlineBudget())
    again = base.decode(_Carrier, base.encode(_Carrier(ref=ref)), "memory")
    assert _same(store.load(again.ref, "x", "F/1/a/0"), value)


class _Carrier(base.Document, frozen=True, kw_only=True, tag="carrier/1"):
    ref: ArtifactRef


@pytest.mark.parametrize(
    ("value", "serializer"),
    [
        (b"raw", "bytes"),
        ("text", "text"),
        ("\ud800 alone", "text"),
        (None, "json"),
        (True, "json"),
        (2**63 - 1, "json"),
        (2**70, "pickle"),
        (1.0, "json"),
        (math.nan, "pickle"),
        (-math.inf, "pickle"),
        ([1, 1.0, True, None, "a", {"k": []}], "json"),
        ({"a": "\ud800"}, "pickle"),
        ({1: "a"}, "pickle"),
        ({"a": (1, 2)}, "pickle"),
        ((1, 2), "pickle"),
        ({1, 2}, "pickle"),
        (bytearray(b"raw"), "pickle"),
        (Text("t"), "pickle"),
        ([Text("t")], "pickle"),
        (Colour.RED, "pickle"),
        (Point(1, 2.0), "pickle"),
        ([Point(1, 2.0)], "pickle"),
        (OrderedDict(a=1), "pickle"),
        (Decimal("1.10"), "pickle"),
        (datetime.date(2026, 1, 1), "pickle"),
        (np.float64(1.5), "pickle"),
        ([[0] * 1001], "pickle"),
        (math.sin, "pickle"),
        (Path.exists, "pickle"),
    ],
    ids=lambda value: type(value).__name__,
)
def test_the_plainest_form_that_is_exact_is_taken(store: ArtifactStore, value: Any, serializer: str) -> None:
    ref = store.save("x", value, InlineBudget())
    assert ref.serializer == serializer
    assert _same(store.load(ref, "x", "F/1/a/0"), value)


def test_what_is_shared_stays_shared(through: Through) -> None:
    inner: list[int] = [1]
    one, other = through([inner, inner])
    assert one is other
    knot: list[Any] = []
    knot.append(knot)
    again = through(knot)
    assert again[0] is again


def test_deep_nesting_is_no_crash(through: Through) -> None:
    value: list[Any] = []
    for _ in range(200):
        value = [value]
    assert through(value) == value


def test_equal_plain_values_have_equal_hashes(store: ArtifactStore) -> None:
    for make in (lambda: {"a": [1, 2.5, "x"]}, lambda: "text" * 5000, lambda: np.arange(300_000), lambda: (1, "a")):
        assert store.save("x", make(), InlineBudget()).hash == store.save("y", make(), InlineBudget()).hash


@pytest.mark.parametrize("length", [0, 3, 1 << 17, 1 << 19])
@pytest.mark.parametrize("dtype", ["f8", "i4", "?", "c16", "M8[ns]", "S7", "U3", [("a", "i4"), ("b", "f8", (2,))]])
def test_arrays_come_back_writable(through: Through, length: int, dtype: Any) -> None:
    array = np.zeros(length, dtype)
    array[length // 2 :] = np.ones(1, "u1").astype(dtype)[0] if isinstance(dtype, str) and dtype != "M8[ns]" else 1
    again = through(array)
    assert again.dtype == array.dtype
    assert np.array_equal(again, array)
    assert again.flags.writeable
    again[:1] = array[:1]


def _large() -> Any:
    return np.arange(1 << 18, dtype="f8").reshape(512, 512)


@pytest.mark.parametrize(
    "array",
    [
        np.array(3.5),
        np.empty((0, 3)),
        np.empty((3, 0, 2)),
        np.asfortranarray(_large()),
        _large()[::2, ::3],
        _large().T,
        _large()[::-1],
        np.broadcast_to(np.arange(512.0), (512, 512)),
        np.array([1, "a", None, (2, 3)], dtype=object),
        np.array([[1, 2], [3, None]], dtype=object),
        np.ma.masked_array(_large(), mask=_large() > 5),
        np.array(["a", "ü"], dtype=np.dtypes.StringDType()),
    ],
    ids=lambda array: f"{array.dtype.kind}-{array.shape}-{array.flags.c_contiguous}",
)
def test_arrays_of_every_layout_come_back(through: Through, array: Any) -> None:
    again = through(array)
    assert type(again) is type(array)
    assert again.shape == array.shape
    assert again.dtype == array.dtype
    assert (again == array).all()
    if array.dtype != object and array.size:
        again.flat[0] = array.flat[0]
        assert again.flags.f_contiguous == array.flags.f_contiguous or not array.flags.forc


def test_a_read_only_array_stays_read_only(through: Through) -> None:
    array = _large()
    array.flags.writeable = False
    assert not through(array).flags.writeable


def test_an_object_with_large_buffers_comes_back(through: Through) -> None:
    shared = _large()
    model = through({"a": Model([shared, shared[0]]), "b": shared})
    assert np.array_equal(model["a"].weights[0], shared)
    assert model["a"].weights[0] is model["b"]


def _frames() -> dict[str, Any]:
    rows = 200_000
    numbers = pd.DataFrame({"i": np.arange(rows), "f": np.linspace(0, 1, rows), "b": np.arange(rows) % 2 == 0})
    return {
        "numbers": numbers,
        "empty": pd.DataFrame(),
        "no rows": numbers.iloc[:0],
        "strings": pd.DataFrame({"s": ["a", None, "ü"] * 1000}),
        "objects": pd.DataFrame({"o": [1, "a", None]}, dtype=object),
        "categories": pd.DataFrame({"c": pd.Categorical(["a", "b", "a"] * 1000, ordered=True)}),
        "times": pd.DataFrame({"t": pd.date_range("2026", periods=rows, freq="s", tz="Europe/Zurich")}),
        "nullable": pd.DataFrame({"n": pd.array([1, None, 3], dtype="Int64")}),
        "indexed": numbers.set_index("i"),
        "levels": numbers.head(10).set_index(["i", "b"]),
        "slice": numbers.iloc[::3][["f", "i"]],
    }


@pytest.mark.parametrize("name", list(_frames()))
def test_pandas_frames_come_back_writable(through: Through, name: str) -> None:
    frame = _frames()[name]
    again = through(frame)
    pd.testing.assert_frame_equal(again, frame)
    if len(frame):
        again.iloc[0, 0] = frame.iloc[-1, 0]
        assert frame.iloc[0, 0] != again.iloc[0, 0] or frame.iloc[0, 0] == frame.iloc[-1, 0]


def test_a_changed_copy_of_a_loaded_frame_leaves_the_stored_one_alone(store: ArtifactStore) -> None:
    ref = store.save("x", _frames()["numbers"], InlineBudget())
    changed = store.load(ref, "x", "F/1/a/0")
    changed.loc[:, "f"] = -1.0
    pd.testing.assert_frame_equal(store.load(ref, "x", "F/1/a/0"), _frames()["numbers"])


def test_series_and_polars_frames_come_back(through: Through) -> None:
    series = pd.Series(np.arange(300_000), name="s")
    pd.testing.assert_series_equal(through(series), series)
    frame = pl.DataFrame({"a": range(1000), "b": [str(i) for i in range(1000)], "c": [[1, None]] * 1000})
    assert through(frame).equals(frame)


def test_functions_are_stored_by_value_where_pickle_cannot(store: ArtifactStore) -> None:
    factor = 3

    class Local:
        def times(self, number: int) -> int:
            return number * factor

    ref = store.save("f", lambda number: number * factor, InlineBudget())
    assert ref.serializer == "cloudpickle"
    assert ref.python is not None
    assert store.load(ref, "f", "F/1/a/0")(2) == 6
    local = store.load(store.save("o", Local(), InlineBudget()), "o", "F/1/a/0")
    assert local.times(2) == 6
    assert store.load(store.save("m", Model(1), InlineBudget()), "m", "F/1/a/0") == Model(1)


def test_a_large_buffer_beside_a_lambda_is_not_lost(through: Through) -> None:
    function, array = through((lambda number: number + 1, _large()))
    assert function(1) == 2
    assert np.array_equal(array, _large())


def test_a_default_factory_survives(through: Through) -> None:
    value = defaultdict(list, a=[1])
    again = through(value)
    assert again == value
    assert again["new"] == []


def test_large_texts_are_compressed_and_come_back(store: ArtifactStore) -> None:
    text = "all work and no play\n" * 50_000
    ref = store.save("x", text, InlineBudget())
    assert [blob.encoding for blob in ref.blobs] == ["zst"]
    assert ref.size == ref.blobs[0].size == len(text)
    assert store.load(ref, "x", "F/1/a/0") == text


def test_pickles_are_of_protocol_five(store: ArtifactStore) -> None:
    ref = store.save("x", (1, 2), InlineBudget())
    assert ref.data == pickle.dumps((1, 2), protocol=5)
