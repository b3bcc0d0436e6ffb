"""What the clocks of attempts say. They decide; the executor acts.

started ──timeout + grace──► LATE        the worker raises in the step at its timeout; this is for steps that go on
started ──deadlock_s, then──► ASLEEP     seen asleep for ever over another deadlock_s
kill_at ───────────────────► KILL        and once a second from then on
"""

import time
from enum import Enum, auto

from headwater.executors.running import Running
from headwater.executors.sleep import watch_sleep

_KILL_AGAIN_S = 1.0  # a process that was being started when it was killed has its group only now
_NEVER = float("inf")


class Due(Enum):
    """What the time has come for."""

    KILL = auto()
    LATE = auto()
    ASLEEP = auto()


class Clocks:
    """When some attempt has to be looked at, and what is due for it then. All moments are monotonic."""

    def __init__(self, grace_s: float, deadlock_s: float) -> None:
        self._grace_s = grace_s
        self._deadlock_s = deadlock_s
        self._next = _NEVER

    def check_by(self, moment: float) -> None:
        self._next = min(self._next, moment)

    def ring(self, now: float) -> bool:
        """Whether it is time to look at every attempt; what is seen then says when it is time again."""
        if now < self._next:
            return False
        self._next = _NEVER
        return True

    def pause(self, deadline: float | None, now: float) -> float | None:
        """How long there is nothing to look at; None: until something happens."""
        first = self._next if deadline is None else min(deadline, self._next)
        return None if first == _NEVER else max(0.0, first - now)

    def start(self, attempt: Running) -> None:
        """The attempt's process runs."""
        attempt.started = time.monotonic()
        due_s = attempt.due_s
        first_s = self._deadlock_s if due_s is None else min(self._deadlock_s, due_s + self._grace_s)
        self.check_by(attempt.started + first_s)

    def kill_after(self, attempt: Running, grace_s: float) -> None:
        """SIGKILL is due after the grace, or before if it was."""
        due = time.monotonic() + grace_s
        attempt.kill_at = due if attempt.kill_at is None else min(attempt.kill_at, due)
        self.check_by(attempt.kill_at)

    def look(self, attempt: Running, now: float) -> Due | None:
        """What is due for an attempt."""
        if attempt.kill_at is not None:
            return self._look_at_kill(attempt, attempt.kill_at, now)
        if attempt.started is None:
            return None
        return self._look_at_limit(attempt, attempt.started, now) or self._look_at_sleep(attempt, attempt.started, now)

    def shall_show(self, attempt: Running, now: float) -> bool:
        """Whether an unfinished line has waited long enough to be told of."""
        if attempt.show_at is None or now >= attempt.show_at:
            return attempt.show_at is not None
        self.check_by(attempt.show_at)
        return False

    def _look_at_kill(self, attempt: Running, kill_at: float, now: float) -> Due | None:
        attempt.kill_at = now + _KILL_AGAIN_S if now >= kill_at else kill_at
        self.check_by(attempt.kill_at)
        return Due.KILL if now >= kill_at else None

    def _look_at_limit(self, attempt: Running, started: float, now: float) -> Due | None:
        if attempt.due_s is None:
            return None
        due = started + attempt.due_s + self._grace_s
        if now >= due:
            return Due.LATE
        self.check_by(due)
        return None

    def _look_at_sleep(self, attempt: Running, started: float, now: float) -> Due | None:
        self.check_by(max(started + self._deadlock_s, now + self._deadlock_s / 5))
        if now < started + self._deadlock_s:
            return None
        attempt.sleep = watch_sleep(attempt.pid, attempt.sleep, now)
        if attempt.sleep is None or now < attempt.sleep.since + self._deadlock_s:
            return None
        return Due.ASLEEP
