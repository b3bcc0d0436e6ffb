from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest

from headwater.compare.model import Change, ValueChange
from headwater.compare.values import compare_all, compare_texts, compare_values
from headwater.records.artifact import ArtifactRef

Compared = Callable[[object, object], ValueChange]


@pytest.mark.parametrize(
    ("before", "after", "facts"),
    [
        (0.1, 0.2, ["0.1 → 0.2"]),
        (1, 1.5, ["int → float", "1 → 1.5"]),
        ("first", "second", ["'first' → 'second'"]),
        (None, 3, ["NoneType → int", "None → 3"]),
        ([1, 2], [1, 2, 3], ["[1, 2] (length 2) → [1, 2, 3] (length 3)"]),
        (np.zeros((100, 8)), np.zeros((120, 9)), ["(100 x 8) → (120 x 9)"]),
        (np.zeros(3, "f4"), np.zeros(3, "f8"), ["float32 → float64"]),
        (np.float64(1.5), np.float64(2.5), ["1.5 → 2.5"]),
        (np.zeros(3), np.ones(3), ["minimum 0 → 1", "maximum 0 → 1"]),
        (np.array([0.0, 1, 2]), np.array([0.0, 0, 2]), ["other content of the same size"]),
    ],
)
def test_what_differs_is_said_from_summaries(
    compared: Compared, before: object, after: object, facts: list[str]
) -> None:
    change = compared(before, after)
    assert change.change is Change.CHANGED
    assert list(change.facts) == facts


def test_a_frame_tells_rows_and_columns_that_came_went_or_changed_their_type(compared: Compared) -> None:
    before = pd.DataFrame({"a": [1, 2], "b": [1.0, 2.0], "gone": ["x", "y"]})
    after = pd.DataFrame({"a": [1.0, 2.0, 3.0], "b": [1.0, 2.0, 3.0], "new": [1, 2, 3], "more": [1, 2, 3]})
    assert compared(before, after).facts == (
        "2 → 3 rows",
        "3 → 4 columns",
        "added new, more",
        "removed gone",
        "dtypes a int64 → float64",
    )


def test_equal_values_are_the_same_whatever_else(compared: Compared) -> None:
    change = compared([1, 2], [1, 2])
    assert (change.change, change.facts) == (Change.SAME, ())
    assert compared(1, True).change is Change.CHANGED


def test_long_texts_are_told_by_their_beginnings_and_lengths(compared: Compared) -> None:
    (fact,) = compared("a" * 200, "b" * 300).facts
    assert fact.endswith("(length 300)")
    assert "(length 200) → " in fact
    assert len(fact) < 120


def test_names_of_either_side_are_all_there() -> None:
    ref = ArtifactRef(type="builtins.int", serializer="json", size=1, hash="0", summary={"value": 1})
    found = compare_all({"a": ref, "b": ref}, {"b": ref, "c": ref})
    assert [(one.name, one.change.value) for one in found] == [("a", "removed"), ("b", "same"), ("c", "added")]
    added = compare_values("c", None, ref)
    assert (added.before, added.after and added.after.number) == (None, 1.0)


def test_facts_differ_when_one_side_lacks_them() -> None:
    found = compare_texts({"python": "3.11", "host": "a"}, {"python": "3.12", "host": "a", "new": "x"})
    assert [(one.name, one.before, one.after, one.change.value) for one in found] == [
        ("python", "3.11", "3.12", "changed"),
        ("new", None, "x", "added"),
    ]
