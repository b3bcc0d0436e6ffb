"""What every reading command needs: a root, and the thing in it that was named."""

from headwater.cli.commands import Shared
from headwater.client.reader import Reader, open_reader
from headwater.client.scope import get_namespace
from headwater.errors import NotFound
from headwater.metadata.rows import RunRow, TaskRow
from headwater.names import LATEST, LATEST_SUCCESS, Pathspec


def reader_of(shared: Shared) -> Reader:
    return open_reader(shared.datastore_root)


def find(reader: Reader, text: str) -> Pathspec:
    """Read a pathspec; `latest` and `latest-success` become the run that they stand for."""
    pathspec = Pathspec.parse(text)
    if pathspec.run not in (LATEST, LATEST_SUCCESS):
        return pathspec
    row = reader.latest(pathspec.flow, get_namespace(), successful=pathspec.run == LATEST_SUCCESS)
    return pathspec._replace(run=row.run_id)


def newest_run(reader: Reader, flow: str) -> RunRow:
    """What `latest` stands for."""
    return reader.latest(flow, get_namespace())


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
