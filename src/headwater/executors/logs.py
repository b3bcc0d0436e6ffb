"""The log of one attempt while it is written: bytes from the two streams in, rows out.

A row waits for its newline. Whoever listens can be told of a line before (a question, a progress bar): `peek` gives
what there is of it, and the rest of the line follows. So a listener gets each byte of a stream once.
"""

import os
import time
from collections import deque
from collections.abc import Callable
from typing import Protocol

from headwater.errors import StorageError
from headwater.records.log import LogLine, Stream, format_row, format_trailer
from headwater.storage.base import Storage
from headwater.storage.local import LocalStorage

LONGEST_LINE = 64 << 10  # bytes; longer ones come in pieces
TAIL = 64 << 10  # bytes kept of the end of a log that grew beyond its limit


class Sink(Protocol):
    """Where the rows of a log go."""

    def append(self, data: bytes) -> None: ...

    def close(self) -> None: ...


class FileSink:
    """A file that grows while the attempt runs. A retried launch of the same attempt goes on in it."""

    def __init__(self, storage: LocalStorage, key: str) -> None:
        path = storage.prepare(key)
        try:
            self._fd = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o644)
        except OSError as exc:
            raise StorageError(f"The log {path} cannot be written: {exc.strerror}.") from exc

    def append(self, data: bytes) -> None:
        try:
            while (written := os.write(self._fd, data)) < len(data):
                data = data[written:]
        except OSError as exc:
            raise StorageError(f"A log cannot be written: {exc.strerror}.") from exc

    def close(self) -> None:
        os.close(self._fd)


class ObjectSink:
    """A storage without files: the whole log is written as one object at the end."""

    def __init__(self, storage: Storage, key: str) -> None:
        self._storage = storage
        self._key = key
        self._parts: list[bytes] = []

    def append(self, data: bytes) -> None:
        self._parts.append(data)

    def close(self) -> None:
        self._storage.overwrite(self._key, *self._parts)


def open_sink(storage: Storage, key: str) -> Sink:
    return FileSink(storage, key) if isinstance(storage, LocalStorage) else ObjectSink(storage, key)


