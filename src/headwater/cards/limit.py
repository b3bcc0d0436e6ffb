"""A time limit for the author's code of a card, within the limit that the step may have."""

import signal
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

_AGAIN_S = 1.0  # code that caught the first one is told again


class CardTimeout(BaseException):
    """A card took longer than it may; no `except Exception` of a card sees it."""


@contextmanager
def time_limit(seconds: float) -> Iterator[None]:
    """Raise `CardTimeout` in the block when its time is over. Only a main thread can be told; others have no limit.

    A timer that runs already goes on afterwards, less the time that the block took.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    began = time.monotonic()
    before = signal.signal(signal.SIGALRM, _raise)
    outer_s, _ = signal.setitimer(signal.ITIMER_REAL, seconds, _AGAIN_S)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
        if outer_s:
            left_s = outer_s - (time.monotonic() - began)
            signal.setitimer(signal.ITIMER_REAL, max(left_s, 0.001))


def _raise(number: int, frame: FrameType | None) -> None:
    raise CardTimeout
