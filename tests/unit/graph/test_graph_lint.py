"""Every rule of lint: what it refuses, and that it lets its neighbour pass."""

import pytest
from msgspec.structs import replace

from headwater.graph.draft import Draft, DraftStep
from headwater.graph.lint import RULES, SHAPE, find_problems, start_and_end
from headwater.records.decorators import Catch
from headwater.records.graph import Case, Node, NodeKind

LINEAR, SPLIT, FOREACH, GANG, SWITCH, END = (
    NodeKind.LINEAR,
    NodeKind.SPLIT,
    NodeKind.FOREACH,
    NodeKind.GANG,
    NodeKind.SWITCH,
    NodeKind.END,
)


def a_step(text: str, **changes: object) -> DraftStep:
    """`name: target target` with one of `*` (foreach), `#` (gang), `?` (switch) before the targets; `(name)` joins."""
    head, _, tail = text.partition(":")
    name = head.strip()
    join, parallel = name.startswith("("), name.startswith("@")
    name = name.strip("(@)")
    mark = tail.strip()[:1]
    targets = tuple(tail.strip(" *#?").split())
    kind = {"*": FOREACH, "#": GANG, "?": SWITCH}.get(mark, SPLIT if len(targets) > 1 else LINEAR)
    node = Node(
        name=name,
        kind=kind if targets else END,
        targets=tuple(dict.fromkeys(targets)) if kind is SWITCH else targets,
        cases=tuple(Case(value=number, step=target) for number, target in enumerate(targets)) if kind is SWITCH else (),
        foreach="items" if kind is FOREACH else "",
        join=join,
        parallel=parallel,
        file="flow.py",
        line=10,
        next_line=12,
    )
    step = DraftStep(node, arguments=2 if join else 1, has_next=bool(targets))
    return step._replace(**changes)  # type: ignore[arg-type]  # tests name the fields


def a_draft(*steps: str | DraftStep) -> Draft:
    return Draft("Flow", "flow.py", 1, tuple(step if isinstance(step, DraftStep) else a_step(step) for step in steps))


def messages(*steps: str | DraftStep) -> str:
    return "\n".join(map(str, find_problems(a_draft(*steps))))


SOUND = {
    "linear": ("start: a", "a: end", "end:"),
    "split": ("start: a b", "a: j", "b: j", "(j): end", "end:"),
    "three stepwise": ("start: a b c", "a: ab", "b: ab", "c: abc", "(ab): abc", "(abc): end", "end:"),
    "a joined branch goes on": (
        "start: a b c",
        "a: ab",
        "b: ab",
        "(ab): more",
        "more: abc",
        "c: abc",
        "(abc): end",
        "end:",
    ),
    "nested split": ("start: a b", "a: c d", "c: i", "d: i", "(i): j", "b: j", "(j): end", "end:"),
    "foreach": ("start:* a", "a: j", "(j): end", "end:"),
    "foreach in foreach": ("start:* a", "a:* b", "b: i", "(i): j", "(j): end", "end:"),
    "split in foreach": ("start:* a", "a: b c", "b: i", "c: i", "(i): k", "k: j", "(j): end", "end:"),
    "switch converges": ("start:? a b", "a: end", "b: end", "end:"),
    "arm into a join": ("start: a b", "a:? j x", "x: j", "b: j", "(j): end", "end:"),
    "arms into the join of a foreach": ("start:* a", "a:? x j", "x: j", "(j): end", "end:"),
    "loop": ("start: a", "a:? a end", "end:"),
    "loop straight into a join": ("start: a b", "a:? a j", "b: j", "(j): end", "end:"),
    "gang": ("start:# g", "@g: j", "(j): end", "end:"),
    "split behind one arm": ("start:? a b", "a: c d", "c: j", "d: j", "(j): end", "b: end", "end:"),
    "one step": ("only:",),
}


@pytest.mark.parametrize("steps", SOUND.values(), ids=SOUND)
def test_sound_flows_have_no_problem(steps: tuple[str, ...]) -> None:
    assert messages(*steps) == ""


