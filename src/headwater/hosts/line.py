"""Attempts that stand in line on a host: each starts in the place of one that ended well."""

import os
from typing import NamedTuple

from headwater.hosts.protocol import Start


class Waiting(NamedTuple):
    """An attempt that has not started, and the writing ends for its output."""

    request: Start
    out: int
    err: int

    def close(self) -> None:
        """Give up this process's copies of the writing ends."""
        os.close(self.out)
        os.close(self.err)


class Line:
    """What waits, in the order in which it came."""

    def __init__(self) -> None:
        self._waiting: dict[int, Waiting] = {}  # by key
        self.halted = False  # an attempt went wrong, and the driver has not spoken since

    def add(self, waiting: Waiting) -> None:
        self._waiting[waiting.request.key] = waiting

    def close(self) -> None:
        """Forget everything, in a fork that is no host."""
        for waiting in self._waiting.values():
            waiting.close()
        self._waiting.clear()

    def take(self, key: int) -> Waiting | None:
        """Take one out; None when it is not here any more."""
        return self._waiting.pop(key, None)

    def heir(self, line: int, ended_well: bool) -> Waiting | None:
        """Take out what follows on an attempt of a line; nothing follows on a failure until the driver has spoken."""
        self.halted = self.halted or not ended_well
        if self.halted:
            return None
        for key, waiting in self._waiting.items():
            if waiting.request.line == line:
                return self._waiting.pop(key)
        return None
