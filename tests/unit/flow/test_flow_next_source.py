"""Reading `self.next` out of a step's source."""

import ast
import textwrap

import pytest

from headwater.flow.next_source import Understood, understand
from headwater.records.graph import NodeKind


def read(text: str) -> Understood:
    return understand(ast.parse(textwrap.dedent(text)).body, "self")


def test_linear() -> None:
    found = read("self.next(self.a)")
    assert (found.next.kind, found.next.targets, found.has_next, found.problem) == (NodeKind.LINEAR, ("a",), True, "")
    assert found.next.line == 1


def test_split_keeps_the_order_written() -> None:
    assert read("self.next(self.b, self.a)").next == read("self.next(self.b, self.a)").next
    assert read("self.next(self.b, self.a)").next.targets == ("b", "a")
    assert read("self.next(self.b, self.a)").next.kind is NodeKind.SPLIT


def test_foreach_and_gang() -> None:
    foreach = read("self.next(self.a, foreach='items')").next
    assert (foreach.kind, foreach.foreach) == (NodeKind.FOREACH, "items")
    gang = read("self.next(self.a, num_parallel=2 * self.n)").next
    assert (gang.kind, gang.targets) == (NodeKind.GANG, ("a",))


def test_switch_takes_every_plain_constant() -> None:
    found = read("self.next({'x': self.a, -1: self.b, True: self.c, 2.5: self.a}, condition='kind')")
    assert found.problem == ""
    assert found.next.kind is NodeKind.SWITCH
    assert found.next.condition == "kind"
    assert [(case.value, case.step) for case in found.next.cases] == [("x", "a"), (-1, "b"), (True, "c"), (2.5, "a")]
    assert found.next.targets == ("a", "b", "c")


def test_if_elif_else_is_a_switch_without_a_condition() -> None:
    found = read(
        """
        if self.n > 3:
            self.next(self.again)
        elif self.n:
            print("x")
            self.next(self.a)
        else:
            self.next(self.end)
        """
    )
    assert (found.next.kind, found.next.condition, found.next.cases) == (NodeKind.SWITCH, "", ())
    assert found.next.targets == ("again", "a", "end")
    assert found.has_next
    assert found.problem == ""


def test_a_branch_may_raise_instead() -> None:
    found = read(
        """
        if self.n:
            self.next(self.a)
        else:
            raise ValueError("no n")
        """
    )
    assert (found.next.kind, found.next.targets, found.has_next) == (NodeKind.LINEAR, ("a",), True)


def test_branches_that_all_lead_to_one_step_are_linear() -> None:
    found = read("if self.n:\n    self.next(self.a)\nelse:\n    self.next(self.a)")
    assert (found.next.kind, found.next.targets) == (NodeKind.LINEAR, ("a",))


def test_an_early_return_is_a_branch() -> None:
    found = read(
        """
        if self.n:
            self.next(self.a)
            return
        self.next(self.b)
        """
    )
    assert (found.next.kind, found.next.targets, found.problem) == (NodeKind.SWITCH, ("a", "b"), "")


def test_a_match_with_a_case_for_the_rest_is_a_switch() -> None:
    text = "match self.kind:\n    case 'a':\n        self.next(self.a)\n    case _:\n        self.next(self.b)\n"
    assert read(text).next.targets == ("a", "b")
    assert "not every branch" in read(text.replace("case _", "case 'b'")).problem


def test_without_a_call_nothing_is_said() -> None:
    found = read("self.x = 1")
    assert (found.next.kind, found.has_next, found.problem) == (NodeKind.END, False, "")


def test_the_name_of_self_is_the_authors() -> None:
    assert understand(ast.parse("me.next(me.a)").body, "me").next.targets == ("a",)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("self.next(self.a)\nprint('late')", "not its last statement"),
        ("for x in y:\n    self.next(self.a)", "not its last statement"),
        ("if x:\n    self.next(self.a)", "no `else`"),
        ("if x:\n    self.next(self.a)\nself.next(self.b)", "the step goes on after it"),
        ("if x:\n    self.next(self.a)\nelse:\n    return", "not every branch"),
        ("if x:\n    self.next(self.a, foreach='y')\nelse:\n    self.next(self.b)", "inside an `if`"),
        ("self.next()", "names no step"),
        ("self.next(*steps)", "names *steps"),
        ("self.next('a')", "names 'a'"),
        ("self.next(other.a)", "names other.a"),
        ("self.next(self.a, forech='x')", "unknown option 'forech'"),
        ("self.next(self.a, **options)", "from **"),
        ("self.next(self.a, foreach='x', num_parallel=2)", "both foreach and num_parallel"),
        ("self.next(self.a, self.b, foreach='x')", "several steps"),
        ("self.next(self.a, foreach=self.items)", "an attribute's name is wanted"),
        ("self.next({'x': self.a, 'y': self.b})", "no switch"),
        ("self.next(cases, condition='x')", "no switch"),
        ("self.next({'x': self.a}, self.b, condition='x')", "no switch"),
        ("self.next({None: self.a, 'y': self.b}, condition='x')", "the case None"),
        ("self.next({KEY: self.a, 'y': self.b}, condition='x')", "the case KEY"),
        ("self.next({**more, 'y': self.b}, condition='x')", "the case **"),
        ("self.next({'x': self.a, 'y': self.b}, condition=self.x)", "an attribute's name is wanted"),
    ],
)
def test_what_is_not_understood_is_explained(text: str, words: str) -> None:
    assert words in read(text).problem
