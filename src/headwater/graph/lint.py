"""What is wrong with a flow before anything runs: one function a rule, all problems at once.

A rule yields a problem for each thing it finds, and knows nothing of other rules. `SHAPE` rules look at whole paths,
so they hold back until every step's own lines are right: what they could say before would only be a consequence.
"""

from collections.abc import Callable, Iterator
from graphlib import CycleError, TopologicalSorter

from headwater.errors import InvalidName
from headwater.graph.draft import Draft, DraftStep, Problem
from headwater.graph.joins import analyse, reach
from headwater.names import RESERVED_STEPS, validate_step
from headwater.records.decorators import Catch, find_decorator
from headwater.records.graph import DECIDED_BY_THE_STEP, Node, NodeKind
from headwater.wording import nearest

Rule = Callable[[Draft], Iterator[Problem]]

_NEXT_FORMS = (
    'Write self.next(self.a), (self.a, self.b), (self.a, foreach="items") or ({case: self.a}, condition="name").'
)
_HOW_TO_NEXT = "End it with self.next(self.some_step)."
_DEEDS = {
    NodeKind.SPLIT: "splits",
    NodeKind.FOREACH: "opens a foreach",
    NodeKind.GANG: "opens a gang",
    NodeKind.SWITCH: "is a switch",
}


def find_problems(draft: Draft) -> list[Problem]:
    """Every problem of a flow in the order of its lines; those that the parser found are not repeated."""
    problems = [problem for rule in RULES for problem in rule(draft)]
    if not problems and not draft.problems:
        problems = [problem for rule in SHAPE for problem in rule(draft)]
    return sorted(dict.fromkeys(problems), key=lambda problem: (problem.file, problem.line))


def start_and_end(draft: Draft) -> tuple[str, str]:
    """The first and last step: those marked, else those called `start` and `end`, else the only step.

    A name may be no step of a draft that has problems.
    """
    names = [step.node.name for step in draft.steps]
    only = names[0] if len(names) == 1 else ""
    start = next((step.node.name for step in draft.steps if step.marked_start), only or "start")
    end = next((step.node.name for step in draft.steps if step.marked_end), only or "end")
    return start, end


def step_names_are_valid(draft: Draft) -> Iterator[Problem]:
    for step in draft.steps:
        name = step.node.name
        try:
            validate_step(name)
        except InvalidName as exc:
            yield _at_def(draft, step, str(exc), "Rename the step.")
            continue
        if name in RESERVED_STEPS:
            reserved = ", ".join(sorted(RESERVED_STEPS))
            yield _at_def(draft, step, f"A step cannot be called {name!r}.", f"Rename it; reserved are {reserved}.")


def there_is_one_start(draft: Draft) -> Iterator[Problem]:
    marked = [step for step in draft.steps if step.marked_start]
    yield from _one_of(draft, "start", marked)


def there_is_one_end(draft: Draft) -> Iterator[Problem]:
    marked = [step for step in draft.steps if step.marked_end]
    yield from _one_of(draft, "end", marked)


def _one_of(draft: Draft, word: str, marked: list[DraftStep]) -> Iterator[Problem]:
    called = next((step for step in draft.steps if step.node.name == word), None)
    for extra in marked[1:]:
        yield _at_def(
            draft,
            extra,
            f"Steps {marked[0].node.name!r} and {extra.node.name!r} are both marked {word}=True.",
            "Mark one of them.",
        )
    if marked and called is not None and called not in marked:
        yield _at_def(
            draft,
            called,
            f"Step {marked[0].node.name!r} is marked {word}=True, and another step is called {word!r}.",
            f"Rename the step {word!r}, or remove the mark.",
        )
    if not draft.steps and word == "start":
        yield Problem(draft.file, draft.line, f"{draft.flow} has no steps.", "Put @step above a method.")
    if not marked and called is None and len(draft.steps) > 1:
        yield Problem(
            draft.file,
            draft.line,
            f"{draft.flow} has no {word} step.",
            f"Call one step {word!r}, or mark it with @step({word}=True).",
        )


def steps_take_self_and_perhaps_inputs(draft: Draft) -> Iterator[Problem]:
    for step in draft.steps:
        if step.arguments not in (1, 2):
            count = f"{step.arguments} argument{'s' if step.arguments != 1 else ''}"
            yield _at_def(
                draft,
                step,
                f"Step {step.node.name!r} takes {count}.",
                f"Write def {step.node.name}(self), or def {step.node.name}(self, inputs) for a join.",
            )


