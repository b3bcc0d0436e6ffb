"""Ctrl-C and SIGTERM for a step that runs in the process that drives its run: the step itself is interrupted.

Elsewhere the driver only notes a signal, and its loop ends the run. Here the loop is waiting for the step.
"""

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any

_SIGNALS = (signal.SIGINT, signal.SIGTERM)


@contextmanager
def interruptible() -> Iterator[None]:
    """While it lasts, a signal that somebody notes also raises KeyboardInterrupt where the step is."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = {number: signal.getsignal(number) for number in _SIGNALS}
    noted = [number for number, handler in before.items() if callable(handler) and handler is not _DEFAULT]
    for number in noted:
        signal.signal(number, _raising(before[number]))
    try:
        yield
    finally:
        for number in noted:
            signal.signal(number, before[number])


_DEFAULT = signal.default_int_handler


def _raising(note: Any) -> Any:
    def handle(number: int, frame: FrameType | None) -> None:
        note(number, frame)
        raise KeyboardInterrupt

    return handle
