"""The log files of a Metaflow attempt as one log of ours: its lines bear a mark with their time, which is taken off."""

import re
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime

from headwater.records.log import LogLine, Stream, format_row, format_trailer

#: What wrote a log: the process that launched the task, or the task itself where that was elsewhere.
WRITERS = ("runtime", "task")
STREAMS = {"stdout": Stream.STDOUT, "stderr": Stream.STDERR}
_MARK = re.compile(rb"\[!?MFLOG\|[^|\]]*\|([0-9T:.\-]+)Z\|[^|\]]*\|[^\]]*\]")


def join_logs(parts: Iterable[tuple[Stream, bytes]], started_at: float) -> bytes | None:
    """Lines of all parts in the order of their times, as `records.log` has them; None when there are none."""
    lines = [line for stream, data in parts for line in _lines(stream, data, started_at)]
    if not lines:
        return None
    lines.sort(key=lambda line: line.time)
    rows = [format_row(*line) for line in lines]
    return b"".join([*rows, format_trailer(lines[-1].time, len(lines), sum(len(line.payload) for line in lines))])


def _lines(stream: Stream, data: bytes, started_at: float) -> Iterator[LogLine]:
    """A line without a mark belongs to the time of the one before it."""
    time = started_at
    for line in data.split(b"\n")[: -1 if data.endswith(b"\n") else None]:
        mark = _MARK.match(line)
        if mark is not None:
            time = _seconds(mark[1], time)
            line = line[mark.end() :]
        yield LogLine(stream, time, line)


def _seconds(text: bytes, otherwise: float) -> float:
    try:
        return datetime.fromisoformat(text.decode()).replace(tzinfo=UTC).timestamp()
    except ValueError:
        return otherwise
