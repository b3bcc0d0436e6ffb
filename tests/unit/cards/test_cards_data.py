"""What components hold, as JSON: whatever authors put there can be kept."""

import json
import math
from typing import Any

import numpy as np
import pytest

from headwater.cards.plain import to_json


class Mute:
    def __repr__(self) -> str:
        raise RuntimeError("no text")


def circle() -> list[Any]:
    value: list[Any] = [1]
    value.append(value)
    return value


def nested(depth: int) -> dict[str, Any]:
    value: dict[str, Any] = {}
    for _ in range(depth):
        value = {"in": value}
    return value


@pytest.mark.parametrize(
    ("value", "kept"),
    [
        ({"loss": 0.5, "of": [1, None, True]}, {"loss": 0.5, "of": [1, None, True]}),
        ([np.float32(2), {1: 2}], [repr(np.float32(2)), {"1": 2}]),
        ("half \ud800", "half \\ud800"),
        ([Mute(), math.nan], ["<Mute>", None]),
        (circle(), [1, "…"]),
        ({Mute(): {"\ud800"}}, {"<Mute>": ["\\ud800"]}),
    ],
    ids=["plain", "of libraries", "no Unicode", "mute", "in a circle", "as a key"],
)
def test_any_value_is_kept_as_well_as_it_can_be_told(value: Any, kept: Any) -> None:
    assert json.loads(to_json(value)) == kept


def test_a_value_that_is_nested_too_deep_is_cut() -> None:
    assert b"\xe2\x80\xa6" in to_json(nested(100_000))
