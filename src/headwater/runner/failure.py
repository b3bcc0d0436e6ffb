"""A run that did not succeed, as the exception that a caller in Python gets."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from headwater.artifacts.telling import failure_lines, first_line
from headwater.errors import RunFailed
from headwater.records.run import RunEnd
from headwater.records.task import TaskRecord
from headwater.scheduler.events import Event, Listener, TaskFailed

if TYPE_CHECKING:
    from headwater.client.objects import Run

_SHOWN = 3  # failures whose frames are in the message


class Gathering:
    """A listener that passes everything on and keeps the failures."""

    def __init__(self, listener: Listener) -> None:
        self._listener = listener
        self.failed: list[TaskRecord] = []

    def __call__(self, event: Event) -> None:
        if isinstance(event, TaskFailed) and len(self.failed) < _SHOWN:
            self.failed.append(event.record)
        self._listener(event)


def run_failed(run: "Run", end: RunEnd, failed: list[TaskRecord]) -> RunFailed:
    """The error of a run that ended so: which tasks failed, the author's lines, how to go on."""
    lines = [f"{run.pathspec} {end.outcome.value}: {end.message or 'no task says why'}"]
    if failed:
        lines = [f"{run.pathspec} {end.outcome.value}."]
        for record in failed:
            lines += _failure_lines(record)
        more = len(end.failed) - len(failed)
        lines += [f"  {more} more failed; `failed_tasks` of the run lists them."] if more > 0 else []
    resume = f"headwater.resume({run.parent.id}, origin_run_id={run.id!r})"
    lines.append(f"When it is corrected, go on from there: {resume}")
    return RunFailed("\n".join(lines), run, end.failed)


def _failure_lines(record: TaskRecord) -> Iterator[str]:
    failure = record.failure
    if failure is None:
        yield f"{record.step}/{record.task_id} failed."
        return
    yield f"{record.step}/{record.task_id}: {first_line(failure)}"
    yield from failure_lines(failure)
