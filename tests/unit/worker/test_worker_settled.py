"""Equal sets are serialized alike, however they were built."""

import pickle
from typing import Any

import pytest

from headwater.worker.settled import settled

WORDS = [f"word {number}" for number in range(40)]
BACKWARDS = WORDS[::-1]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (set(WORDS), set(BACKWARDS)),
        (frozenset(WORDS), frozenset(BACKWARDS)),
        ({"deep": [1, (set(WORDS),)]}, {"deep": [1, (set(BACKWARDS),)]}),
        ({frozenset(WORDS)}, {frozenset(BACKWARDS)}),
    ],
)
def test_equal_sets_settle_alike(one: Any, other: Any) -> None:
    assert pickle.dumps(settled(one)) == pickle.dumps(settled(other))


@pytest.mark.parametrize(("one", "other"), [({1}, {1.0}), ({1}, {True}), (set(), frozenset()), ({1}, [1]), ([1], (1,))])
def test_values_that_differ_in_type_stay_different(one: Any, other: Any) -> None:
    assert pickle.dumps(settled(one)) != pickle.dumps(settled(other))


def test_what_cannot_be_settled_stays_as_it_is() -> None:
    ring: list[Any] = []
    ring.append(ring)
    assert settled(ring) is ring
    holder = {lambda: 1}
    assert settled(holder) is holder
