"""`headwater flows`: the flows of a root, the one that ran last first.

With --json an object a line: flow, runs, succeeded (how many), users, last_run: run_id, pathspec, status, created_at,
ended_at (null).
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
from headwater.cli.reading import NO_RUNS, reader_of, tell_of_imports
from headwater.cli.streams import Sink
from headwater.cli.when import ago
from headwater.client.reader import Reader
from headwater.metadata.rows import FlowRow
from headwater.wording import moment, number


def command() -> click.Command:
    return command_with(
        "flows",
        flows,
        shown={"--json", "--datastore-root"},
        help="List the flows that have a run, the one that ran last first.",
    )


def flows(shared: Shared) -> None:
    reader = reader_of(shared)
    tell_of_imports(reader)
    rows = reader.flow_rows()
    if shared.json:
        Sink(sys.stdout).write(b"".join(to_line(_document(reader, row)) for row in rows))
    elif rows:
        show_lines(flow_lines(reader, rows, terminal_width()))
    else:
        Sink(sys.stderr).line(f"There are no runs in {reader.root}. {NO_RUNS}")


def flow_lines(reader: Reader, rows: Sequence[FlowRow], width: int | None) -> list[str]:
    now = time.time()
    columns = [
        Column("flow", [row.flow for row in rows]),
        Column("runs", [number(row.runs) for row in rows], right=True),
        Column("succeeded", [number(row.succeeded) for row in rows], weight=4, right=True),
        Column("last run", [row.run_id for row in rows], weight=3),
        Column("status", [_status(reader, row) for row in rows], colours=colours.of_states(width)),
        Column("started", [moment(row.created_at) if width is None else ago(row.created_at, now) for row in rows], 1),
        Column("users", [", ".join(row.users) for row in rows], weight=2, cut=True),
    ]
    return fitted(columns, width)


def _status(reader: Reader, row: FlowRow) -> str:
    return row.outcome or reader.status(row.flow, row.run_id)


def _document(reader: Reader, row: FlowRow) -> dict[str, Any]:
    return {
        "flow": row.flow,
        "runs": row.runs,
        "succeeded": row.succeeded,
        "users": list(row.users),
        "last_run": {
            "run_id": row.run_id,
            "pathspec": f"{row.flow}/{row.run_id}",
            "status": _status(reader, row),
            "created_at": row.created_at,
            "ended_at": row.ended_at,
        },
    }