def every_step_but_the_end_goes_on(draft: Draft) -> Iterator[Problem]:
    _, end = start_and_end(draft)
    for step in draft.steps:
        name = step.node.name
        if step.next_problem:
            yield _at_next(draft, step, f"Step {name!r}: {step.next_problem}.", _NEXT_FORMS)
        elif name == end and step.has_next:
            yield _at_next(draft, step, f"The last step, {name!r}, calls self.next.", "Remove the call.")
        elif name != end and not step.has_next:
            yield _at_def(draft, step, f"Step {name!r} does not call self.next.", _HOW_TO_NEXT)


def targets_are_steps(draft: Draft) -> Iterator[Problem]:
    names = [step.node.name for step in draft.steps]
    for step in draft.steps:
        for target in dict.fromkeys(() if step.next_problem else step.node.targets):
            if target not in names:
                message = f"Step {step.node.name!r} leads to {target!r}, which is no step."
                yield _at_next(draft, step, message, _way_to_a_step(target, names, draft.methods))


def _way_to_a_step(target: str, names: list[str], methods: tuple[str, ...]) -> str:
    """What to do about a target that is no step."""
    if target in methods:
        return f"Put @step above the method {target!r}."
    close = nearest(target, names)
    return f"Did you mean {close!r}?" if close else f"Add it; the steps are {', '.join(names)}."


def a_split_names_each_branch_once(draft: Draft) -> Iterator[Problem]:
    for step in draft.steps:
        targets = step.node.targets
        if step.node.kind is NodeKind.SPLIT and not step.next_problem:
            for target in dict.fromkeys(targets):
                if targets.count(target) > 1:
                    yield _at_next(
                        draft,
                        step,
                        f"Step {step.node.name!r} leads to {target!r} {targets.count(target)} times.",
                        "Name each branch once; to run one step several times, use foreach.",
                    )


def a_switch_has_two_cases(draft: Draft) -> Iterator[Problem]:
    for step in draft.steps:
        node = step.node
        if node.kind is not NodeKind.SWITCH:
            continue
        if max(len(node.cases), len(node.targets)) < 2:
            yield _at_next(
                draft,
                step,
                f"The switch in {node.name!r} has fewer than two cases.",
                "Add a case, or name the one step.",
            )
        elif node.targets == (node.name,):
            yield _at_next(
                draft, step, f"Every case of the switch in {node.name!r} leads back to it.", "Add a case that goes on."
            )


def joins_do_not_split(draft: Draft) -> Iterator[Problem]:
    for step in draft.steps:
        word = _DEEDS.get(step.node.kind)
        if step.node.join and word is not None:
            yield _at_next(
                draft,
                step,
                f"The join {step.node.name!r} also {word}.",
                "Let it lead to a step of its own that does so.",
            )


def the_ends_are_no_joins(draft: Draft) -> Iterator[Problem]:
    for step in draft.steps:
        if step.node.join and step.node.name in start_and_end(draft):
            place = "first" if step.node.name == start_and_end(draft)[0] else "last"
            yield _at_def(
                draft,
                step,
                f"The {place} step, {step.node.name!r}, takes `inputs`.",
                "Remove the argument; join in a step of its own.",
            )


def nothing_leads_to_the_start(draft: Draft) -> Iterator[Problem]:
    start, _ = start_and_end(draft)
    for step in draft.steps:
        if start in step.node.targets and step.node.name != start:
            yield _at_next(
                draft, step, f"Step {step.node.name!r} leads back to the first step.", "Lead to another step."
            )


def steps_lead_in_no_circle(draft: Draft) -> Iterator[Problem]:
    nodes = _nodes(draft)
    for step in draft.steps:
        if step.node.name in step.node.targets and step.node.kind is not NodeKind.SWITCH:
            yield _at_next(
                draft, step, f"Step {step.node.name!r} leads to itself.", "Only a switch may: give it a condition."
            )
    circle = _circle(nodes)
    if circle:
        first = next(step for step in draft.steps if step.node.name == circle[-2])
        yield _at_next(
            draft,
            first,
            f"Steps lead in a circle: {' -> '.join(circle)}.",
            "A loop is a switch that leads to itself, and to nothing before it.",
        )


def _circle(nodes: dict[str, Node]) -> list[str]:
    """One loop of several steps, its first step at both ends; empty when there is none."""
    sorter: TopologicalSorter[str] = TopologicalSorter()
    for node in nodes.values():
        for target in node.targets:
            if target != node.name:
                sorter.add(target, node.name)
    try:
        sorter.prepare()
    except CycleError as exc:
        circle: list[str] = exc.args[1]
        return circle
    return []


