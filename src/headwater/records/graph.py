"""The graph of a flow as values: one node per step, in the order of the source."""

from enum import StrEnum

from headwater.records.base import Record
from headwater.records.decorators import AnyDecorator


class NodeKind(StrEnum):
    """How a step hands on."""

    LINEAR = "linear"
    SPLIT = "split"
    FOREACH = "foreach"
    GANG = "gang"
    SWITCH = "switch"
    END = "end"


#: The kinds of which the step alone knows how the flow goes on: the graph says neither a width nor an arm.
DECIDED_BY_THE_STEP = frozenset({NodeKind.FOREACH, NodeKind.GANG, NodeKind.SWITCH})


class Case(Record, frozen=True, kw_only=True, omit_defaults=True):
    """One arm of a switch."""

    value: str | int | float | bool
    step: str


class Node(Record, frozen=True, kw_only=True, omit_defaults=True):
    """One step as it was written."""

    name: str
    kind: NodeKind
    targets: tuple[str, ...] = ()  # in the order written; a switch: each arm once
    cases: tuple[Case, ...] = ()
    condition: str = ""  # the artifact that a switch looks at; "" for if/elif/else
    foreach: str = ""  # the artifact that is iterated
    join: bool = False  # takes `inputs`
    parallel: bool = False  # bears @parallel
    decorators: tuple[AnyDecorator, ...] = ()
    doc: str = ""
    file: str = ""
    line: int = 0  # of the def
    next_line: int = 0  # of self.next
