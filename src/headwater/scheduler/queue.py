"""What is ready to start, and in which order.

Retries whose time has come go first, then single tasks, then the children of foreach splits. Among the last two, those
inside most splits go first, so that inner joins drain before outer splits open further.
"""

from heapq import heappop, heappush
from itertools import count

from headwater.executors.base import Launch
from headwater.scheduler.fan import Fan
from headwater.scheduler.place import Place


class ReadyQueue:
    """Launches, and places whose launch is still to be made."""

    def __init__(self) -> None:
        self._retries: list[tuple[float, int, Launch]] = []  # heap by the time they are due
        self._single: list[tuple[int, int, Launch]] = []  # heap by depth
        self._fans: list[tuple[int, int, Fan]] = []  # heap by depth
        self._serial = count()  # breaks ties: first come, first served

    def add(self, launch: Launch) -> None:
        heappush(self._single, (-len(launch.specs[0].frames), next(self._serial), launch))

    def add_fan(self, fan: Fan) -> None:
        heappush(self._fans, (-len(fan.outer) - 1, next(self._serial), fan))

    def add_retry(self, launch: Launch, due_at: float) -> None:
        heappush(self._retries, (due_at, next(self._serial), launch))

    def pop(self, now: float) -> Launch | Place | None:
        """The next to start; None when nothing can start now."""
        if self._retries and self._retries[0][0] <= now:
            return heappop(self._retries)[2]
        if self._single:
            return heappop(self._single)[2]
        if not self._fans:
            return None
        fan = self._fans[0][2]
        place = fan.take()
        if fan.is_empty():
            heappop(self._fans)
        return place

    def next_due(self) -> float | None:
        """When the next retry may start."""
        return self._retries[0][0] if self._retries else None

    def __bool__(self) -> bool:
        return bool(self._retries or self._single or self._fans)
