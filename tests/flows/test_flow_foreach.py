"""Foreach: over what, in what order, and what a task in it sees."""

from collections.abc import Callable
from typing import Any

import pytest

from flow_project import Finished, Project

KINDS: dict[str, tuple[str, list[Any]]] = {
    "list": ("['b', 'a']", ["b", "a"]),
    "tuple": ("(1, (2, 3))", [1, (2, 3)]),
    "range": ("range(3, 9, 3)", [3, 6]),
    "array": ("np.array([2.5, 1.5])", [2.5, 1.5]),
    "rows": ("pd.DataFrame({'x': [1, 2], 'y': ['p', 'q']})", [1, 2]),
    "dict": ("{'k': 1, 'j': None}", [("k", 1), ("j", None)]),
    "set": ("{'pear', 'fig', 'apple'}", ["apple", "fig", "pear"]),
    "generator": ("(n * n for n in range(3))", [0, 1, 4]),
    "text": ("'abc'", ["a", "b", "c"]),
    "nones": ("[None, 0, '']", [None, 0, ""]),
}

ANYTHING = f"""
import numpy as np
import pandas as pd

VALUES = dict(
    {"".join(f"{name}=lambda: {code}, " for name, (code, _) in KINDS.items())}
)

class AnythingFlow(FlowSpec):
    @step
    def start(self):
        self.kinds = list(VALUES)
        self.next(self.split, foreach="kinds")

    @step
    def split(self):
        self.items = VALUES[self.input]()
        self.next(self.work, foreach="items")

    @step
    def work(self):
        row = hasattr(self.input, "x")
        self.got = self.input.x if row else self.input
        self.place = self.index
        self.width = self.foreach_stack()[1][1]
        self.next(self.gather)

    @step
    def gather(self, inputs):
        self.outer = self.input, self.index
        self.got = [each.got for each in inputs]
        self.places = [each.place for each in inputs]
        self.widths = {{each.width for each in inputs}}
        self.next(self.all)

    @step
    def all(self, inputs):
        self.by_kind = {{each.outer[0]: (each.got, each.places, each.widths) for each in inputs}}
        self.order = [each.outer for each in inputs]
        self.next(self.end)

    @step
    def end(self):
        self.stack = self.foreach_stack(), self.index, self.input
"""


@pytest.fixture(scope="module")
def anything(new_project: Callable[[], Project]) -> Finished:
    return new_project().run(ANYTHING).done()


@pytest.mark.parametrize("kind", KINDS)
def test_a_foreach_over_anything_gives_each_task_its_item(anything: Finished, kind: str) -> None:
    expected = KINDS[kind][1]
    got, places, widths = anything.at("end").by_kind[kind]
    assert got == expected
    assert places == list(range(len(expected)))
    assert widths == {len(expected)}


def test_b24_index_and_input_belong_to_the_level_around_a_join(anything: Finished) -> None:
    assert anything.at("end").order == [(kind, place) for place, kind in enumerate(KINDS)]
    assert anything.at("end").stack == ([], None, None)


def test_b22_a_generator_is_drained_once_and_kept_as_a_list(anything: Finished) -> None:
    place = list(KINDS).index("generator")
    assert anything.at("split", str(place)).items == [0, 1, 4]


def test_b21_items_are_stored_once_and_a_task_s_record_holds_its_place_only(anything: Finished) -> None:
    record = anything.record("split", "0")
    assert record.items is not None
    assert record.items.count == 2
    frames = anything.record("work", "0.1").frames
    assert [(frame.variable, frame.index, frame.count) for frame in frames] == [
        ("kinds", 0, len(KINDS)),
        ("items", 1, 2),
    ]


def test_b26_a_task_s_record_tells_index_width_and_variable_of_each_level(anything: Finished) -> None:
    outer, inner = anything.record("work", "2.1").frames
    assert (outer.step, outer.index, outer.count, outer.variable) == ("start", 2, len(KINDS), "kinds")
    assert (inner.step, inner.task_id, inner.index, inner.variable) == ("split", "2", 1, "items")


