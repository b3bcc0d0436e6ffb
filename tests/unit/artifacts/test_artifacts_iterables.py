"""A foreach runs over anything that can be iterated, in an order that does not change."""

import itertools
import os
import subprocess
import sys
from collections.abc import Iterator
from types import MappingProxyType
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pytest

from headwater.artifacts.iterables import materialise
from headwater.errors import InvalidNext


class Dataset:
    """Has a length and items, and does not raise IndexError at its end."""

    def __len__(self) -> int:
        return 3

    def __getitem__(self, index: int) -> str:
        return f"item {index}"


@pytest.mark.parametrize(
    ("value", "items"),
    [
        ([1, "a"], [1, "a"]),
        ((1, 2), [1, 2]),
        (range(3), [0, 1, 2]),
        ("abc", ["a", "b", "c"]),
        (b"ab", [97, 98]),
        ({"a": 1, "b": None}, [("a", 1), ("b", None)]),
        (MappingProxyType({"a": 1}), [("a", 1)]),
        ({3, 1, 2}, [1, 2, 3]),
        (frozenset({"b", "a"}), ["a", "b"]),
        ({"a": 1}.keys(), ["a"]),
        ((number * 2 for number in range(3)), [0, 2, 4]),
        (iter([1, 2]), [1, 2]),
        (Dataset(), ["item 0", "item 1", "item 2"]),
        ([], []),
        (pd.Series([1, 2]), [1, 2]),
        (pl.Series([1, 2]), [1, 2]),
        (pl.DataFrame({"a": [1, 2], "b": ["x", "y"]}), [{"a": 1, "b": "x"}, {"a": 2, "b": "y"}]),
    ],
    ids=lambda value: type(value).__qualname__,
)
def test_the_items_are_what_one_would_expect(value: Any, items: list[Any]) -> None:
    assert materialise(value) == items


def test_the_rows_of_an_array_are_its_items() -> None:
    rows = materialise(np.arange(6).reshape(3, 2))
    assert [row.tolist() for row in rows] == [[0, 1], [2, 3], [4, 5]]


def test_the_rows_of_a_pandas_frame_are_series() -> None:
    rows = materialise(pd.DataFrame({"a": [1, 2], "b": ["x", "y"]}, index=["r", "s"]))
    assert [(row.name, row["a"], row.b) for row in rows] == [("r", 1, "x"), ("s", 2, "y")]


def test_a_list_is_not_handed_out_itself() -> None:
    value = [1]
    assert materialise(value) is not value


@pytest.mark.parametrize(
    "value", [5, None, 1.5, object(), np.array(3), len, pl.LazyFrame({"a": [1]})], ids=lambda v: type(v).__name__
)
def test_what_cannot_be_iterated_is_refused_by_its_type(value: object) -> None:
    with pytest.raises(InvalidNext, match=rf"cannot run over a value of type .*{type(value).__qualname__}"):
        materialise(value)


def test_an_endless_iterator_is_taken_up_to_the_limit() -> None:
    assert materialise(itertools.count(), most=4) == [0, 1, 2, 3]
    assert materialise([1, 2], most=4) == [1, 2]


def test_what_the_authors_iterator_raises_is_passed_on() -> None:
    def broken() -> Iterator[int]:
        yield 1
        raise TypeError("the author's own")

    with pytest.raises(TypeError, match="the author's own"):
        materialise(broken())


_PRINT = """
from headwater.artifacts.iterables import materialise
print(materialise({"a", "b", "c", "dd", "e"}), materialise({1, "a", (2, "b"), None, 1.5, frozenset({1})}))
"""


def test_the_order_of_a_set_is_the_same_in_every_process() -> None:
    environ = os.environ | {"PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    printed = {
        subprocess.run(
            [sys.executable, "-c", _PRINT],
            env=environ | {"PYTHONHASHSEED": seed},
            check=True,
            capture_output=True,
        ).stdout
        for seed in ("1", "2", "3")
    }
    assert len(printed) == 1
