"""A foreach or gang that has been opened: a cursor over its children, which are made one at a time."""

from collections.abc import Sequence

from headwater.records.task import SplitFrame, TaskRange
from headwater.scheduler.place import Frames, Place


class Fan:
    """The children of one split that have not started."""

    __slots__ = ("_cursor", "_indices", "frame", "gang", "inputs", "outer", "step")

    def __init__(
        self, step: str, outer: Frames, frame: SplitFrame, inputs: tuple[TaskRange, ...], gang: bool = False
    ) -> None:
        self.step = step
        self.gang = gang  # its children start together
        self.outer = outer  # the frames around the task that split
        self.frame = frame  # that of child 0
        self.inputs = inputs
        self._indices: Sequence[int] = range(frame.count)
        self._cursor = 0

    def __len__(self) -> int:
        return len(self._indices) - self._cursor

    def is_empty(self) -> bool:
        return self._cursor >= len(self._indices)

    def take(self) -> Place:
        """The next child."""
        index = self._indices[self._cursor]
        self._cursor += 1
        return Place(self.step, self.frames(index), self.inputs)

    def keep(self, indices: Sequence[int]) -> None:
        """Only these children are left to start."""
        self._indices = indices
        self._cursor = 0

    def frames(self, index: int) -> Frames:
        first = self.frame
        frame = SplitFrame(
            run_id=first.run_id,
            step=first.step,
            task_id=first.task_id,
            index=index,
            count=first.count,
            variable=first.variable,
        )
        return (*self.outer, frame)