def test_b27_the_iterated_artifact_is_seen_in_the_children_and_not_in_the_join(anything: Finished) -> None:
    assert anything.at("work", "0.0").items == ["b", "a"]
    assert "items" not in anything.at("gather", "0")


@pytest.mark.parametrize(
    ("value", "said"), [("[]", "zero splits"), ("5", "builtins.int"), ("None", "NoneType"), ("iter(())", "zero splits")]
)
def test_b22_nothing_to_iterate_fails_the_task_that_splits(project: Project, value: str, said: str) -> None:
    ran = project.run(SPLITTING.format(value=value)).failed("xs", said)
    assert ran.tasks("start") == set()
    assert ran.steps == {"start"}


SPLITTING = """
class SplitFlow(FlowSpec):
    @step
    def start(self):
        self.xs = {value}
        self.next(self.work, foreach="xs")

    @step
    def work(self):
        self.y = self.input * 2
        self.next(self.join)

    @step
    def join(self, inputs):
        self.total = sum(each.y for each in inputs)
        self.next(self.end)

    @step
    def end(self):
        pass
"""


def test_b23_a_foreach_that_is_too_wide_fails_before_any_of_its_tasks_start(project: Project) -> None:
    ran = project.run(SPLITTING.format(value="range(11)"), "--max-num-splits", "10")
    ran.failed("11 items", "10 are allowed", "--max-num-splits")
    assert ran.steps == {"start"}


def test_a_max_splits_is_a_hundred_thousand_and_holds_for_endless_iterators(project: Project) -> None:
    ran = project.run(SPLITTING.format(value="__import__('itertools').count()"))
    ran.failed("100,000", "--max-num-splits")
    assert ran.steps == {"start"}


def test_b24_an_attribute_of_the_flow_outside_a_foreach_has_no_index(project: Project) -> None:
    ran = project.run(SPLITTING.format(value="[self.index, self.input] and [1]")).done()
    assert ran.at("join").total == 2


NESTED = """
class NestedFlow(FlowSpec):
    @step
    def start(self):
        self.letters = ["a", "b"]
        self.next(self.one, foreach="letters")

    @step
    def one(self):
        self.numbers = range(3) if self.input == "a" else range(1)
        self.next(self.two, foreach="numbers")

    @step
    def two(self):
        self.flags = (True, False)
        self.next(self.left, self.right)

    @step
    def left(self):
        self.next(self.three, foreach="flags")

    @step
    def three(self):
        self.stack = self.foreach_stack()
        self.me = current.task_id
        self.next(self.join_three)

    @step
    def join_three(self, inputs):
        self.stacks = [each.stack for each in inputs]
        self.stack_in_join = self.foreach_stack()
        self.next(self.join_both)

    @step
    def right(self):
        self.stack = self.foreach_stack()
        self.next(self.join_both)

    @step
    def join_both(self, inputs):
        self.stacks = inputs.join_three.stacks
        self.other = inputs.right.stack
        self.lengths = len(inputs)
        self.next(self.join_two)

    @step
    def join_two(self, inputs):
        self.stacks = [stack for each in inputs for stack in each.stacks]
        self.last = inputs.join_both.other
        self.lengths = len(inputs)
        self.next(self.join_one)

    @step
    def join_one(self, inputs):
        self.stacks = [stack for each in inputs for stack in each.stacks]
        self.lengths = [each.lengths for each in inputs] + [len(inputs)]
        self.lasts = [each.last for each in inputs]
        self.next(self.end)

    @step
    def end(self):
        pass
"""


@pytest.fixture(scope="module")
def nested(new_project: Callable[[], Project]) -> Finished:
    return new_project().run(NESTED).done()


