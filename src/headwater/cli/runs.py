"""`headwater runs`: the runs of a root, the newest first."""

import sys
import time
from typing import Any

import click

from headwater.cli.commands import Shared, command_with
from headwater.cli.json import to_line
from headwater.cli.reading import reader_of, status_of
from headwater.cli.streams import Sink
from headwater.cli.text import duration, moment, number, plain, table
from headwater.client.reader import Reader
from headwater.metadata.query import RunQuery
from headwater.metadata.rows import RunRow

HEADER = ("run", "user", "status", "started", "took", "tasks")


def command() -> click.Command:
    return command_with(
        "runs",
        runs,
        [
            click.Option(["flow", "--flow"], metavar="FLOW", help="Only the runs of this flow."),
            click.Option(
                ["limit", "--limit"], type=click.IntRange(min=1), metavar="N", default=20, help="At most so many.  [20]"
            ),
        ],
        shown={"--json", "--datastore-root"},
        help="List the runs, the newest first.",
    )


def runs(shared: Shared, flow: str | None, limit: int) -> None:
    reader = reader_of(shared)
    show_runs(reader, reader.runs(RunQuery(flow=flow, limit=limit)), shared)


def show_runs(reader: Reader, rows: list[RunRow], shared: Shared) -> None:
    out = Sink(sys.stdout)
    if shared.json:
        for row in rows:
            out.write(to_line(run_document(reader, row)))
        return
    if not rows:
        Sink(sys.stderr).line(f"There are no runs in {reader.root}.")
        return
    for line in table(HEADER, [_cells(reader, row) for row in rows]):
        out.line(line)


def run_document(reader: Reader, row: RunRow) -> dict[str, Any]:
    return {
        "flow": row.flow,
        "run_id": row.run_id,
        "pathspec": f"{row.flow}/{row.run_id}",
        "user": row.user,
        "status": status_of(reader, row),
        "created_at": row.created_at,
        "ended_at": row.ended_at,
        "tags": list(row.tags),
        "origin_run_id": row.origin_run_id,
        "tasks": _count_tasks(reader, row),
        "message": row.message,
    }


def took(row: RunRow, status: str) -> str:
    if row.ended_at is None:
        return duration(time.time() - row.created_at) if status == "running" else ""
    return duration(row.ended_at - row.created_at)


def _cells(reader: Reader, row: RunRow) -> tuple[str, ...]:
    status = status_of(reader, row)
    return (
        f"{row.flow}/{row.run_id}",
        plain(row.user),
        status,
        moment(row.created_at),
        took(row, status),
        number(_count_tasks(reader, row)),
    )


def _count_tasks(reader: Reader, row: RunRow) -> int:
    return sum(step.tasks for step in reader.steps(row.flow, row.run_id))
