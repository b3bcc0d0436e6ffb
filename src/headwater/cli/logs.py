"""`logs`: what tasks printed. All of it goes to stdout: it is what was asked for."""

import os
import sys
import time
from typing import NamedTuple

import click

from headwater.cli.commands import Shared, ask, command_with
from headwater.cli.errors import say
from headwater.cli.json import line_document, to_line
from headwater.cli.log_files import Log, find_logs, newest_attempts
from headwater.cli.reading import find, newest_run, reader_of
from headwater.cli.streams import Sink
from headwater.cli.text import counted, moment
from headwater.client.logs import read_log, read_on
from headwater.client.reader import Reader
from headwater.errors import HeadwaterError, NotFound
from headwater.flow.spec import FlowSpec
from headwater.metadata.rebuild import measure_files
from headwater.names import Pathspec
from headwater.records.log import LogLine, Stream, iterate_rows
from headwater.records.log import scrub as scrub_log
from headwater.settings import find_user

_PAUSE_S = 0.3
_STREAMS = {"stdout": {Stream.STDOUT}, "stderr": {Stream.STDERR}}


class Filter(NamedTuple):
    """Which lines are shown, and how."""

    streams: frozenset[Stream]
    json: bool
    names: bool  # each line begins with its task


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
    group.add_command(_scrub_command(flow))
    return group


def _show_command(flow: str | None) -> click.Command:
    metavar = "[RUN[/STEP[/TASK]]]" if flow else "FLOW[/RUN[/STEP[/TASK]]]"

    def logs(shared: Shared, pathspec: str | None, stream: str | None, follow: bool, attempt: int | None) -> int:
        reader = reader_of(shared)
        place = _place(reader, pathspec, flow)
        streams = _STREAMS.get(stream or "", set(Stream))
        chosen = Filter(frozenset(streams), shared.json, names=place.task is None)
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
            click.Option(["stream", "--stdout"], flag_value="stdout", help="Only what went to stdout."),
            click.Option(["stream", "--stderr"], flag_value="stderr", help="Only what went to stderr."),
            click.Option(["follow", "--follow", "-f"], is_flag=True, help="Go on until the run is over."),
            click.Option(["attempt", "--attempt"], type=click.IntRange(min=0), metavar="N", help="This attempt."),
        ],
        shown={"--json", "--datastore-root"},
        help="Show what tasks printed. RUN may be `latest` or `latest-success`.",
    )


def _scrub_command(flow: str | None) -> click.Command:
    def scrub(shared: Shared, pathspec: str, stream: str | None, every: bool, yes: bool) -> None:
        reader = reader_of(shared)
        place = _place(reader, pathspec, flow)
        assert place.run is not None
        if reader.run_end(place.flow, place.run) is None and reader.is_alive(place.flow, place.run):
            raise HeadwaterError(f"{place.flow}/{place.run} is running. Scrub its logs when it is over.")
        found = find_logs(reader, place, None)
        logs = list(found) if every else newest_attempts(found)
        if not logs:
            raise NotFound(f"Nothing was printed by {place}, so there is nothing to scrub.")
        streams = _STREAMS.get(stream or "", {Stream.STDOUT, Stream.STDERR})
        names = " and ".join(one.name.lower() for one in Stream if one in streams)
        what = f"{names} of {counted(len(logs), 'attempt')} of {place}"
        if not yes and not ask(f"Remove the {what} for good?"):
            return
        now = time.time()
        note = f"What was here of {names} was scrubbed by {find_user(os.environ)} on {moment(now)}."
        for log in logs:
            reader.storage.overwrite(log.key, scrub_log(reader.storage.read(log.key), streams, note, now))
        reader.index.set_files(place.flow, place.run, measure_files(reader.storage, place.flow, place.run))
        if shared.json:
            for log in logs:
                scrubbed = {"step": log.step, "task_id": log.task_id, "attempt": log.attempt}
                Sink(sys.stdout).write(to_line({**scrubbed, "scrubbed": sorted(one.name.lower() for one in streams)}))
        elif not shared.quiet:
            say(f"Removed the {what}.")

    return command_with(
        "scrub",
        scrub,
        [
            click.Argument(["pathspec"], metavar="RUN[/STEP[/TASK]]" if flow else "FLOW/RUN[/STEP[/TASK]]"),
            click.Option(["stream", "--stdout"], flag_value="stdout", help="Only what went to stdout."),
            click.Option(["stream", "--stderr"], flag_value="stderr", help="Only what went to stderr."),
            click.Option(["stream", "--both"], flag_value="both", default="both", help="Both (the default)."),
            click.Option(["every", "--all/--latest"], default=False, help="Every attempt, or (the default) the last."),
            click.Option(["yes", "--yes", "-y"], is_flag=True, help="Do not ask."),
        ],
        shown={"--json", "--quiet", "--datastore-root"},
        help="Remove what tasks printed: a secret, personal data. The log then says by whom. There is no undo.",
    )


def _place(reader: Reader, text: str | None, flow: str | None) -> Pathspec:
    if flow is None:
        assert text is not None
        place = find(reader, text)
    elif text is None:
        place = Pathspec(flow)
    else:
        place = find(reader, text if text.startswith(f"{flow}/") else f"{flow}/{text}")
    if place.run is None:
        return place._replace(run=newest_run(reader, place.flow).run_id)
    reader.run_row(place.flow, place.run)
    return place


def _show(reader: Reader, place: Pathspec, attempt: int | None, printer: "_Printer") -> None:
    found = find_logs(reader, place, attempt)
    logs = newest_attempts(found) if attempt is None else list(found)
    if not logs and place.step is not None:
        _require(reader, place)
    for log in logs:
        for line in read_log(reader.storage, log.key).lines:
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
            for piece in read_on(reader.storage, log.key, seen.setdefault(log, 0)):
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
        self._open = None if line.complete else here
        self._out.write(before + line.payload + (b"\n" if line.complete else b""))

    def finish(self, log: Log) -> None:
        if self._open is not None and self._open[0] == log and self._chosen.names:
            self._out.write(b"\n")
            self._open = None
