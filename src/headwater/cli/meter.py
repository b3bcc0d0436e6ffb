"""How far a long piece of work is, in one line of a terminal that is written over; elsewhere nothing is shown."""

import sys
import time
from types import TracebackType
from typing import Self

from headwater.cli.streams import Sink
from headwater.wording import number

_STEP_S = 0.1
_QUIET_S = 0.5  # work that is done by then shows nothing


class Meter:
    """Shows states on stderr; gone when it is closed."""

    def __init__(self, quiet: bool = False) -> None:
        self._sink = Sink(sys.stderr)
        self._shows = self._sink.is_terminal and not quiet
        self._due = time.monotonic() + _QUIET_S
        self._shown = False

    def show(self, what: str, done: int = 0, total: int = 0) -> None:
        if not self._shows or time.monotonic() < self._due:
            return
        self._due = time.monotonic() + _STEP_S
        self._shown = True
        counts = f" {number(done)} of {number(total)}" if total else ""
        self._sink.write(f"\r\x1b[K{what}{counts}".encode())

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, exc: BaseException | None, tb: TracebackType | None) -> None:
        if self._shown:
            self._sink.write(b"\r\x1b[K")
