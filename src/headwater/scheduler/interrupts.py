"""Ctrl-C and SIGTERM as a value that the loop looks at: they arrive between two of its steps, never inside one.

first    the loop ends the run, and gives what runs its grace
second   the loop ends what runs at once; whoever has not ended LAST_S later has what it waits for taken away
third    that is done now

What a loop waits for may never answer: a host that was stopped, or one that imports for ever. So the last resort is not
the loop's to take; an alarm takes it, whatever the process is waiting for.
"""

import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any

LAST_S = 2.0


class Interrupts:
    """The signals that have come so far."""

    def __init__(self) -> None:
        self.received: list[int] = []
        #: Kills what the process may be waiting for, which then answers. It runs inside whatever is being done.
        self.last_resort: Callable[[], None] = lambda: None
        self._alarm_before: Any = None  # what handled the alarm until we set it

    def note(self, number: int, frame: FrameType | None) -> None:
        self.received.append(number)
        if len(self.received) == 2:
            self._alarm_before = signal.signal(signal.SIGALRM, lambda *_: self.last_resort())
            signal.setitimer(signal.ITIMER_REAL, LAST_S, LAST_S)
        elif len(self.received) > 2:
            self.last_resort()

    def close(self) -> None:
        """Take the alarm back, where one was set."""
        if len(self.received) > 1:
            signal.setitimer(signal.ITIMER_REAL, 0)
            signal.signal(signal.SIGALRM, self._alarm_before)

    @property
    def pending(self) -> bool:
        return bool(self.received)

    @property
    def terminated(self) -> bool:
        """SIGTERM was among them, which asks for another exit code."""
        return signal.SIGTERM in self.received


@contextmanager
def listening() -> Iterator[Interrupts]:
    """Collect SIGINT and SIGTERM while the body runs; elsewhere than in the main thread nothing can be collected."""
    interrupts = Interrupts()
    if threading.current_thread() is not threading.main_thread():
        yield interrupts
        return
    numbers = (signal.SIGINT, signal.SIGTERM)
    previous = {number: signal.signal(number, interrupts.note) for number in numbers}
    try:
        yield interrupts
    finally:
        interrupts.close()
        for number, handler in previous.items():
            signal.signal(number, handler)
