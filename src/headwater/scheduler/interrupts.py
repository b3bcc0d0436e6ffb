"""Ctrl-C and SIGTERM as a value that the loop looks at: they arrive between two of its steps, never inside one."""

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType


class Interrupts:
    """The signals that have come so far."""

    def __init__(self) -> None:
        self.received: list[int] = []

    def note(self, number: int, frame: FrameType | None) -> None:
        self.received.append(number)

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
        for number, handler in previous.items():
            signal.signal(number, handler)
