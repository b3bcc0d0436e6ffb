"""`headwater diff`: what is different between two runs, two tasks or two artifacts.

With --json one document, whose fields docs/reference/json-reading.md tells; with --code, {before, after, code: the
lines of the unified diff}.
"""

import sys
from collections.abc import Callable

import click

from headwater.cli import colours
from headwater.cli.commands import Shared, command_with
from headwater.cli.json import to_line
from headwater.cli.pager import show_lines, terminal_width
from headwater.cli.reading import find, reader_of
from headwater.cli.streams import Sink
from headwater.client.reader import Reader
from headwater.compare.read import compare_objects, compare_run_code, compare_runs
from headwater.compare.tasks import MOST_TASKS
from headwater.errors import NotFound, UsageError
from headwater.metadata.query import RunQuery
from headwater.names import Pathspec


def command() -> click.Command:
    return command_with(
        "diff",
        diff,
        [
            click.Argument(["before"], metavar="PATHSPEC"),
            click.Argument(["after"], metavar="[PATHSPEC]", required=False),
            click.Option(["code", "--code"], is_flag=True, help="The lines of code that differ, as a unified diff."),
            click.Option(
                ["most", "--max-tasks"],
                type=click.IntRange(min=1),
                metavar="N",
                default=MOST_TASKS,
                show_default=True,
                help="Compare the artifacts of at most so many tasks of a step.",
            ),
        ],
        shown={"--json", "--datastore-root"},
        help="Compare two runs, two tasks or two artifacts: code, parameters, environment, steps, tasks, artifacts. "
        "With one run, it is compared with the run of its flow before it. RUN may be `latest` or `latest-success`.",
    )


def diff(shared: Shared, before: str, after: str | None, code: bool, most: int) -> None:
    reader = reader_of(shared)
    sides = _sides(reader, before, after)
    if code:
        _show_code(reader, *sides, shared)
        return
    are_runs = all(len(side.parts) == 2 for side in sides)
    answer = compare_runs(reader, *sides, most) if are_runs else compare_objects(reader, *sides)
    if shared.json:
        Sink(sys.stdout).write(to_line(answer))
    else:
        _show(answer.lines(), colours.mark)


def _sides(reader: Reader, before: str, after: str | None) -> tuple[Pathspec, Pathspec]:
    first = find(reader, before)
    if after is not None:
        return first, find(reader, after if "/" in after else f"{first.flow}/{after}")
    if len(first.parts) != 2:
        raise UsageError(
            f"What is {first} to be compared with? Only a run, FLOW/RUN, is compared with the one before it."
        )
    return _run_before(reader, first), first


def _run_before(reader: Reader, run: Pathspec) -> Pathspec:
    assert run.run is not None
    created_at = reader.run_row(run.flow, run.run).created_at
    rows = reader.runs(RunQuery(flow=run.flow, until=created_at, limit=1))
    if not rows:
        raise NotFound(f"{run} is the oldest run of {run.flow}. Name the run to compare it with.")
    return run._replace(run=rows[0].run_id)


def _show_code(reader: Reader, before: Pathspec, after: Pathspec, shared: Shared) -> None:
    runs = (side._replace(step=None, task=None, artifact=None) for side in (before, after))
    lines = compare_run_code(reader, *runs)
    if shared.json:
        Sink(sys.stdout).write(to_line({"before": str(before), "after": str(after), "code": lines}))
        return
    if not lines:
        Sink(sys.stderr).line("The code is the same.")
    _show(lines, colours.code)


def _show(lines: list[str], paint: Callable[[str], str]) -> None:
    coloured = terminal_width() is not None and colours.wanted()
    show_lines([paint(line) for line in lines] if coloured else lines)
