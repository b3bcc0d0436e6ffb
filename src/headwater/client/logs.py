"""A task's log, whole or as it grows."""

import time
from collections.abc import Callable, Iterator

from headwater.records.log import LogLine, LogText, iterate_rows, parse_log
from headwater.storage.base import Storage

_PIECE = 1 << 20
_PAUSE_S = 0.2


def read_log(storage: Storage, key: str) -> LogText:
    """All lines of a log; none for a task that printed nothing."""
    try:
        data = storage.read(key)
    except KeyError:
        # An attempt that printed nothing has no log: there is nothing that could have been cut off.
        return LogText((), True)
    return parse_log(data)


def follow_log(
    storage: Storage, key: str, is_over: Callable[[], bool], wait: Callable[[float], None] = time.sleep
) -> Iterator[LogLine]:
    """Lines as they arrive, until the attempt is over and all of them were seen."""
    start = 0
    while True:
        # Asked before reading: what is written afterwards is met by one more round.
        over = is_over()
        for piece in read_on(storage, key, start):
            start += len(piece)
            yield from iterate_rows(piece)
        if over:
            return
        wait(_PAUSE_S)


def read_on(storage: Storage, key: str, start: int) -> Iterator[bytes]:
    """What a log holds behind the byte `start`, in pieces of whole rows; nothing while there is no log."""
    length = _PIECE
    while True:
        try:
            piece = storage.read_range(key, start, length)
        except KeyError:
            return
        whole = piece[: piece.rfind(b"\n") + 1]
        if whole:
            yield whole
            start += len(whole)
            length = _PIECE
        elif len(piece) < length:
            return
        else:
            # One row longer than a piece.
            length *= 2