REFUSED = {
    "a name with capitals": (("start: End_", "End_: end", "end:"), "'End_' is not a valid step name"),
    "a reserved name": (("start: next", "next: end", "end:"), "cannot be called 'next'"),
    "no start": (("a: end", "end:"), "no start step"),
    "no end": (("start: a", "a:"), "no end step"),
    "no steps": ((), "has no steps"),
    "no next": (("start:", "end:"), "'start' does not call self.next"),
    "unknown target": (("start: tarin", "train: end", "end:"), "Did you mean 'train'?"),
    "unknown target, nothing like it": (("start: zzz", "end:"), "the steps are start, end"),
    "a branch twice": (("start: a a", "a: end", "end:"), "leads to 'a' 2 times"),
    "one case": (("start:? a", "a: end", "end:"), "fewer than two cases"),
    "every case leads back": (("start: a", "a:? a a", "end:"), "Every case"),
    "a join splits": (("start: a b", "a: j", "b: j", "(j): c d", "c: k", "d: k", "(k): end", "end:"), "also splits"),
    "a join opens a foreach": (
        ("start: a b", "a: j", "b: j", "(j):* c", "c: k", "(k): end", "end:"),
        "opens a foreach",
    ),
    "a join is a switch": (("start: a b", "a: j", "b: j", "(j):? c end", "c: end", "end:"), "is a switch"),
    "the end joins": (("start: a b", "a: end", "b: end", "(end):"), "last step, 'end', takes `inputs`"),
    "the start joins": (("(start): end", "end:"), "first step, 'start', takes `inputs`"),
    "back to the start": (("start: a", "a:? start end", "end:"), "leads back to the first step"),
    "a circle": (("start: a", "a: b", "b:? a end", "end:"), "circle: "),
    "to itself without a condition": (("start: a", "a: a", "end:"), "'a' leads to itself"),
    "unreachable": (("start: end", "lost: end", "end:"), "No way from 'start' leads to step 'lost'"),
    "num_parallel without @parallel": (("start:# g", "g: j", "(j): end", "end:"), "which is not @parallel"),
    "@parallel without num_parallel": (("start:* g", "@g: j", "(j): end", "end:"), "without num_parallel"),
    "@parallel without a join": (("start:# g", "@g: x", "x: j", "(j): end", "end:"), "not followed by a join"),
    "@parallel first": (("@start: end", "end:"), "first step, 'start', is @parallel"),
    "a split that is not joined": (("start: a b", "a: end", "b: end", "end:"), "different branches"),
    "a foreach that is not joined": (("start:* a", "a: end", "end:"), "foreach of 'start' is not joined before 'end'"),
    "a join of nothing": (("start: j", "(j): end", "end:"), "no split is open"),
    "a join of one branch": (("start: a b", "a: i", "(i): j", "b: j", "(j): end", "end:"), "only one branch"),
    "foreach into a join": (("start:* j", "(j): end", "end:"), "straight into the join 'j'"),
    "split into a join": (("start: a j", "a: j", "(j): end", "end:"), "straight into the join 'j'"),
    "unequal depth": (
        ("start: a b", "a: c d", "c: j", "d: j", "b: j", "(j): end", "end:"),
        "join the inner split first",
    ),
    "arms with different joins": (
        ("start: a b c", "a:? x y", "x: i", "y: j", "b: i", "(i): j", "c: j", "(j): end", "end:"),
        "part ways",
    ),
    "an arm past its join": (("start: a b", "a:? x end", "x: j", "b: j", "(j): end", "end:"), "past every join"),
}


@pytest.mark.parametrize(("steps", "expected"), REFUSED.values(), ids=REFUSED)
def test_lint_explains_what_it_refuses(steps: tuple[str, ...], expected: str) -> None:
    assert expected in messages(*steps)


def test_the_end_is_never_told_to_join() -> None:
    assert "Add a step that takes `inputs` before it" in messages("start: a b", "a: end", "b: end", "end:")


def test_a_step_takes_one_or_two_arguments() -> None:
    assert "takes 3 arguments" in messages(a_step("start: end", arguments=3), "end:")
    assert "takes 0 arguments" in messages(a_step("start: end", arguments=0), "end:")


def test_a_next_that_was_not_understood_is_told_in_the_parsers_words_and_stands_alone() -> None:
    step = a_step("start: end", next_problem="self.next stands before the last statement")
    problems = find_problems(a_draft(step, "lost: end", "end:"))
    assert [problem.message for problem in problems] == ["Step 'start': self.next stands before the last statement."]
    assert problems[0].line == 12


def test_the_end_does_not_go_on() -> None:
    assert "The last step, 'end', calls self.next" in messages("start: end", a_step("end: start"))


@pytest.mark.parametrize("kind", [FOREACH, GANG, SWITCH])
def test_catch_is_refused_where_nobody_would_know_the_way_on(kind: NodeKind) -> None:
    mark = {FOREACH: "*", GANG: "#", SWITCH: "?"}[kind]
    step = a_step(f"start:{mark} a b" if kind is SWITCH else f"start:{mark} a")
    caught = step._replace(node=replace(step.node, decorators=(Catch(),)))
    assert "has @catch" in messages(caught, "a: end", "b: end", "end:")


def test_catch_is_fine_on_steps_with_one_way_on() -> None:
    step = a_step("start: end")
    caught = step._replace(node=replace(step.node, decorators=(Catch(),)))
    assert messages(caught, "end:") == ""


def test_marked_steps_may_have_any_name() -> None:
    draft = a_draft(a_step("first: last", marked_start=True), a_step("last:", marked_end=True))
    assert find_problems(draft) == []
    assert start_and_end(draft) == ("first", "last")


def test_the_only_step_is_first_and_last() -> None:
    assert start_and_end(a_draft("train:")) == ("train", "train")


def test_a_mark_beside_the_name_is_refused() -> None:
    assert "another step is called 'start'" in messages(a_step("first: start", marked_start=True), "start: end", "end:")


def test_two_marks_are_refused() -> None:
    text = messages(a_step("a: b", marked_start=True), a_step("b: end", marked_start=True), "end:")
    assert "both marked start=True" in text


def test_all_problems_come_at_once_with_file_and_line() -> None:
    problems = find_problems(a_draft("start: trian", "train: end", "lost: end", "end: start"))
    assert len(problems) >= 3
    assert all(problem.file == "flow.py" and problem.line >= 10 and problem.remedy for problem in problems)
    assert [problem.line for problem in problems] == sorted(problem.line for problem in problems)


def test_every_rule_is_in_the_table_once() -> None:
    assert len({*RULES, *SHAPE}) == len(RULES) + len(SHAPE)


def test_a_method_that_is_no_step_is_told_to_become_one() -> None:
    draft = a_draft("start: train", "end:")._replace(methods=("train",))
    (problem,) = find_problems(draft)
    assert problem.remedy == "Put @step above the method 'train'."


@pytest.mark.parametrize("steps", [("start: strat", "train: end", "end:"), ("start:", "train: end", "end:")])
def test_a_step_that_is_not_reached_since_another_leads_nowhere_is_no_problem_of_its_own(
    steps: tuple[str, ...],
) -> None:
    assert "No way" not in messages(*steps)
    assert len(find_problems(a_draft(*steps))) == 1