class LogWriter:
    """Splits output into lines and writes them as rows. Nothing is created before the first output.

    A log that grows beyond `max_bytes` keeps its head and its last 64 KiB, and says how much was left out. When the log
    cannot be written `complain` is called once and the attempt goes on; the missing trailer tells a reader.
    """

    def __init__(
        self, storage: Storage, key: str, max_bytes: int, complain: Callable[[str], None] = lambda message: None
    ) -> None:
        self._storage = storage
        self._key = key
        self._head_left = max(0, max_bytes - TAIL)
        self._complain = complain
        self._sink: Sink | None = None
        self._broken = False
        self._rests = {Stream.STDOUT: bytearray(), Stream.STDERR: bytearray()}
        self._told = dict.fromkeys(self._rests, 0)  # bytes of each rest that `peek` has given
        self._rows = 0
        self._payload_bytes = 0
        self._tail: deque[tuple[bytes, LogLine]] | None = None
        self._tail_bytes = 0
        self._left_out_rows = 0
        self._left_out_bytes = 0

    def feed(self, stream: Stream, data: bytes) -> list[LogLine]:
        """Output of one stream; returns the lines that it completed, without what `peek` gave of the first."""
        rest = self._rests[stream]
        pieces = data.split(b"\n")
        if len(pieces) == 1:
            rest += data
            if len(rest) <= LONGEST_LINE:
                return []
            pieces = []
        elif rest:
            pieces[0] = bytes(rest) + pieces[0]
            rest.clear()
        now = time.time()
        lines: list[LogLine] = []
        for piece in pieces[:-1]:
            while len(piece) > LONGEST_LINE:
                lines.append(LogLine(stream, now, piece[:LONGEST_LINE], False))
                piece = piece[LONGEST_LINE:]
            lines.append(LogLine(stream, now, piece))
        if pieces:
            rest += pieces[-1]
        while len(rest) > LONGEST_LINE:
            lines.append(LogLine(stream, now, bytes(rest[:LONGEST_LINE]), False))
            del rest[:LONGEST_LINE]
        self._write(lines)
        return self._without_told(stream, lines)

    @property
    def has_unfinished(self) -> bool:
        """Whether `peek` would give something."""
        return any(len(rest) > self._told[stream] for stream, rest in self._rests.items())

    def peek(self) -> list[LogLine]:
        """What there is of unfinished lines and was not given before. It is not written yet."""
        now = time.time()
        lines = []
        for stream, rest in self._rests.items():
            start, end = self._told[stream], _end_of_characters(rest)
            if end > start:
                lines.append(LogLine(stream, now, bytes(rest[start:end]), False))
                self._told[stream] = end
        return lines

    def note(self, text: str) -> list[LogLine]:
        """Headwater's own words, each line a row; what is unfinished of the streams comes before them."""
        now = time.time()
        notes = [LogLine(Stream.NOTE, now, line.encode()) for line in text.splitlines()]
        lines = self._write_rests(now)
        self._write(notes)
        return lines + notes

    def close(self) -> list[LogLine]:
        """Write what is left and the trailer; returns the unfinished lines."""
        now = time.time()
        lines = self._write_rests(now)
        if self._tail is not None:
            self._write_tail(now)
        if self._sink is not None:
            self._append(format_trailer(now, self._rows, self._payload_bytes))
        if self._sink is not None:
            sink, self._sink = self._sink, None
            self._guard(sink.close)
        return lines

    def _write_rests(self, now: float) -> list[LogLine]:
        """Unfinished lines become rows; returns what was not told of them."""
        lines = [LogLine(stream, now, bytes(rest), False) for stream, rest in self._rests.items() if rest]
        for rest in self._rests.values():
            rest.clear()
        self._write(lines)
        return [piece for line in lines for piece in self._without_told(line.stream, [line])]

    def _without_told(self, stream: Stream, lines: list[LogLine]) -> list[LogLine]:
        """Lines of one stream, the first without the beginning that `peek` gave."""
        told = self._told[stream]
        if not told or not lines:
            return lines
        self._told[stream] = 0
        first = lines[0]._replace(payload=lines[0].payload[told:])
        return [first, *lines[1:]] if first.payload or first.complete else lines[1:]

    def _write(self, lines: list[LogLine]) -> None:
        if not lines or self._broken:
            return
        rows = [format_row(*line) for line in lines]
        size = sum(map(len, rows))
        if self._tail is None and size <= self._head_left:
            self._head_left -= size
            self._count(lines)
            self._append(b"".join(rows))
            return
        for row, line in zip(rows, lines, strict=True):
            self._write_near_the_limit(row, line)

    def _write_near_the_limit(self, row: bytes, line: LogLine) -> None:
        if self._tail is None:
            if len(row) <= self._head_left:
                self._head_left -= len(row)
                self._count([line])
                self._append(row)
                return
            self._tail = deque()
        self._tail.append((row, line))
        self._tail_bytes += len(row)
        while self._tail_bytes > TAIL and len(self._tail) > 1:
            dropped_row, dropped = self._tail.popleft()
            self._tail_bytes -= len(dropped_row)
            self._left_out_rows += 1
            self._left_out_bytes += len(dropped.payload)

    def _write_tail(self, now: float) -> None:
        tail, self._tail = self._tail or deque(), None
        if self._left_out_rows:
            note = f"{self._left_out_rows} lines ({self._left_out_bytes} bytes) are left out: the log reached its limit"
            self._append(format_row(Stream.NOTE, now, note.encode()))
        self._count([line for _, line in tail])
        self._append(b"".join(row for row, _ in tail))

    def _count(self, lines: list[LogLine]) -> None:
        printed = [line for line in lines if line.stream is not Stream.NOTE]
        self._rows += len(printed)
        self._payload_bytes += sum(len(line.payload) for line in printed)

    def _append(self, data: bytes) -> None:
        self._guard(lambda: self._append_to_sink(data))

    def _append_to_sink(self, data: bytes) -> None:
        if self._sink is None:
            self._sink = open_sink(self._storage, self._key)
        self._sink.append(data)

    def _guard(self, deed: Callable[[], None]) -> None:
        """A log that cannot be written does not stop a run."""
        if self._broken:
            return
        try:
            deed()
        except StorageError as exc:
            self._broken = True
            self._complain(str(exc))


def _end_of_characters(data: bytearray) -> int:
    """The length of `data` without a UTF-8 character at its end that is still incomplete."""
    for back in range(1, min(3, len(data)) + 1):
        byte = data[-back]
        if byte >= 0xC0:
            needed = 2 if byte < 0xE0 else 3 if byte < 0xF0 else 4
            return len(data) - back if needed > back else len(data)
        if byte < 0x80:
            break
    return len(data)
