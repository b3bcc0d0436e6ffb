"""What a join has got so far: it counts tokens and remembers no task that it can compute.

A join of static branches gets one token per source step. A join of a foreach or gang gets one token per index, mostly
from one step of one run; then two numbers are all it keeps. Only when sources differ (arms of a switch, tasks that a
resumed run took over from different runs, the turns of a loop) it notes for each index which one it was.
"""

from array import array
from typing import NamedTuple

from headwater.graph.joins import JoinPlan
from headwater.names import Position
from headwater.records.task import TaskRange
from headwater.scheduler.ranges import RangeBuilder


class Source(NamedTuple):
    """Where a token comes from, without its position."""

    run_id: str  # the run that really executed the task
    step: str
    iteration: int = 0  # of a step that loops to itself


class BranchTokens:
    """The tokens of static branches for one join at one position."""

    __slots__ = ("_arrived", "_missing", "_plan", "_position")

    def __init__(self, plan: JoinPlan, position: tuple[int, ...]) -> None:
        self._plan = plan
        self._position = position
        self._missing = plan.need
        self._arrived: list[Source] = []

    def add(self, source: Source) -> bool:
        """True when this was the last token."""
        self._arrived.append(source)
        self._missing -= self._plan.weights[source.step]
        return self._missing == 0

    def inputs(self) -> tuple[TaskRange, ...]:
        """In the order in which the split named its branches."""
        arrived = sorted(self._arrived, key=lambda source: self._plan.order[source.step])
        return tuple(
            TaskRange(run_id=source.run_id, step=source.step, first=str(Position(self._position, source.iteration)))
            for source in arrived
        )


class IndexTokens:
    """The tokens of a foreach or gang for one join at one position."""

    __slots__ = ("_codes", "_count", "_missing", "_position", "_sources")

    def __init__(self, position: tuple[int, ...], count: int) -> None:
        self._position = position
        self._count = self._missing = count
        self._sources: dict[Source, int] = {}  # in the order of their codes
        self._codes: array[int] | None = None  # index -> code, once there are two sources

    def add(self, index: int, source: Source) -> bool:
        """True when this was the last token."""
        code = self._sources.setdefault(source, len(self._sources))
        if code and self._codes is None:
            self._codes = array("I", bytes(array("I").itemsize * self._count))
        if self._codes is not None:
            self._codes[index] = code
        self._missing -= 1
        return self._missing == 0

    def inputs(self) -> tuple[TaskRange, ...]:
        """In the order of the indices."""
        sources = list(self._sources)
        if self._codes is None and not sources[0].iteration:
            first = str(Position((*self._position, 0)))
            return (TaskRange(run_id=sources[0].run_id, step=sources[0].step, first=first, count=self._count),)
        codes = self._codes if self._codes is not None else bytes(self._count)
        builder = RangeBuilder()
        for index, code in enumerate(codes):
            run_id, step, iteration = sources[code]
            builder.add(run_id, step, Position((*self._position, index), iteration))
        return builder.build()
