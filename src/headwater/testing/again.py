"""`replay`: a past task once more, in a test or at a prompt; the run stays as it is."""

import os
from collections.abc import Sequence
from pathlib import Path
from weakref import finalize

from headwater import plugins
from headwater.client.reader import open_reader
from headwater.client.scope import get_root
from headwater.client.task import Task
from headwater.compare.model import Change, ValueChange
from headwater.errors import RunFailed
from headwater.records.task import Outcome, TaskRecord
from headwater.runner.replay import CodeOf, Replay, Replayed, find_past, replay_task
from headwater.scheduler.events import Event
from headwater.settings import resolve_settings
from headwater.testing.step_result import StepResult
from headwater.worker.failures import author_trace


class ReplayResult(StepResult):
    """What the step left this time, and how that compares with what it left then."""

    def __init__(self, done: Replayed) -> None:
        super().__init__(done.view, None, ("", ""), None)
        self._done = done
        finalize(self, done.folder.cleanup)

    @property
    def before(self) -> TaskRecord:
        """The document of the attempt that was run again."""
        return self._done.past.record

    @property
    def changes(self) -> Sequence[ValueChange]:
        """Every artifact that either attempt wrote, with `change` and, where it differs, `facts`."""
        return self._done.changes

    @property
    def same(self) -> tuple[str, ...]:
        """Artifacts that came out byte for byte as they did."""
        return tuple(one.name for one in self.changes if one.change is Change.SAME)

    @property
    def different(self) -> tuple[str, ...]:
        """Artifacts that came out otherwise, or on one side only."""
        return tuple(one.name for one in self.changes if one.change is not Change.SAME)


def replay(
    pathspec: str | Task,
    /,
    *,
    attempt: int | None = None,
    code: str | CodeOf = CodeOf.THEN,
    file: str | os.PathLike[str] | None = None,
    pdb: bool = False,
    root: str | None = None,
) -> ReplayResult:
    """Run a past task again on its own inputs, in this process: `replay("TrainFlow/latest/train/3", code="now")`.

    `pathspec`: FLOW/RUN/STEP/TASK, of a step the first task that failed, or a task of the client. `code`: "then" is
    what the run kept, "now" the flow's file as it is, or `file`. `pdb` opens the debugger where the step fails.
    @retry and @catch do not act. What the step raises is raised as it is; nothing is written to the root.
    """
    __tracebackhide__ = True
    where = pathspec.pathspec if isinstance(pathspec, Task) else pathspec
    reader = open_reader(root or (pathspec._reader.root if isinstance(pathspec, Task) else get_root()))
    settings = resolve_settings(os.environ, Path.cwd(), reader.root)
    raised: list[BaseException] = []

    def note(exc: BaseException) -> None:
        raised.append(exc)
        if pdb:
            plugins.load("face", "debugger")(exc)

    how = Replay(attempt, CodeOf(code), None if file is None else os.fspath(file), note, debugged=pdb)
    done = replay_task(reader, find_past(reader, where, settings.user, attempt), how, settings, _hear)
    if raised:
        done.folder.cleanup()
        raise raised[0].with_traceback(author_trace(raised[0]))
    if done.record.outcome is Outcome.FAILED:
        done.folder.cleanup()
        raise RunFailed(done.record.failure.message if done.record.failure else f"{where} failed.")
    return ReplayResult(done)


def _hear(event: Event) -> None:
    """What the step prints goes where this process prints."""
