"""A task of a past run: the inputs on which its step can be run again.

Where no run is named, it is the user's newest in which the step has run, or could. Where no task is named, it is the
first that failed, else the first.
"""

from typing import NamedTuple

from headwater.client.reader import Reader
from headwater.errors import NotFound
from headwater.metadata.query import RunQuery
from headwater.metadata.rows import TaskRow
from headwater.names import LATEST, LATEST_SUCCESS, Pathspec
from headwater.records.decorators import Catch
from headwater.records.run import RunRecord
from headwater.records.task import Outcome, SplitFrame, TaskRange, TaskRecord
from headwater.runner.words import Words

_RUNS = 20  # the newest, in which a step is looked for


class Inputs(NamedTuple):
    """What a task begins with."""

    task_id: str
    inputs: tuple[TaskRange, ...]
    frames: tuple[SplitFrame, ...]


class PastTask(NamedTuple):
    """One attempt of a past task."""

    run: RunRecord
    row: TaskRow  # its `run_id` is that of the run that really executed it
    record: TaskRecord

    @property
    def pathspec(self) -> str:
        """As the run that was named has it."""
        return str(Pathspec(self.run.flow, self.run.run_id, self.row.step, self.row.task_id))

    @property
    def inputs(self) -> Inputs:
        return Inputs(self.row.task_id, self.record.inputs, self.record.frames)


def candidate_runs(reader: Reader, flow: str, words: Words, user: str) -> list[str]:
    """The run that was named; else those in which to look, the newest first."""
    if words.run is not None:
        latest = words.run in (LATEST, LATEST_SUCCESS)
        successful = words.run == LATEST_SUCCESS
        row = reader.latest(flow, f"user:{user}", successful) if latest else reader.run_row(flow, words.run)
        reader.histories.refuse(flow, row.run_id, "run again")
        return [row.run_id]
    rows = reader.runs(RunQuery(flow=flow, user=user, limit=_RUNS))
    rows = [row for row in rows if reader.histories.find(flow, row.run_id) is None]
    if not rows:
        raise NotFound(f"{user} has no run of {flow} in {reader.root}. Run it once, or name a run: RUN/{words.step}.")
    return [row.run_id for row in rows]


def find_attempt(reader: Reader, flow: str, run_id: str, words: Words, attempt: int | None = None) -> PastTask | None:
    """The attempt that counts, or the one of that number; None where no task of the step has ended in the run."""
    if words.task is None:
        rows = reader.tasks(flow, run_id, words.step)
        failed = [row for row in rows if row.outcome is Outcome.FAILED]
        if not rows:
            return None
        row = (failed or rows)[0]
    else:
        row = TaskRow(run_id, words.step, words.task, 0, Outcome.FAILED, 0.0, 0.0)
    attempts = reader.attempts(flow, run_id, words.step, row.task_id)
    if not attempts:
        return None
    found = attempts[-1] if attempt is None else next((one for one in attempts if one.attempt == attempt), None)
    if found is None:
        known = ", ".join(str(one.attempt) for one in attempts)
        raise NotFound(f"{flow}/{run_id}/{words.step}/{row.task_id} has no attempt {attempt}. It has {known}.")
    return PastTask(reader.run_record(flow, run_id), found, reader.record(flow, found))


def caught_in(run: RunRecord) -> set[str | None]:
    """The artifacts in which @catch leaves what it caught: it does not act when a step runs again."""
    return {one.var for spec in run.steps for one in spec.decorators if isinstance(one, Catch)}
