"""A summary is small, plain, and never an error."""

import base64
import datetime
import enum
import io
import math
from collections import OrderedDict
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any, NoReturn

import msgspec
import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from matplotlib.figure import Figure
from PIL import Image

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
        (np.zeros((2, 3), "f4"), {"shape": [2, 3], "dtype": "float32", "minimum": 0.0, "maximum": 0.0}),
        (np.zeros(1 << 17), {"shape": [1 << 17], "dtype": "float64"}),
        (np.array(["a"]), {"shape": [1], "dtype": "<U1"}),
        (np.float64(2.5), {"shape": [], "dtype": "float64", "value": 2.5}),
        (
            pd.DataFrame({"a": [1], "b": [1.5]}),
            {"rows": 1, "columns": 2, "names": ["a", "b"], "dtypes": ["int64", "float64"], "first_rows": [[1, 1.5]]},
        ),
        (
            pl.DataFrame({"a": [1], "b": ["x"]}),
            {"rows": 1, "columns": 2, "names": ["a", "b"], "dtypes": ["Int64", "String"], "first_rows": [[1, "x"]]},
        ),
        (pd.Series([1], name="s"), {"rows": 1, "name": "s", "dtype": "int64", "first_rows": [[1]]}),
        (object(), {}),
        (Hostile(), {}),
    ],
    ids=lambda value: type(value).__qualname__,
)
def test_a_summary_says_what_can_be_said_without_loading(value: Any, summary: dict[str, Any]) -> None:
    assert summarise(value) == summary


def test_the_first_rows_of_a_frame_are_plain_cells() -> None:
    frame = pd.DataFrame(
        {
            "text": ["x" * 100, None, "\u00fc"],
            "number": [1.5, math.nan, math.inf],
            "when": pd.to_datetime(["2026-01-31", None, "2026-02-01"]),
            "object": [Hostile(), [1, 2], b"raw"],
            "kind": pd.Categorical(["a", "b", "a"]),
        },
        index=["first", "second", "third"],
    )
    summary = summarise(frame)
    assert summary["first_rows"] == [
        ["x" * 29 + "…", 1.5, "2026-01-31 00:00:00", "Hostile", "a"],
        ["nan", "nan", None, "list of 2", "b"],
        ["\u00fc", "inf", "2026-02-01 00:00:00", "b'raw'", "a"],
    ]
    assert summary["first_index"] == ["first", "second", "third"]
    assert msgspec.json.decode(msgspec.json.encode(summary)) == summary


def test_a_frame_of_an_authors_class_is_a_frame() -> None:
    class Flights(pd.DataFrame):  # type: ignore[misc]  # pandas has no types here
        pass

    assert summarise(Flights({"a": [1]}))["first_rows"] == [[1]]


def test_a_table_of_arrow_has_its_columns_and_first_rows() -> None:
    table = pa.table({"a": range(10), "b": [str(number) for number in range(10)]})
    assert summarise(table) == {
        "rows": 10,
        "columns": 2,
        "names": ["a", "b"],
        "dtypes": ["int64", "string"],
        "first_rows": [[number, str(number)] for number in range(5)],
    }
    assert summarise(table.column(0)) == {
        "rows": 10,
        "name": "",
        "dtype": "int64",
        "first_rows": [[n] for n in range(5)],
    }


def test_an_ordered_mapping_has_the_summary_of_a_mapping() -> None:
    assert summarise(OrderedDict(a=1)) == {"length": 1, "head": "'a': 1"}


def _pixels(summary: dict[str, Any]) -> Any:
    return Image.open(io.BytesIO(base64.b64decode(summary["thumbnail"])))


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGB", "RGBA", "CMYK"])
def test_an_image_has_a_small_thumbnail(mode: str) -> None:
    noise = np.random.default_rng(0).integers(0, 256, (600, 900, 3), dtype="u1")
    image = Image.fromarray(noise).convert(mode)
    summary = summarise(image)
    assert {name: summary[name] for name in ("width", "height", "mode")} == {"width": 900, "height": 600, "mode": mode}
    assert len(summary["thumbnail"]) <= 6144
    small = _pixels(summary)
    assert small.format == "PNG"
    assert small.width <= 160
    assert small.height <= 120
    assert abs(small.width / small.height - 1.5) < 0.1


def test_a_small_image_is_its_own_thumbnail_and_numbers_have_none() -> None:
    image = Image.new("RGB", (20, 10), (255, 0, 0))
    small = _pixels(summarise(image)).convert("RGB")
    assert small.size == (20, 10)
    assert small.getpixel((0, 0)) == (255, 0, 0)
    assert "thumbnail" not in summarise(Image.new("F", (20, 10)))
    assert "thumbnail" not in summarise(Image.new("1", (10_000, 5_000)))


def test_a_figure_has_a_picture_unless_it_would_take_long_to_draw() -> None:
    figure = Figure(figsize=(8, 4))
    axes = figure.subplots(1, 2)
    axes[0].plot([1, 2, 3])
    axes[0].set_title("Loss")
    axes[1].scatter([1, 2], [3, 4])
    summary = summarise(figure)
    assert (summary["width"], summary["height"], summary["axes"], summary["titles"]) == (800, 400, 2, ["Loss"])
    assert _pixels(summary).size == (160, 80)
    assert len(msgspec.json.encode(summary)) < 8192
    axes[0].plot(range(100_000))
    assert "thumbnail" not in summarise(figure)


def test_a_figure_that_cannot_be_drawn_is_described() -> None:
    figure = Figure()
    figure.subplots().set_title("$\\frac{$")
    assert summarise(figure)["axes"] == 1
    assert "thumbnail" not in summarise(figure)


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


class Colour(enum.Enum):
    RED = "red"


@dataclass
class Model:
    rate: float
    layers: list[int]


@pytest.mark.parametrize(
    ("value", "summary"),
    [
        (datetime.date(2026, 1, 31), {"value": "2026-01-31"}),
        (datetime.datetime(2026, 1, 31, 12), {"value": "2026-01-31 12:00:00"}),
        (datetime.timedelta(minutes=90), {"value": "1:30:00"}),
        (Path("a/b"), {"value": "a/b"}),
        (Decimal("1.10"), {"value": "1.10"}),
        (Colour.RED, {"value": "Colour.RED"}),
        (Model(0.5, [1, 2]), {"length": 2, "head": "rate=0.5, layers=list of 2"}),
    ],
    ids=lambda value: type(value).__qualname__,
)
def test_what_a_short_text_says_has_it_as_its_value(value: Any, summary: dict[str, Any]) -> None:
    assert summarise(value) == summary
