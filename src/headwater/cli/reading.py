"""What every reading command needs: a root, and the thing in it that was named."""

import os

from headwater.cli.commands import Shared
from headwater.client.reader import Reader, open_reader
from headwater.errors import NotFound
from headwater.metadata.query import RunQuery
from headwater.metadata.rows import RunRow, TaskRow
from headwater.names import LATEST, LATEST_SUCCESS, Pathspec
from headwater.records.run import RunOutcome
from headwater.settings import find_user


def reader_of(shared: Shared) -> Reader:
    return open_reader(shared.datastore_root)


def find(reader: Reader, text: str) -> Pathspec:
    """Read a pathspec; `latest` and `latest-success` become the run that they stand for."""
    pathspec = Pathspec.parse(text)
    if pathspec.run not in (LATEST, LATEST_SUCCESS):
        return pathspec
    outcome = RunOutcome.SUCCEEDED if pathspec.run == LATEST_SUCCESS else None
    return pathspec._replace(run=newest_run(reader, pathspec.flow, outcome).run_id)


def newest_run(reader: Reader, flow: str, outcome: str | None = None) -> RunRow:
    """This user's newest run of a flow; anybody's, when this user has none."""
    user = find_user(os.environ)
    for tags in ((f"user:{user}",), ()):
        rows = reader.runs(RunQuery(flow=flow, tags=tags, limit=1, outcome=outcome))
        if rows:
            return rows[0]
    which = "successful run" if outcome else "run"
    raise NotFound(f"There is no {which} of {flow} in {reader.root}. List what there is with `headwater runs`.")


def status_of(reader: Reader, row: RunRow) -> str:
    """How a run ended, or that it is running, or that its processes died without a word."""
    return row.outcome or reader.status(row.flow, row.run_id)


def find_attempts(reader: Reader, pathspec: Pathspec) -> list[TaskRow]:
    """Every attempt of the task that a pathspec names, the first one first."""
    assert pathspec.run is not None
    assert pathspec.step is not None
    assert pathspec.task is not None
    reader.run_row(pathspec.flow, pathspec.run)
    rows = reader.attempts(pathspec.flow, pathspec.run, pathspec.step, pathspec.task)
    if not rows:
        step = Pathspec(pathspec.flow, pathspec.run, pathspec.step)
        raise NotFound(f"No attempt of {step}/{pathspec.task} has ended. See the step's tasks: headwater show {step}")
    return rows
