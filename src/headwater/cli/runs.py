"""`headwater runs`: the runs of a root, the newest first.

With --json an object a line: flow, run_id, pathspec, user, status (running, succeeded, failed, interrupted, lost),
created_at, ended_at (null), duration_s (null), tags, parameters (name -> what its summary shows), origin_run_id (null),
tasks, message, project, branch (null in a flow of no project). Times are seconds since 1970, UTC.
"""

import sys
import time
from collections.abc import Sequence
from typing import Any

import click

from headwater.cli import colours
from headwater.cli.columns import Column, fitted
from headwater.cli.commands import Shared, command_with
from headwater.cli.json import to_line
from headwater.cli.pager import show_lines, terminal_width
from headwater.cli.reading import NO_RUNS, no_flow, reader_of, status_of, tell_of_imports
from headwater.cli.run_filters import Found, filter_options, find_runs, make_choice, order_options
from headwater.cli.streams import Sink
from headwater.cli.when import ago
from headwater.client.reader import Reader
from headwater.metadata.rows import RunRow
from headwater.wording import duration, moment, number


def command() -> click.Command:
    return command_with(
        "runs",
        runs,
        [click.Argument(["name"], metavar="[FLOW]", required=False), *filter_options(), *order_options()],
        shown={"--json", "--datastore-root"},
        help="List the runs, the newest first: all those of the root, or those that the options choose.",
    )


def runs(shared: Shared, name: str | None, **options: Any) -> None:
    flow = options.pop("flow")
    if name and flow and name != flow:
        raise click.UsageError(f"Runs of {name} or of {flow}? Name one flow.")
    reader = reader_of(shared)
    tell_of_imports(reader)
    choice = make_choice(flow=name or flow, **options)
    found = find_runs(reader, choice)
    if not found.rows:
        check_flow(reader, name or flow)
    show_runs(reader, found.rows, shared, chosen=choice.query.offset > 0 or _chooses(options))
    _tell_of_more(found, choice.query.offset, shared)


def show_runs(reader: Reader, rows: list[RunRow], shared: Shared, with_flow: bool = True, chosen: bool = False) -> None:
    """`with_flow` False: the flow is known. `chosen`: there may be others."""
    if shared.json:
        counts = reader.task_counts(rows)
        Sink(sys.stdout).write(b"".join(to_line(run_document(reader, row, counts)) for row in rows))
    elif rows:
        show_lines(run_lines(reader, rows, terminal_width()))
    else:
        none = f"There are no runs in {reader.root}. {NO_RUNS}"
        some = f"No run in {reader.root} is like that. Without options, `headwater runs` lists them all."
        Sink(sys.stderr).line(some if chosen else none)


def run_lines(reader: Reader, rows: Sequence[RunRow], width: int | None) -> list[str]:
    """A table, as wide as a terminal of `width` columns; None: as wide as it is, with whole times."""
    counts = reader.task_counts(rows)
    states = [status_of(reader, row) for row in rows]
    now = time.time()
    columns = [
        Column("run", [f"{row.flow}/{row.run_id}" for row in rows]),
        Column("user", [row.user for row in rows], weight=2),
        Column("status", states, colours=colours.of_states(width)),
        Column("started", [moment(row.created_at) if width is None else ago(row.created_at, now) for row in rows], 1),
        Column("took", [took(row, state) for row, state in zip(rows, states, strict=True)], weight=3),
        Column("tasks", [number(counts.get((row.flow, row.run_id), 0)) for row in rows], weight=4),
        Column("branch", [branch_text(row) for row in rows], weight=2),
        Column("tags", [", ".join(row.tags) for row in rows], weight=5, cut=True),
        Column("parameters", [parameters_text(row) for row in rows], weight=6, cut=True),
    ]
    return fitted(columns, width)


def run_document(reader: Reader, row: RunRow, counts: dict[tuple[str, str], int] | None = None) -> dict[str, Any]:
    counts = reader.task_counts([row]) if counts is None else counts
    return {
        "flow": row.flow,
        "run_id": row.run_id,
        "pathspec": f"{row.flow}/{row.run_id}",
        "user": row.user,
        "status": status_of(reader, row),
        "created_at": row.created_at,
        "ended_at": row.ended_at,
        "duration_s": row.duration_s,
        "tags": list(row.tags),
        "parameters": dict(row.parameters),
        "origin_run_id": row.origin_run_id,
        "tasks": counts.get((row.flow, row.run_id), 0),
        "message": row.message,
        "project": _tagged(row, "project"),
        "branch": _tagged(row, "project_branch"),
    }


def took(row: RunRow, status: str) -> str:
    if row.duration_s is not None:
        return duration(row.duration_s)
    return duration(time.time() - row.created_at) if status == "running" else ""


def branch_text(row: RunRow) -> str:
    """`weather.test.storms`: the project and the branch of a run."""
    return ".".join(filter(None, (_tagged(row, "project"), _tagged(row, "project_branch"))))


def _tagged(row: RunRow, kind: str) -> str | None:
    """What a system tag says."""
    return next((tag.partition(":")[2] for tag in row.system_tags if tag.startswith(f"{kind}:")), None)


def parameters_text(row: RunRow) -> str:
    """`alpha=0.1 name=first`"""
    return " ".join(f"{name}={value}" for name, value in row.parameters.items())


def _chooses(options: dict[str, Any]) -> bool:
    return any(
        options[name] for name in ("tags", "project", "branch", "status", "user", "since", "until", "parameters")
    )


def check_flow(reader: Reader, flow: str | None) -> None:
    """A flow that nobody ran is a mistake, rather than an empty answer."""
    names = reader.flows()
    if flow is not None and names and flow not in names:
        raise no_flow(reader, flow)


def _tell_of_more(found: Found, offset: int, shared: Shared) -> None:
    if found.more and not shared.json and not shared.quiet and sys.stdout.isatty():
        shown = f"{number(offset + 1)} to {number(offset + len(found.rows))}"
        Sink(sys.stderr).line(f"Runs {shown}; there are more: --page 2, --limit N, --all.")
