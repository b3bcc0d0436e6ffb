"""An origin being followed: what a resumed run looks up, and what it has reached, while it takes tasks over."""

from collections import deque

from headwater.graph.model import Graph
from headwater.names import Position
from headwater.records.graph import DECIDED_BY_THE_STEP
from headwater.records.task import TaskRange, Transition
from headwater.scheduler.fan import Fan
from headwater.scheduler.origin import Origin
from headwater.scheduler.place import Place, allows, indices
from headwater.scheduler.ranges import RangeBuilder


class Replay:
    """The tasks of an origin, and two lists of what they have made ready."""

    def __init__(self, origin: Origin, graph: Graph) -> None:
        self.places: deque[Place] = deque()
        self.fans: deque[Fan] = deque()
        self._graph = graph
        self._transition = origin.transition
        self._kept = {step: origin.kept(graph, step) for step in graph.nodes}
        self._taken = {step: RangeBuilder() for step in graph.nodes}

    def take(self, step: str, position: Position) -> tuple[str, Transition] | None:
        """The run that executed a task and how it went on; None when the task has to run."""
        kept = self._kept[step]
        task_id = str(position) if kept else ""
        run_id = kept.get(task_id)
        if run_id is None:
            return None
        node = self._graph.nodes[step]
        transition: Transition | None = Transition(steps=node.targets)
        if node.kind in DECIDED_BY_THE_STEP:
            transition = self._transition(step, task_id)
        if transition is None or not allows(node, transition):
            return None
        self._taken[step].add(run_id, step, position)
        return run_id, transition

    def has_all(self, fan: Fan) -> bool:
        """Whether every child of a split can be taken over."""
        kept = self._kept[fan.step]
        outer = indices(fan.outer)
        return all(str(Position((*outer, index))) in kept for index in range(fan.frame.count))

    def ranges(self) -> tuple[TaskRange, ...]:
        """What was taken, by step."""
        return tuple(taken for builder in self._taken.values() for taken in builder.build())
