"""What the run that is resumed has done: which of its tasks need not run again."""

from collections.abc import Callable, Mapping
from typing import NamedTuple

from headwater.errors import NotFound
from headwater.graph.model import Graph
from headwater.records.task import Transition


class Origin(NamedTuple):
    """A run to resume, as values."""

    run_id: str
    graph: Graph
    tasks: Mapping[str, Mapping[str, str]]  # step -> task id of a success -> the run that really executed it
    transition: Callable[[str, str], Transition | None]  # (step, task id); asked of splitting steps and switches only
    rerun: frozenset[str] = frozenset()  # steps that are to run again, with everything behind them

    def kept(self, graph: Graph, step: str) -> Mapping[str, str]:
        """The tasks of a step that can be taken over, as far as the step itself is concerned."""
        old = self.graph.nodes.get(step)
        if old is None or step in self.rerun or self.graph.depth(step) != graph.depth(step):
            return {}
        new = graph.nodes[step]
        same = (old.kind, old.join, old.parallel) == (new.kind, new.join, new.parallel)
        return self.tasks.get(step, {}) if same else {}


def steps_to_rerun(graph: Graph, step: str | None) -> frozenset[str]:
    """The named step, or steps with commas between them, and everything behind; nothing for None.

    `NotFound` when the flow has no such step.
    """
    found: frozenset[str] = frozenset()
    for name in step.split(",") if step else ():
        if name not in graph.nodes:
            raise NotFound(f"{graph.name} has no step {name!r}. Its steps are {', '.join(graph.nodes)}.")
        found |= graph.descendants(name) | {name}
    return found
