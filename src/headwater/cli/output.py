"""What tasks print, on our streams.

A task that runs alone: every byte as it comes, unfinished lines and carriage returns too. Tasks that run at once: whole
lines, each behind `[step/task]`, so that none is mixed with another's; of a line that was written over with carriage
returns, as progress bars do, its last state.
"""

from typing import Protocol

from headwater.cli.streams import Sink
from headwater.cli.summary import hook_line
from headwater.cli.tally import Key, Tally
from headwater.records.log import LogLine, Stream
from headwater.records.task import TaskSpec
from headwater.scheduler.events import (
    Event,
    HookEnded,
    HookOutput,
    Notice,
    TaskEnded,
    TaskFailed,
    TaskOutput,
    TaskRetried,
)
from headwater.wording import plain

_LONGEST = 1 << 16  # bytes held back of a line that does not end


class Writer(Protocol):
    """Where bytes go."""

    is_terminal: bool

    def write(self, data: bytes) -> None: ...


class TaskPrinter:
    """Decides where lines begin and end."""

    def __init__(self, stdout: Writer, stderr: Writer, tally: Tally) -> None:
        self._writers = {Stream.STDOUT: stdout, Stream.STDERR: stderr}
        self._tally = tally
        self._open: dict[Stream, Key] = {}  # the lone task whose unfinished line a stream ends with
        self._held: dict[Key, dict[Stream, bytearray]] = {}  # unfinished lines of tasks that run at once

    def show(self, event: TaskOutput) -> None:
        pieces: dict[Stream, list[bytes]] = {Stream.STDOUT: [], Stream.STDERR: []}
        for line in event.lines:
            stream = Stream.STDOUT if line.stream is Stream.STDOUT else Stream.STDERR
            pieces[stream].append(self._piece(event.spec, stream, line))
        for stream, parts in pieces.items():
            if parts:
                self._writers[stream].write(b"".join(parts))

    def show_hook(self, event: HookOutput) -> None:
        """A line of a function that is called when all tasks have ended."""
        self._writers[event.stream].write(self._leave_open_line(event.stream) + event.payload + b"\n")

    def finish_task(self, step: str, task_id: str) -> None:
        """An attempt is over: what it left without a newline is shown."""
        for stream, held in self._held.pop((step, task_id), {}).items():
            if held:
                self._writers[stream].write(self._leave_open_line(stream) + _line(step, task_id, bytes(held)))

    def finish_lines(self) -> None:
        """Before something of ours is shown, which goes to stderr: a lone task's unfinished line ends here.

        Only a stdout that is no terminal stays as the tasks wrote it, to the byte.
        """
        for stream, writer in self._writers.items():
            if writer.is_terminal or stream is Stream.STDERR:
                writer.write(self._leave_open_line(stream))

    def _piece(self, spec: TaskSpec, stream: Stream, line: LogLine) -> bytes:
        key = (spec.step, spec.task_id)
        if line.stream is Stream.NOTE:
            return self._leave_open_line(stream) + _line(*key, line.payload)
        if self._open.get(stream) == key or not self._tally.has_company(*key):
            return self._lone_piece(key, stream, line)
        held = self._held.setdefault(key, {}).setdefault(stream, bytearray())
        held += line.payload
        if not line.complete and len(held) < _LONGEST:
            return b""
        text = bytes(held)
        held.clear()
        return self._leave_open_line(stream) + _line(*key, text)

    def _lone_piece(self, key: Key, stream: Stream, line: LogLine) -> bytes:
        before = b"" if self._open.get(stream) == key else self._leave_open_line(stream)
        held = self._held.get(key, {}).pop(stream, None)
        if line.complete:
            self._open.pop(stream, None)
        else:
            self._open[stream] = key
        return before + bytes(held or b"") + line.payload + (b"\n" if line.complete else b"")

    def _leave_open_line(self, stream: Stream) -> bytes:
        return b"\n" if self._open.pop(stream, None) else b""


class OutputView:
    """What the tasks print, on their own streams, and on stderr what a person should know."""

    def __init__(self, stdout: Sink, stderr: Sink, tally: Tally) -> None:
        self._stderr = stderr
        self._tally = tally
        self._printer = TaskPrinter(stdout, stderr, tally)

    def __call__(self, event: Event) -> None:
        self._tally.add(event)
        self.show(event)

    def show(self, event: Event) -> None:
        """Of an event that the tally knows already."""
        match event:
            case TaskOutput():
                self._printer.show(event)
            case TaskEnded(record) | TaskFailed(record):
                self._printer.finish_task(record.step, record.task_id)
            case TaskRetried(spec):
                self._printer.finish_task(spec.step, spec.task_id)
            case HookOutput():
                self._printer.show_hook(event)
            case HookEnded() if event.problem:
                self._printer.finish_lines()
                self._stderr.line(hook_line(event))
            case Notice(message):
                self._printer.finish_lines()
                for line in plain(message).splitlines():
                    self._stderr.line(line)

    def close(self) -> None:
        self._printer.finish_lines()


def _line(step: str, task_id: str, payload: bytes) -> bytes:
    return b"[%s/%s] %s\n" % (step.encode(), task_id.encode(), payload.rstrip(b"\r").rpartition(b"\r")[2])
