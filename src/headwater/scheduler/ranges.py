"""Neighbouring tasks written as one range."""

from headwater.names import Position
from headwater.records.task import TaskRange


class RangeBuilder:
    """Takes tasks one by one; those that follow each other in one step and run become one range."""

    def __init__(self) -> None:
        self._ranges: list[TaskRange] = []
        self._run_id = self._step = ""
        self._first = Position()
        self._next: tuple[int, ...] | None = None  # the indices that would prolong the open range
        self._count = 0

    def add(self, run_id: str, step: str, position: Position) -> None:
        indices, iteration = position
        if indices == self._next and not iteration and step == self._step and run_id == self._run_id:
            self._count += 1
        else:
            self._flush()
            self._run_id, self._step, self._first, self._count = run_id, step, position, 1
        self._next = (*indices[:-1], indices[-1] + 1) if indices and not iteration else None

    def build(self) -> tuple[TaskRange, ...]:
        self._flush()
        return tuple(self._ranges)

    def _flush(self) -> None:
        if self._count:
            self._ranges.append(
                TaskRange(run_id=self._run_id, step=self._step, first=str(self._first), count=self._count)
            )
        self._count = 0
        self._next = None
