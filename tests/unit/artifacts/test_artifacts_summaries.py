"""A summary is small, plain, and never an error."""

import math
from typing import Any, NoReturn

import msgspec
import numpy as np
import pandas as pd
import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from headwater.artifacts.summaries import summarise


class Hostile:
    """Raises at every touch, and claims to be an array."""

    def __getattr__(self, name: str) -> NoReturn:
        raise RuntimeError(name)

    def __repr__(self) -> str:
        raise RuntimeError("repr")

    def __len__(self) -> int:
        raise RuntimeError("len")


Hostile.__module__ = "numpy.fake"


@pytest.mark.parametrize(
    ("value", "summary"),
    [
        (5, {"value": 5}),
        (True, {"value": True}),
        (None, {"value": None}),
        (1.5, {"value": 1.5}),
        (math.inf, {"value": "inf"}),
        (2**60, {"value": "1152921504606846976"}),
        (2**10_000, {"value": "an integer of 10001 bits"}),
        ("ab" * 100, {"length": 200, "head": "ab" * 40}),
        ([1, "a", None, [2], {}, 6], {"length": 6, "head": "1, 'a', None, list of 1, dict of 0"}),
        ({"a": 1.5}, {"length": 1, "head": "'a': 1.5"}),
        (b"raw", {"length": 3, "head": "b'raw'"}),
        (np.zeros((2, 3), "f4"), {"shape": [2, 3], "dtype": "float32"}),
        (np.float64(2.5), {"shape": [], "dtype": "float64", "value": 2.5}),
        (
            pd.DataFrame({"a": [1], "b": [1.5]}),
            {"rows": 1, "columns": 2, "names": ["a", "b"], "dtypes": ["int64", "float64"]},
        ),
        (
            pl.DataFrame({"a": [1], "b": ["x"]}),
            {"rows": 1, "columns": 2, "names": ["a", "b"], "dtypes": ["Int64", "String"]},
        ),
        (pd.Series([1], name="s"), {"rows": 1, "name": "s", "dtype": "int64"}),
        (object(), {}),
        (Hostile(), {}),
    ],
    ids=lambda value: type(value).__qualname__,
)
def test_a_summary_says_what_can_be_said_without_loading(value: Any, summary: dict[str, Any]) -> None:
    assert summarise(value) == summary


def test_a_member_is_not_asked_for_its_repr() -> None:
    assert summarise([Hostile(), "x" * 100]) == {"length": 2, "head": "Hostile, 'xxxxxxxxxxxxxxxxxxxx'..."}


def test_a_wide_frame_has_a_small_summary() -> None:
    frame = pd.DataFrame(np.zeros((1, 5000)), columns=[f"{'long name ' * 20}{number}" for number in range(5000)])
    summary = summarise(frame)
    assert summary["columns"] == 5000
    assert len(msgspec.json.encode(summary)) < 5000


@settings(deadline=None, database=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    st.recursive(
        st.none() | st.integers() | st.floats() | st.text(st.characters(exclude_categories=())) | st.binary(),
        lambda inner: st.lists(inner) | st.dictionaries(st.text(st.characters(exclude_categories=())), inner),
    )
)
def test_every_summary_is_small_json(value: Any) -> None:
    assert len(msgspec.json.encode(summarise(value))) < 1500
