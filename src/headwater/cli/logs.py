"""`logs`: what tasks printed. All of it goes to stdout: it is what was asked for.

With --json `show` writes an object a line: step, task_id, attempt, stream (stdout, stderr, note: what Headwater says),
at (seconds since 1970), text, complete (false: the line ends without a newline). `scrub` answers with one document:
pathspec, streams, attempts: step, task_id and attempt of each log.
"""

import sys
import time
from typing import NamedTuple

import click

from headwater.cli.commands import Shared, command_with
from headwater.cli.json import line_document, to_line
from headwater.cli.log_files import Log, find_logs, newest_attempts, read_streams, stream_options
from headwater.cli.reading import find, reader_of, with_run
from headwater.cli.scrub import scrub_command
from headwater.cli.streams import Sink
from headwater.client.logs import read_log, read_on
from headwater.client.reader import Reader
from headwater.errors import NotFound
from headwater.flow.spec import FlowSpec
from headwater.names import Pathspec
from headwater.records.log import LogLine, Stream, iterate_rows
from headwater.wording import moment

_PAUSE_S = 0.3


class Filter(NamedTuple):
    """Which lines are shown, and how."""

    streams: frozenset[Stream]
    json: bool
    names: bool  # each line begins with its task
    times: bool  # ... and with when it came


class _Logs(click.Group):
    """`logs ...` is `logs show ...`, unless another command of it is named."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        if not args or (args[0] not in self.commands and args[0] != "--help"):
            args = ["show", *args]
        return super().parse_args(ctx, args)


def command(cls: type[FlowSpec] | None = None) -> click.Command:
    """Of a flow: `logs [RUN[/STEP[/TASK]]]`; else the flow's name stands first."""
    flow = cls.__name__ if cls else None
    group = _Logs("logs", help="Show what tasks printed (`logs PATHSPEC` is enough), or remove it for good.")
    group.add_command(_show_command(flow))
    group.add_command(scrub_command(flow))
    return group


def _show_command(flow: str | None) -> click.Command:
    metavar = "[RUN[/STEP[/TASK]]]" if flow else "FLOW[/RUN[/STEP[/TASK]]]"

    def logs(
        shared: Shared,
        pathspec: str | None,
        follow: bool,
        attempt: int | None,
        timestamps: bool,
        **streams: bool | None,
    ) -> int:
        wanted = read_streams(**streams)
        reader = reader_of(shared)
        place = with_run(reader, find(reader, pathspec, flow) if pathspec else Pathspec(flow or ""))
        shown = frozenset(Stream) if len(wanted) > 1 else wanted
        chosen = Filter(shown, shared.json, names=place.task is None, times=timestamps)
        printer = _Printer(Sink(sys.stdout), chosen)
        if follow:
            _follow(reader, place, attempt, printer)
        else:
            _show(reader, place, attempt, printer)
        return 0

    return command_with(
        "show",
        logs,
        [
            click.Argument(["pathspec"], required=flow is None, metavar=metavar),
            *stream_options(),
            click.Option(["follow", "--follow", "-f"], is_flag=True, help="Go on until the run is over."),
            click.Option(
                ["timestamps", "--timestamps/--no-timestamps"], default=False, help="Begin each line with when it came."
            ),
            click.Option(["attempt", "--attempt"], type=click.IntRange(min=0), metavar="N", help="This attempt."),
        ],
        shown={"--json", "--datastore-root"},
        help="Show what tasks printed. RUN may be `latest` or `latest-success`.",
    )


def _show(reader: Reader, place: Pathspec, attempt: int | None, printer: "_Printer") -> None:
    found = find_logs(reader, place, attempt)
    logs = newest_attempts(found) if attempt is None else list(found)
    if not logs and place.step is not None:
        _require(reader, place)
    for log in logs:
        for line in read_log(reader.documents, log.key).lines:
            printer.show(log, line)
        printer.finish(log)


def _follow(reader: Reader, place: Pathspec, attempt: int | None, printer: "_Printer") -> None:
    """Lines of all logs as they come, until the run is over and everything was shown."""
    assert place.run is not None
    seen: dict[Log, int] = {}
    while True:
        # asked before reading: what is written afterwards is met by one more round
        over = reader.run_end(place.flow, place.run) is not None or not reader.is_alive(place.flow, place.run)
        for log in find_logs(reader, place, attempt):
            for piece in read_on(reader.documents, log.key, seen.setdefault(log, 0)):
                seen[log] += len(piece)
                for line in iterate_rows(piece):
                    printer.show(log, line)
        if over:
            break
        time.sleep(_PAUSE_S)
    for log in seen:
        printer.finish(log)


def _require(reader: Reader, place: Pathspec) -> None:
    """A step or task that printed nothing is no mistake; one that is not there is."""
    assert place.run is not None
    tasks = reader.tasks(place.flow, place.run, place.step)
    if not any(place.task in (None, task.task_id) for task in tasks):
        raise NotFound(f"There is no {place}. See what there is: headwater show {place.flow}/{place.run}")


class _Printer:
    """Shows lines; unfinished ones of different tasks do not run into each other."""

    def __init__(self, out: Sink, chosen: Filter) -> None:
        self._out = out
        self._chosen = chosen
        self._open: tuple[Log, Stream] | None = None

    def show(self, log: Log, line: LogLine) -> None:
        if line.stream not in self._chosen.streams:
            return
        if self._chosen.json:
            place = {"step": log.step, "task_id": log.task_id, "attempt": log.attempt}
            self._out.write(to_line({**place, **line_document(line)}))
            return
        here = (log, line.stream)
        before = b"" if self._open in (None, here) else b"\n"
        if self._chosen.names and self._open != here:
            before += f"[{log.step}/{log.task_id}] ".encode()
        if self._chosen.times and self._open != here:
            before += f"{moment(line.time)}.{int(line.time % 1 * 1000):03d} ".encode()
        self._open = None if line.complete else here
        self._out.write(before + line.payload + (b"\n" if line.complete else b""))

    def finish(self, log: Log) -> None:
        if self._open is not None and self._open[0] == log and self._chosen.names:
            self._out.write(b"\n")
            self._open = None
