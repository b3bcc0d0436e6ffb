"""The graph of a flow: its steps, what follows what, and how its joins count."""

from collections.abc import Iterable, Mapping
from types import MappingProxyType

from headwater.errors import FlowError
from headwater.graph.joins import JoinPlan, analyse, reach
from headwater.records.graph import Node, NodeKind


class Graph:
    """A flow that can be run. Lint explains what is wrong with one that cannot; here the first flaw is an error."""

    def __init__(self, name: str, nodes: Iterable[Node], start: str, end: str, doc: str = "") -> None:
        self.name = name
        self.start = start
        self.end = end
        self.doc = doc
        self.nodes: Mapping[str, Node] = MappingProxyType({node.name: node for node in nodes})
        self._check_targets()
        analysis = analyse(self.nodes, start)
        for flaw in analysis.flaws:
            raise FlowError(f"{flaw.message} {flaw.remedy}")
        self._joins = analysis.joins
        self._depths = {
            step: sum(frame.kind is not NodeKind.SPLIT for frame in stack) for step, stack in analysis.stacks.items()
        }
        self._predecessors: dict[str, tuple[str, ...]] = {
            step: tuple(node.name for node in self.nodes.values() if step in node.targets) for step in self.nodes
        }
        for step in self.nodes:
            if step not in self._depths:
                raise FlowError(f"Step {step!r} of {name} cannot be reached from {start!r}. Remove it, or lead to it.")

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Graph):
            return NotImplemented
        return (self.name, self.start, self.end, dict(self.nodes)) == (
            other.name,
            other.start,
            other.end,
            dict(other.nodes),
        )

    __hash__ = None  # type: ignore[assignment]  # equal by value, and mappings have no hash

    def __repr__(self) -> str:
        return f"Graph({self.name!r}, {len(self.nodes)} steps)"

    def depth(self, step: str) -> int:
        """How many foreach and gang levels are open while the step runs: the indices of its task ids."""
        return self._depths[step]

    def join(self, step: str) -> JoinPlan | None:
        """How the step counts its tokens; None when it is no join."""
        return self._joins.get(step)

    def successors(self, step: str) -> tuple[str, ...]:
        """In the order written; a switch that loops has itself among them."""
        return self.nodes[step].targets

    def predecessors(self, step: str) -> tuple[str, ...]:
        """In the order of the source; a switch that loops has itself among them."""
        return self._predecessors[step]

    def descendants(self, step: str) -> frozenset[str]:
        """Every step that can follow, without the step itself."""
        return frozenset(reach(self.nodes, step)) - {step}

    def loops(self, step: str) -> bool:
        """The step is a switch that can lead to itself."""
        return step in self.nodes[step].targets

    def _check_targets(self) -> None:
        for step in (self.start, self.end):
            if step not in self.nodes:
                raise FlowError(f"{self.name} has no step {step!r}. Add it.")
        for node in self.nodes.values():
            for target in node.targets:
                if target not in self.nodes:
                    raise FlowError(f"Step {node.name!r} leads to {target!r}, which is no step. Correct the name.")
