"""How far a long piece of work is, on stderr: one line of a terminal, written over; elsewhere a line now and then."""

import sys
import time
from collections.abc import Callable
from types import TracebackType
from typing import Self

from headwater.cli.streams import Sink
from headwater.wording import number

_STEP_S = 0.1  # between two states on a terminal
_QUIET_S = 0.5  # work that is done by then shows nothing
_LINE_S = 10.0  # between two lines elsewhere, and before the first


class Meter:
    """Shows states; gone from a terminal when it is closed."""

    def __init__(self, quiet: bool = False) -> None:
        self._sink = Sink(sys.stderr)
        self._quiet = quiet
        self._due = time.monotonic() + (_QUIET_S if self._sink.is_terminal else _LINE_S)
        self._shown = False

    def show(self, what: str, done: int = 0, total: int = 0, words: Callable[[int], str] = number) -> None:
        """`words`: how the two counts are written."""
        if self._quiet or time.monotonic() < self._due:
            return
        text = f"{what} {words(done)} of {words(total)}" if total else what
        if self._sink.is_terminal:
            self._due = time.monotonic() + _STEP_S
            self._shown = True
            self._sink.write(f"\r\x1b[K{text}".encode())
        else:
            self._due = time.monotonic() + _LINE_S
            self._sink.line(text)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, exc: BaseException | None, tb: TracebackType | None) -> None:
        if self._shown:
            self._sink.write(b"\r\x1b[K")
