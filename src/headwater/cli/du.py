"""`headwater du`: what takes space. Flows, the runs of one, the steps of a run, the artifacts of a step or a task.

With --json one document: {pathspec, parts, common, code, code_versions, total}. A part is {name, members, own, shared,
documents, logs, total}; all but `name` and `members` are bytes.
"""

import sys
from collections.abc import Iterator
from typing import Any

import click

from headwater.cli.columns import Column, fitted
from headwater.cli.commands import Shared, command_with
from headwater.cli.json import to_line
from headwater.cli.meter import Meter
from headwater.cli.pager import show_lines, terminal_width
from headwater.cli.reading import find, no_flow, reader_of
from headwater.cli.streams import Sink
from headwater.client.reader import Reader
from headwater.errors import NotFound
from headwater.names import Pathspec
from headwater.upkeep.policy import RunKey
from headwater.upkeep.space import (
    Space,
    Usage,
    measure_new,
    space_of_flow,
    space_of_root,
    space_of_run,
    space_of_step,
)
from headwater.wording import counted, number, size

_LISTED = 20


def command() -> click.Command:
    return command_with(
        "du",
        du,
        [
            click.Argument(["pathspec"], required=False, metavar="[FLOW[/RUN[/STEP[/TASK]]]]"),
            click.Option(
                ["limit", "--limit", "-n"],
                type=click.IntRange(min=1),
                default=_LISTED,
                metavar="N",
                show_default=True,
                help="The N largest.",
            ),
            click.Option(["every", "--all"], is_flag=True, help="All of them."),
        ],
        shown={"--json", "--quiet", "--datastore-root"},
        help="Show what takes space: flows, the runs of one, the steps of a run, the artifacts of a step or task.",
    )


def du(shared: Shared, pathspec: str | None, limit: int, every: bool) -> None:
    reader = reader_of(shared)
    reader.refresh()
    with Meter(shared.quiet) as meter:
        measure_new(reader.storage, reader.index, lambda done, total: meter.show("measuring runs", done, total))
    found = find(reader, pathspec) if pathspec else None
    usage, members, common = _look(reader, found)
    if shared.json:
        Sink(sys.stdout).write(to_line(_document(found, usage)))
        return
    what = str(found) if found else reader.root
    lines = [*_lines(usage, members, common, what, None if every else limit)]
    if found is None:
        imports = (one.record for one in reader.histories)
        lines += [f"Import {one.number} is not counted: it is in {one.folder}." for one in imports]
    show_lines(lines)


def _look(reader: Reader, where: Pathspec | None) -> tuple[Usage, tuple[str, str], str]:
    """What it takes; what its parts and their members are called; who has the values in common."""
    storage, index = reader.storage, reader.index
    imported = reader.histories.find(where.flow, where.run) if where is not None and where.run is not None else None
    if imported is not None:
        storage, index = reader.documents, imported.index
    if where is None:
        return space_of_root(storage, index), ("flow", "runs"), "several flows"
    if where.artifact is not None:
        raise click.UsageError(f"{where} is an artifact. `headwater show {where}` tells its size.")
    if where.run is None:
        if where.flow not in index.flows():
            reader.histories.refuse_flow(where.flow, "measured as a whole")
            raise no_flow(reader, where.flow)
        return space_of_flow(storage, index, where.flow), ("run", ""), "several runs"
    key = RunKey(where.flow, where.run)
    reader.run_row(*key)
    if where.step is None:
        return space_of_run(storage, index, key), ("step", "attempts"), "several steps"
    usage = space_of_step(storage, key, where.step, where.task)
    if not usage.parts:
        raise NotFound(f"{where} has no artifact of its own. See what the run took over: headwater show {key}")
    return usage, ("artifact", "times"), "several artifacts"


def _lines(usage: Usage, members: tuple[str, str], common: str, what: str, most: int | None) -> Iterator[str]:
    parts = usage.parts[:most]
    if parts:
        yield from fitted(_columns(parts, *members), terminal_width())
    if len(usage.parts) > len(parts):
        yield f"and {number(len(usage.parts) - len(parts))} smaller: --all"
    if parts:
        yield ""
    if usage.common:
        yield f"{size(usage.common)} of values belong to {common}."
    if usage.code_versions:
        yield f"{size(usage.code)} are the authors' code, in {counted(usage.code_versions, 'version')}."
    yield f"{size(usage.total)} in {what}."


def _columns(parts: tuple[Space, ...], name: str, members: str) -> list[Column]:
    return [
        Column(name, [part.name for part in parts]),
        Column(members, [number(part.members) if members else "" for part in parts], 2, right=True),
        Column("values", [size(part.own) for part in parts], right=True),
        Column("shared", [size(part.shared) if part.shared else "" for part in parts], 1, right=True),
        Column("records", [size(part.documents) for part in parts], right=True),
        Column("logs", [size(part.logs) if part.logs else "" for part in parts], right=True),
    ]


def _document(where: Pathspec | None, usage: Usage) -> dict[str, Any]:
    return {
        "pathspec": str(where) if where else None,
        "parts": [{**part._asdict(), "total": part.total} for part in usage.parts],
        "common": usage.common,
        "code": usage.code,
        "code_versions": usage.code_versions,
        "total": usage.total,
    }
