"""The graph of a flow class: what its steps' sources say, checked by lint.

The source of each step is parsed, never run. What the parser does not understand becomes the `next_problem` of its
step; `graph.lint` finds everything else, and every problem is reported at once.
"""

from collections.abc import Iterator, Sequence
from types import FunctionType
from typing import Any

from headwater.errors import LintError
from headwater.flow.authored import Authored, record_of
from headwater.flow.base_packages import with_base_packages
from headwater.flow.config_cases import shown_case, with_config_cases
from headwater.flow.config_rules import config_problems
from headwater.flow.decorators import decorators_of
from headwater.flow.delayed import Pending
from headwater.flow.flow_decorators import flow_decorator_problems, flow_decorators_of
from headwater.flow.parameter_rules import parameter_problems
from headwater.flow.source import StepSource, find_class, methods_written_twice, read_step, unseeded_generators
from headwater.flow.step import StepMark, mark_of, steps_of
from headwater.graph.draft import Draft, DraftStep, Problem
from headwater.graph.lint import find_problems, start_and_end
from headwater.graph.model import Graph
from headwater.records.decorators import AnyDecorator, Parallel
from headwater.records.flow_decorators import AnyFlowDecorator
from headwater.records.graph import Case, Node
from headwater.records.platforms import PytorchParallel


def build_graph(cls: type) -> Graph:
    """The checked graph of a flow that was resolved; LintError with every problem."""
    draft = draft_of(cls)
    problems = sorted({*draft.problems, *find_problems(draft)}, key=lambda problem: problem[:3])
    if problems:
        raise LintError(draft.flow, problems)
    start, end = start_and_end(draft)
    return Graph(draft.flow, (step.node for step in draft.steps), start, end, draft.doc)


def draft_of(cls: type) -> Draft:
    """A flow class as it was written, right or wrong."""
    file, line = find_class(cls)
    bases = flow_decorators_of(cls)
    steps = tuple(_draft_step(cls, name, function, bases) for name, function in steps_of(cls).items())
    return Draft(
        flow=cls.__name__,
        file=file,
        line=line,
        steps=steps,
        problems=(
            *parameter_problems(cls),
            *config_problems(cls),
            *flow_decorator_problems(cls),
            *_steps_written_twice(cls),
        ),
        doc=_clean(cls.__doc__),
        methods=tuple(_plain_methods(cls)),
    )


def _plain_methods(cls: type) -> Iterator[str]:
    for base in cls.__mro__:
        if not base.__module__.startswith("headwater."):
            functions = {name: value for name, value in vars(base).items() if isinstance(value, FunctionType)}
            yield from (name for name, value in functions.items() if mark_of(value) is None)


def warnings_of(cls: type) -> list[Problem]:
    """What may surprise the author, though the flow can run."""
    file, _ = find_class(cls)
    return [
        Problem(
            file,
            line,
            f"{written} at module level is not seeded: every task starts with a copy of the same generator.",
            "Make it inside the step, or give it a seed.",
        )
        for line, written in unseeded_generators(file)
    ]


def _steps_written_twice(cls: type) -> Iterator[Problem]:
    steps = steps_of(cls)
    for base in cls.__mro__:
        for file, line, name in methods_written_twice(base) if set(steps) & set(vars(base)) else ():
            if name in steps:
                yield Problem(file, line, f"Step {name!r} is defined twice, and the later one counts.", "Rename one.")


def _draft_step(cls: type, name: str, function: Any, bases: Sequence[AnyFlowDecorator]) -> DraftStep:
    mark = mark_of(function) or StepMark()
    source = with_config_cases(cls, read_step(function))
    decorators = with_base_packages(_records(function), bases)
    return DraftStep(
        node=_node(name, source, decorators, _clean(function.__doc__)),
        arguments=source.arguments,
        has_next=source.has_next,
        next_problem=source.problem,
        marked_start=mark.start,
        marked_end=mark.end,
    )


def _records(function: Any) -> tuple[AnyDecorator, ...]:
    """The decorators of a step as data; of a class that was not resolved, those that are known."""
    records: list[AnyDecorator] = []
    written = 0
    for one in decorators_of(function):
        if isinstance(one, Authored):
            records.append(record_of(one, written))
            written += 1
        elif not isinstance(one, Pending):
            records.append(one)
    return tuple(records)


def _node(name: str, source: StepSource, decorators: tuple[AnyDecorator, ...], doc: str) -> Node:
    return Node(
        name=name,
        kind=source.next.kind,
        targets=source.next.targets,
        cases=tuple(Case(value=shown_case(value), step=step) for value, step in source.next.cases),
        condition=source.next.condition,
        foreach=source.next.foreach,
        join=source.arguments == 2,
        parallel=any(isinstance(decorator, (Parallel, PytorchParallel)) for decorator in decorators),
        decorators=decorators,
        doc=doc,
        file=source.file,
        line=source.line,
        next_line=source.next.line,
    )


def _clean(doc: str | None) -> str:
    """A docstring without the indentation of its place in the source."""
    lines = (doc or "").expandtabs().strip().splitlines()
    indents = [len(line) - len(line.lstrip()) for line in lines[1:] if line.strip()]
    indent = min(indents, default=0)
    return "\n".join([*lines[:1], *(line[indent:].rstrip() for line in lines[1:])])
