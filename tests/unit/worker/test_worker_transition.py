"""What follows a step, and the calls of `self.next` that cannot be followed."""

from collections.abc import Callable, Iterator
from itertools import count
from typing import Any

import pytest

from headwater import FlowSpec, step
from headwater.records.graph import Node, NodeKind
from headwater.records.task import FailureKind, Transition
from headwater.worker.transition import static_transition
from worker_stage import Stage

made: Callable[[], Any] = list
"""What the flow iterates or decides by; a test sets it."""


@pytest.fixture
def make() -> Iterator[Callable[[Callable[[], Any]], None]]:
    def set_made(maker: Callable[[], Any]) -> None:
        global made
        made = maker

    yield set_made
    set_made(list)


class Iterating(FlowSpec):
    @step
    def start(self) -> None:
        self.xs = made()
        self.next(self.work, foreach="xs")

    @step
    def work(self) -> None:
        self.next(self.join)

    @step
    def join(self, inputs) -> None:  # type: ignore[no-untyped-def]  # as authors write it
        self.next(self.end)

    @step
    def end(self) -> None:
        pass


class Choosing(FlowSpec):
    @step
    def start(self) -> None:
        self.mode = made()
        self.next({1: self.one, "two": self.two, 3: self.one}, condition="mode")

    @step
    def one(self) -> None:
        if self.mode == 1:
            self.next(self.end)
        else:
            self.next(self.two)

    @step
    def two(self) -> None:
        self.next(self.end)

    @step
    def end(self) -> None:
        pass


class Wandering(FlowSpec):
    @step
    def start(self) -> None:
        self.next(self.a, self.b)

    @step
    def a(self) -> None:
        self.next(self.join)

    @step
    def b(self) -> None:
        self.next(self.join)

    @step
    def join(self, inputs) -> None:  # type: ignore[no-untyped-def]  # as authors write it
        self.next(self.end)

    @step
    def end(self) -> None:
        pass


Make = Callable[[Callable[[], Any]], None]


def followed(flow: type[FlowSpec], name: str = "start", *parents: str, stage: Stage | None = None) -> Transition:
    stage = stage or Stage(flow)
    assert stage.attempt(name, "0", *parents) == 0
    transition = stage.record(name).transition
    assert transition is not None
    return transition


def refused(flow: type[FlowSpec], max_splits: int = 100) -> str:
    stage = Stage(flow, max_splits)
    assert stage.attempt("start") == 1
    failure = stage.record("start", attempt=0).failure
    assert failure is not None
    assert failure.kind is FailureKind.EXCEPTION
    return failure.message


def test_a_foreach_hands_on_how_wide_it_is(make: Make) -> None:
    make(lambda: range(4))
    assert followed(Iterating) == Transition(steps=("work",), splits=4)


def test_a_generator_is_kept_as_the_list_of_its_items(make: Make) -> None:
    make(lambda: (n for n in range(3)))
    stage = Stage(Iterating)
    assert followed(Iterating, stage=stage).splits == 3
    assert stage.view("start").load("xs") == [0, 1, 2]


def test_a_foreach_over_nothing_is_refused(make: Make) -> None:
    make(list)
    assert "self.xs produced zero splits" in refused(Iterating)


def test_a_foreach_over_what_cannot_be_iterated_is_refused_by_its_name(make: Make) -> None:
    make(lambda: 5)
    message = refused(Iterating)
    assert "self.xs" in message
    assert "builtins.int" in message


@pytest.mark.parametrize(("maker", "said"), [(lambda: range(11), "has 11 items"), (count, "has 6 items")])
def test_a_foreach_that_is_too_wide_is_refused_without_counting_to_its_end(
    make: Make, maker: Callable[[], Any], said: str
) -> None:
    make(maker)
    message = refused(Iterating, max_splits=5)
    assert said in message
    assert "--max-num-splits" in message


def test_a_foreach_as_wide_as_its_limit_is_followed(make: Make) -> None:
    make(lambda: range(100))
    assert followed(Iterating).splits == 100


@pytest.mark.parametrize(("value", "target"), [(1, "one"), ("two", "two"), (3, "one"), (True, "one")])
def test_a_switch_takes_the_arm_of_its_value(make: Make, value: object, target: str) -> None:
    make(lambda: value)
    assert followed(Choosing) == Transition(steps=(target,), case=repr(value))


@pytest.mark.parametrize("value", [2, "one", None, [1]])
def test_a_switch_without_a_case_says_value_type_and_cases(make: Make, value: object) -> None:
    make(lambda: value)
    message = refused(Choosing)
    assert repr(value) in message
    assert type(value).__name__ in message
    assert "1, 'two', 3" in message


@pytest.mark.parametrize(("value", "target"), [(1, "end"), (3, "two")])
def test_branches_of_an_if_are_arms_of_a_switch(make: Make, value: int, target: str) -> None:
    make(lambda: value)
    stage = Stage(Choosing)
    followed(Choosing, stage=stage)
    assert followed(Choosing, "one", "start", stage=stage) == Transition(steps=(target,), case=target)


def test_a_split_names_its_branches_in_order() -> None:
    assert followed(Wandering) == Transition(steps=("a", "b"))


def test_nothing_follows_the_last_step() -> None:
    assert followed(Wandering, "end") == Transition()


@pytest.mark.parametrize(
    ("kind", "known"),
    [
        (NodeKind.LINEAR, True),
        (NodeKind.SPLIT, True),
        (NodeKind.END, True),
        (NodeKind.FOREACH, False),
        (NodeKind.GANG, False),
        (NodeKind.SWITCH, False),
    ],
)
def test_after_a_failure_only_fixed_targets_are_known(kind: NodeKind, known: bool) -> None:
    node = Node(name="start", kind=kind, targets=("a",))
    assert static_transition(node) == (Transition(steps=("a",)) if known else None)
