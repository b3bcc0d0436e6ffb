"""What this process hides: the secrets of the attempt that runs in it, and those that its step fetched itself.

Records are masked by whoever writes them. Output is masked by whoever watches the process; where nobody does, or where
nobody knows the value (one that the step fetched), at the text streams of this process.
"""

import atexit
import os
import re
import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from functools import cache
from threading import RLock
from typing import Any

from headwater.vault.masking import Mask, StreamMask

_BASE64 = re.compile(rb"(;base64,[A-Za-z0-9+/=]+)")

_values: frozenset[str] = frozenset()
_mask: Mask | None = None
_guards: list["_Guard"] = []


def current_mask() -> Mask | None:
    """Of all that is hidden; None while nothing is."""
    return _mask


def hide_in(data: bytes, kept: Sequence[bytes] = ()) -> bytes:
    """The bytes without what is hidden; in them `kept`, known code, stays as it is, and so does what base64 says."""
    return data if _mask is None else _masked(data, kept, _mask)


def _masked(data: bytes, kept: Sequence[bytes], mask: Mask) -> bytes:
    if kept:
        return kept[0].join(_masked(piece, kept[1:], mask) for piece in data.split(kept[0]))
    pieces = _BASE64.split(data)
    pieces[::2] = map(mask.data, pieces[::2])
    return b"".join(pieces)


def hide(values: Iterable[str]) -> None:
    """From here on these values are secrets."""
    global _values, _mask
    _values = _values.union(values)
    _mask = Mask(_values)
    for guard in _guards:
        guard.use(_mask)


def guard_output() -> None:
    """Mask what is written to the text streams of this process from here on."""
    if _guards or _mask is None:
        return
    for stream in (sys.stdout, sys.stderr):
        if stream is not None:
            _guards.append(_Guard(stream, _mask))
    atexit.register(_release)
    _renew_locks_in_forks()


@contextmanager
def scope() -> Iterator[None]:
    """What is hidden in here is hidden no longer afterwards: for a process that runs several attempts."""
    global _values, _mask
    before = _values, _mask
    guarded = bool(_guards)
    try:
        yield
    finally:
        _values, _mask = before
        if not guarded:
            _release()
        elif _mask is not None:
            for guard in _guards:
                guard.use(_mask)


class _Guard:
    """Stands before the `write` of a stream, so that whoever holds the stream already is guarded too."""

    def __init__(self, stream: Any, mask: Mask) -> None:
        self._stream = stream
        self._write = stream.write
        self._mask = StreamMask(mask)
        self.lock = RLock()  # threads print beside each other
        stream.write = self.write

    def write(self, text: Any) -> int:
        if isinstance(text, str):
            with self.lock:
                self._put(self._mask.feed(text.encode("utf-8", "surrogatepass")))
            return len(text)
        return int(self._write(text))  # which says what is wrong with it

    def use(self, mask: Mask) -> None:
        rest = self._mask.rest
        self._mask = StreamMask(mask)
        self._put(self._mask.feed(rest))

    def release(self) -> None:
        self._put(self._mask.flush())
        self._stream.write = self._write

    def _put(self, data: bytes) -> None:
        if data:
            self._write(data.decode("utf-8", "surrogatepass"))


@cache
def _renew_locks_in_forks() -> None:
    """A fork has none of the threads that may hold them."""
    os.register_at_fork(after_in_child=_renew_locks)


def _renew_locks() -> None:
    for guard in _guards:
        guard.lock = RLock()


def _release() -> None:
    while _guards:
        _guards.pop().release()
    atexit.unregister(_release)