def expected_stacks() -> list[list[tuple[int, int, object]]]:
    widths = {"a": 3, "b": 1}
    return [
        [(outer, 2, letter), (middle, widths[letter], middle), (inner, 2, flag)]
        for outer, letter in enumerate("ab")
        for middle in range(widths[letter])
        for inner, flag in enumerate((True, False))
    ]


def test_b25_the_stack_of_three_levels_lists_index_width_and_item(nested: Finished) -> None:
    assert nested.at("join_one").stacks == expected_stacks()
    assert nested.at("join_three", "0.2").stack_in_join == [(0, 2, "a"), (2, 3, 2)]


def test_positions_are_the_ids_of_tasks_three_levels_deep(nested: Finished) -> None:
    assert nested.tasks("three") == {"0.0.0", "0.0.1", "0.1.0", "0.1.1", "0.2.0", "0.2.1", "1.0.0", "1.0.1"}
    assert nested.tasks("join_two") == {"0", "1"}


def test_a_len_inputs_is_their_number(nested: Finished) -> None:
    assert nested.at("join_one").lengths == [3, 1, 2]
    assert nested.at("join_both", "0.0").lengths == 2


def test_b30_inputs_by_the_name_of_a_step_and_in_a_foreach_join_the_last(nested: Finished) -> None:
    assert nested.at("join_one").lasts == [[(0, 2, "a"), (2, 3, 2)], [(1, 2, "b"), (0, 1, 0)]]


def test_b31_a_join_runs_once_when_every_branch_has_arrived(nested: Finished) -> None:
    assert nested.tasks("join_both") == {"0.0", "0.1", "0.2", "1.0"}
    assert nested.tasks("join_one") == {"0"}


ORDER = """
class OrderFlow(FlowSpec):
    @step
    def start(self):
        self.next(self.zeta, self.alpha, self.mid)

    @step
    def zeta(self):
        time.sleep(0.2)
        self.me = "zeta"
        self.next(self.join)

    @step
    def alpha(self):
        self.me = "alpha"
        self.next(self.join)

    @step
    def mid(self):
        self.me = "mid"
        self.next(self.join)

    @step
    def join(self, inputs):
        self.order = [each.me for each in inputs]
        self.named = inputs.mid.me, inputs[1].me, [each.me for each in inputs[1:]]
        self.next(self.fan)

    @step
    def fan(self):
        self.xs = range(6)
        self.next(self.choose, foreach="xs")

    @step
    def choose(self):
        time.sleep(0.2 if self.input == 0 else 0)
        self.odd = "odd" if self.input % 2 else "even"
        self.next({"odd": self.odd_one, "even": self.even_one}, condition="odd")

    @step
    def odd_one(self):
        self.seen = self.input, current.step_name
        self.next(self.gather)

    @step
    def even_one(self):
        self.seen = self.input, current.step_name
        self.next(self.gather)

    @step
    def gather(self, inputs):
        self.seen = [each.seen for each in inputs]
        self.last_odd = inputs.odd_one.seen
        self.next(self.end)

    @step
    def end(self):
        pass
"""


@pytest.fixture(scope="module")
def ordered(new_project: Callable[[], Project]) -> Finished:
    return new_project().run(ORDER).done()


def test_b29_a_static_join_sees_its_inputs_in_the_order_of_the_split(ordered: Finished) -> None:
    assert ordered.at("join").order == ["zeta", "alpha", "mid"]
    assert ordered.at("join").named == ("mid", "alpha", ["alpha", "mid"])


def test_b28_a_foreach_join_sees_its_inputs_in_the_order_of_the_items_also_behind_a_switch(ordered: Finished) -> None:
    steps = ["even_one", "odd_one"]
    assert ordered.at("gather").seen == [(place, steps[place % 2]) for place in range(6)]


def test_a_join_order_does_not_depend_on_which_task_ends_first(ordered: Finished) -> None:
    assert [source.step for source in ordered.record("join").inputs] == ["zeta", "alpha", "mid"]
    assert ordered.at("gather").last_odd == (5, "odd_one")