def every_step_is_reached(draft: Draft) -> Iterator[Problem]:
    start, _ = start_and_end(draft)
    nodes = _nodes(draft)
    if start not in nodes or _leads_nowhere(draft, nodes):
        return
    reached = reach(nodes, start)
    for step in draft.steps:
        if step.node.name not in reached:
            yield _at_def(
                draft,
                step,
                f"No way from {start!r} leads to step {step.node.name!r}.",
                "Name it in the self.next of another step, or remove it.",
            )


def _leads_nowhere(draft: Draft, nodes: dict[str, Node]) -> bool:
    """Whether some step's way on is wrong or missing: then no wonder that others are not reached."""
    _, end = start_and_end(draft)
    return any(
        step.next_problem or not nodes.keys() >= set(step.node.targets) or (step.node.name != end and not step.has_next)
        for step in draft.steps
    )


def gangs_are_of_parallel_steps(draft: Draft) -> Iterator[Problem]:
    nodes = _nodes(draft)
    for step in draft.steps:
        for target in step.node.targets:
            if target not in nodes:
                continue
            gang, parallel = step.node.kind is NodeKind.GANG, nodes[target].parallel
            if gang and not parallel:
                yield _at_next(
                    draft,
                    step,
                    f"Step {step.node.name!r} leads with num_parallel to {target!r}, which is not @parallel.",
                    f"Put @parallel above {target!r}, or use foreach.",
                )
            if parallel and not gang and not step.next_problem:
                yield _at_next(
                    draft,
                    step,
                    f"Step {step.node.name!r} leads to {target!r}, which is @parallel, without num_parallel.",
                    f"Write self.next(self.{target}, num_parallel=...).",
                )


def parallel_steps_are_joined_next(draft: Draft) -> Iterator[Problem]:
    nodes = _nodes(draft)
    start, _ = start_and_end(draft)
    for step in draft.steps:
        node = step.node
        if not node.parallel:
            continue
        if node.name == start:
            yield _at_def(
                draft, step, f"The first step, {node.name!r}, is @parallel.", "Enter it from a step with num_parallel."
            )
        known = [nodes[target] for target in node.targets if target in nodes]
        if node.kind is not NodeKind.LINEAR or any(not target.join for target in known):
            yield _at_next(
                draft,
                step,
                f"The @parallel step {node.name!r} is not followed by a join.",
                "Lead it to one step that takes `inputs`.",
            )


def catch_needs_a_way_on(draft: Draft) -> Iterator[Problem]:
    for step in draft.steps:
        node = step.node
        if node.kind in DECIDED_BY_THE_STEP and find_decorator(node.decorators, Catch) is not None:
            yield _at_def(
                draft,
                step,
                f"Step {node.name!r} has @catch and {_DEEDS[node.kind]}: "
                "after a failure nobody would know where to go on.",
                "Move what may fail to a step before it.",
            )


def joins_close_what_was_split(draft: Draft) -> Iterator[Problem]:
    steps = {step.node.name: step for step in draft.steps}
    start, _ = start_and_end(draft)
    for flaw in analyse(_nodes(draft), start).flaws:
        yield _at_def(draft, steps[flaw.step], flaw.message, flaw.remedy)


RULES: tuple[Rule, ...] = (
    step_names_are_valid,
    there_is_one_start,
    there_is_one_end,
    steps_take_self_and_perhaps_inputs,
    every_step_but_the_end_goes_on,
    targets_are_steps,
    a_split_names_each_branch_once,
    a_switch_has_two_cases,
    joins_do_not_split,
    the_ends_are_no_joins,
    nothing_leads_to_the_start,
    steps_lead_in_no_circle,
    every_step_is_reached,
    gangs_are_of_parallel_steps,
    parallel_steps_are_joined_next,
    catch_needs_a_way_on,
)

SHAPE: tuple[Rule, ...] = (joins_close_what_was_split,)


def _nodes(draft: Draft) -> dict[str, Node]:
    return {step.node.name: step.node for step in draft.steps}


def _at_def(draft: Draft, step: DraftStep, message: str, remedy: str) -> Problem:
    return Problem(step.node.file or draft.file, step.node.line or draft.line, message, remedy, step.node.name)


def _at_next(draft: Draft, step: DraftStep, message: str, remedy: str) -> Problem:
    line = step.node.next_line or step.node.line or draft.line
    return Problem(step.node.file or draft.file, line, message, remedy, step.node.name)
