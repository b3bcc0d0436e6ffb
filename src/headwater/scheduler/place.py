"""Where a task stands in its run, before it is started and after it has ended."""

from typing import NamedTuple

from headwater.names import Position
from headwater.records.graph import Node, NodeKind
from headwater.records.task import SplitFrame, TaskRange, Transition

Frames = tuple[SplitFrame, ...]


class Place(NamedTuple):
    """A task that can start: all its parents are done."""

    step: str
    frames: Frames
    inputs: tuple[TaskRange, ...]
    iteration: int = 0  # of a step that loops to itself

    @property
    def position(self) -> Position:
        return Position(indices(self.frames), self.iteration)


class Finished(NamedTuple):
    """A task that succeeded: what those behind it need to know."""

    step: str
    frames: Frames
    iteration: int
    run_id: str  # the run that really executed it

    @property
    def position(self) -> Position:
        return Position(indices(self.frames), self.iteration)

    def as_range(self) -> TaskRange:
        return TaskRange(run_id=self.run_id, step=self.step, first=str(self.position))


def indices(frames: Frames) -> tuple[int, ...]:
    """The split indices of a position, from the outermost in."""
    return tuple([frame.index for frame in frames])


def allows(node: Node, transition: Transition) -> bool:
    """Whether a step can go on as a record says it did."""
    if node.kind is NodeKind.SWITCH:
        return len(transition.steps) == 1 and transition.steps[0] in node.targets
    if node.kind in (NodeKind.FOREACH, NodeKind.GANG):
        return transition.steps == node.targets and (transition.splits or 0) >= 1
    return set(transition.steps) == set(node.targets)
