"""What every reading command needs: a root, and the thing in it that was named."""

from headwater.cli.commands import Shared
from headwater.cli.errors import say
from headwater.client.reader import Reader, open_reader
from headwater.client.scope import get_namespace
from headwater.errors import NotFound
from headwater.metadata.rows import RunRow, TaskRow
from headwater.names import LATEST, LATEST_SUCCESS, Pathspec
from headwater.wording import nearest, plain

#: What to do about a root without runs.
NO_RUNS = "Run a flow (python FLOW.py run), or name another root with --datastore-root."


def reader_of(shared: Shared) -> Reader:
    return open_reader(shared.datastore_root, say)


def tell_of_imports(reader: Reader) -> None:
    """What keeps imports from being read: their runs may be listed from the index, or not at all."""
    for trouble in reader.histories.troubles():
        say(plain(trouble))


def read_pathspec(text: str, flow: str | None = None) -> Pathspec:
    """A pathspec as it was typed; on the command line of a flow, its name may be left out."""
    return Pathspec.parse(text if flow is None or text.startswith(f"{flow}/") else f"{flow}/{text}")


def find(reader: Reader, text: str, flow: str | None = None) -> Pathspec:
    """The same; `latest` and `latest-success` become the run that they stand for."""
    pathspec = read_pathspec(text, flow)
    if pathspec.run not in (LATEST, LATEST_SUCCESS):
        return pathspec
    row = reader.latest(pathspec.flow, get_namespace(), successful=pathspec.run == LATEST_SUCCESS)
    return pathspec._replace(run=row.run_id)


def no_flow(reader: Reader, flow: str) -> NotFound:
    """The error for a flow that has no run, with what was probably meant."""
    near = nearest(flow, reader.flows())
    hint = f"Did you mean {near}?" if near else "List the flows: headwater flows"
    return NotFound(f"There is no run of {flow} in {reader.root}. {hint}")


def with_run(reader: Reader, place: Pathspec) -> Pathspec:
    """A place in a run that is there: a flow alone stands for its `latest` run."""
    if place.run is None:
        return place._replace(run=reader.latest(place.flow, get_namespace()).run_id)
    reader.run_row(place.flow, place.run)
    return place


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
