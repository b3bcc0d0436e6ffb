"""Whether a flow's file is being imported right now: then `MyFlow()` does not start the command line."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

_underway: ContextVar[bool] = ContextVar("headwater_importing", default=False)


@contextmanager
def underway() -> Iterator[None]:
    """While it lasts, this thread imports a flow's file."""
    token = _underway.set(True)
    try:
        yield
    finally:
        _underway.reset(token)


def is_underway() -> bool:
    return _underway.get()
