"""A flow as its author wrote it, right or wrong: what the parser hands to lint."""

from typing import NamedTuple

from headwater.records.graph import Node


class Problem(NamedTuple):
    """One thing that is wrong, where, and what to do about it."""

    file: str
    line: int
    message: str  # one sentence: what is wrong
    remedy: str  # one sentence: what to do
    step: str = ""

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.message} {self.remedy}"


class DraftStep(NamedTuple):
    """One step as parsed. Where the source could not be understood, `node` holds the best guess."""

    node: Node
    arguments: int  # of the method, `self` included
    has_next: bool  # a self.next stands at the end, in every branch
    next_problem: str = ""  # why self.next could not be understood; "" when it was
    marked_start: bool = False
    marked_end: bool = False


class Draft(NamedTuple):
    """All steps of a flow in the order of the source, inherited ones after those of the class itself."""

    flow: str
    file: str
    line: int
    steps: tuple[DraftStep, ...]
    problems: tuple[Problem, ...] = ()  # found while parsing: parameters, decorators, module-level trouble
    doc: str = ""
    methods: tuple[str, ...] = ()  # methods of the author's that are no steps
