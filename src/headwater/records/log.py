"""Lines of a task's log: what the task printed, exactly, with its stream and time.

One line of the file per line printed:

    o 1732330000123456 text\n        stdout, microseconds since 1970 UTC, a whole line
    e 1732330000123500 text\n        stderr
    O ... / E ...                    the piece did not end with a newline; the next of its stream goes on with it
    ! 1732330000123600 text\n        Headwater's own words: why the log was cut or the task ended
    = 1732330000123700 lines bytes\n the trailer: how many `o`, `e`, `O`, `E` rows and payload bytes stand above

A log without the trailer was cut off. One that was scrubbed begins with a note that says by whom.
"""

from collections.abc import Container, Iterator
from enum import StrEnum
from typing import NamedTuple


class Stream(StrEnum):
    """Who wrote a line: the task, on one of its streams, or Headwater."""

    STDOUT = "o"
    STDERR = "e"
    NOTE = "!"


class LogLine(NamedTuple):
    """One row of a log."""

    stream: Stream
    time: float  # seconds since 1970, UTC
    payload: bytes  # without the newline
    complete: bool = True  # False: no newline stood at its end

    @property
    def text(self) -> str:
        return self.payload.decode("utf-8", "backslashreplace")


def format_row(stream: Stream, time: float, payload: bytes, complete: bool = True) -> bytes:
    """One row; `payload` holds no newline."""
    mark = stream.value if complete else stream.value.upper()
    return b"%s %d %s\n" % (mark.encode(), int(time * 1_000_000), payload)


def format_trailer(time: float, rows: int, payload_bytes: int) -> bytes:
    """The last row, which says that nothing was cut off."""
    return b"= %d %d %d\n" % (int(time * 1_000_000), rows, payload_bytes)


class LogText(NamedTuple):
    """A whole log, parsed."""

    lines: tuple[LogLine, ...]
    complete: bool  # the trailer is there and its counts agree

    def stream(self, stream: Stream) -> bytes:
        """The bytes that the task wrote to one stream."""
        return b"".join(
            line.payload + (b"\n" if line.complete else b"") for line in self.lines if line.stream is stream
        )


def parse_log(data: bytes) -> LogText:
    """A whole log; rows that are no rows are left out."""
    lines = tuple(iterate_rows(data))
    counted = [line for line in lines if line.stream is not Stream.NOTE]
    trailer = data[data.rfind(b"\n", 0, -1) + 1 :] if data.endswith(b"\n") else b""
    expected = b" %d %d\n" % (len(counted), sum(len(line.payload) for line in counted))
    return LogText(lines, trailer.startswith(b"= ") and trailer.endswith(expected))


def scrub(data: bytes, streams: Container[Stream], note: str, time: float) -> bytes:
    """A log without what was printed to some streams, with Headwater's word about it in the place of the first row."""
    kept = [line for line in iterate_rows(data) if line.stream not in streams]
    printed = [line for line in kept if line.stream is not Stream.NOTE]
    rows = [format_row(Stream.NOTE, time, note.encode()), *(format_row(*line) for line in kept)]
    trailer = format_trailer(time, len(printed), sum(len(line.payload) for line in printed))
    return b"".join([*rows, trailer])


def iterate_rows(data: bytes) -> Iterator[LogLine]:
    """The rows of a log or of a piece of one that begins at a row; an unfinished last row is left out."""
    start = 0
    while (end := data.find(b"\n", start)) >= 0:
        row = data[start:end]
        start = end + 1
        mark = row[:1].decode("latin-1")
        if mark == "=" or len(row) < 3:
            continue
        micros, _, payload = row[2:].partition(b" ")
        if not micros.isdigit() or mark.lower() not in "oe!":
            continue
        yield LogLine(Stream(mark.lower()), int(micros) / 1_000_000, payload, mark == "!" or mark.islower())
