"""Flows, runs, steps, tasks and artifacts as they are read back."""

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import ClassVar

from headwater.client import lineage
from headwater.client.artifact import DataArtifact
from headwater.client.base import ClientObject, as_datetime
from headwater.client.package import Code
from headwater.client.reader import open_reader
from headwater.client.scope import get_namespace
from headwater.client.task import Task
from headwater.client.values import Data, RunParameters
from headwater.errors import NamespaceMismatch, NotFound
from headwater.metadata.query import RunQuery
from headwater.metadata.rows import TaskRow
from headwater.names import Pathspec, validate_run_id, validate_step, validate_task_id
from headwater.records.run import RunOutcome, RunRecord
from headwater.records.task import Outcome

__all__ = ["DataArtifact", "Flow", "Root", "Run", "Step", "Task", "own_run", "own_task"]


class Root:
    """All flows of a root that the namespace shows."""

    def __init__(self, *, root: str | None = None) -> None:
        self._reader = open_reader(root)
        self._scope = get_namespace()

    @property
    def flows(self) -> list["Flow"]:
        return list(self)

    def __iter__(self) -> Iterator["Flow"]:
        for name in self._reader.flows():
            flow = Flow._at(self._reader, Pathspec(name), self._scope)
            if flow.is_in_namespace():
                yield flow

    def __getitem__(self, name: str) -> "Flow":
        return Flow(name, root=self._reader.root)

    def __contains__(self, name: object) -> bool:
        return any(flow.id == name for flow in self)

    def __repr__(self) -> str:
        return f"Root({self._reader.root!r})"


class Flow(ClientObject["Run"]):
    """All runs of one flow that the namespace shows, the newest first."""

    _parts: ClassVar[int] = 1

    @property
    def latest_run(self) -> "Run | None":
        return next(self._find(limit=1), None)

    @property
    def latest_successful_run(self) -> "Run | None":
        return next(self._find(limit=1, outcome=RunOutcome.SUCCEEDED.value), None)

    @property
    def created_at(self) -> datetime | None:
        """When the oldest run began."""
        rows = self._reader.runs(RunQuery(flow=self._spec.flow))
        return as_datetime(rows[-1].created_at) if rows else None

    def runs(self, *tags: str) -> Iterator["Run"]:
        """Runs that bear all the tags."""
        return self._find(tags)

    def is_in_namespace(self) -> bool:
        return next(self._find(limit=1), None) is not None

    def __iter__(self) -> Iterator["Run"]:
        return self._find()

    def _find(self, tags: Iterable[str] = (), limit: int | None = None, outcome: str | None = None) -> Iterator["Run"]:
        wanted = [*tags, self._scope] if self._scope else tags
        for row in self._reader.runs(RunQuery(flow=self._spec.flow, tags=tuple(wanted), limit=limit, outcome=outcome)):
            yield Run._at(self._reader, self._spec._replace(run=row.run_id), self._scope)

    def _child(self, name: str) -> "Run":
        spec = self._spec._replace(run=validate_run_id(name))
        run = Run._at(self._reader, spec, self._scope)
        run._check_exists()
        if not run.is_in_namespace():
            raise NamespaceMismatch(run.pathspec, str(self._scope))
        return run

    def _check_exists(self) -> None:
        if not self._reader.runs(RunQuery(flow=self._spec.flow, limit=1)):
            raise NotFound(
                f"There is no run of a flow {self._spec.flow!r} in {self._reader.root}. "
                "Run it, or name another root with HEADWATER_DATASTORE_ROOT."
            )


class Run(ClientObject["Step"]):
    """One run; its steps are those that have a task, in the order of the source."""

    _parts: ClassVar[int] = 2

    @property
    def parent(self) -> Flow:
        return Flow._at(self._reader, Pathspec(self._spec.flow), self._scope)

    @property
    def created_at(self) -> datetime | None:
        return as_datetime(self._run_row().created_at)

    @property
    def status(self) -> str:
        """`running`, `succeeded`, `failed`, `interrupted`; or `lost`: no process is left to say how it ended."""
        return self._reader.status(self._spec.flow, self._run_id)

    @property
    def successful(self) -> bool:
        """The run came to its end, a step that was caught among them."""
        end = self._reader.run_end(self._spec.flow, self._run_id)
        return end is not None and end.outcome is RunOutcome.SUCCEEDED

    @property
    def finished(self) -> bool:
        """The end step is done. A run that failed is not finished; see `status`."""
        task = self.end_task
        return task is not None and task.finished

    @property
    def finished_at(self) -> datetime | None:
        """When the end step was done; None for a run that did not get there."""
        task = self.end_task
        return task.finished_at if task else None

    @property
    def ended_at(self) -> datetime | None:
        """When the run ended, however it did."""
        end = self._reader.run_end(self._spec.flow, self._run_id)
        return as_datetime(end.ended_at) if end else None

    @property
    def message(self) -> str:
        """Why the run ended, in a sentence; empty for a success."""
        end = self._reader.run_end(self._spec.flow, self._run_id)
        return end.message if end else ""

    @property
    def end_task(self) -> "Task | None":
        """The task of the last step."""
        rows = self._reader.tasks(self._spec.flow, self._run_id, self.record.end)
        return Task._of(self._reader, self._spec, self._scope, rows[0]) if rows else None

    @property
    def data(self) -> Data | None:
        """The artifacts of the last step's task."""
        task = self.end_task
        return task.data if task else None

    @property
    def parameters(self) -> RunParameters:
        """Parameters by name."""
        return RunParameters(self._reader, self._spec)

    @property
    def code(self) -> Code | None:
        """The code as it was when the run began; None when the run kept none."""
        code = self._reader.code(self._spec.flow, self._run_id)
        return code if code.digest else None

    @property
    def record(self) -> RunRecord:
        """The run's own document."""
        return self._reader.run_record(self._spec.flow, self._run_id)

    @property
    def origin_pathspec(self) -> str | None:
        """The run that this one resumed; None for an ordinary run."""
        origin = self._run_row().origin_run_id
        return f"{self._spec.flow}/{origin}" if origin else None

    @property
    def failed_tasks(self) -> list["Task"]:
        """Tasks that failed for good; of a run without an end, those whose newest attempt failed."""
        end = self._reader.run_end(self._spec.flow, self._run_id)
        rows = self._reader.tasks(self._spec.flow, self._run_id)
        failed = [Task._of(self._reader, self._spec, self._scope, row) for row in rows if row.outcome is Outcome.FAILED]
        if end is not None and end.failed:
            return [task for task in failed if task.pathspec in end.failed]
        return failed

    def steps(self, *tags: str) -> Iterator["Step"]:
        """Steps that have a task. Tags are those of the run, so they select all or none."""
        if not self.tags.issuperset(tags):
            return
        names = self._reader.step_names(self._spec.flow, self._run_id)
        for node in self.record.nodes:
            if node.name in names:
                yield Step._at(self._reader, self._spec._replace(step=node.name), self._scope)

    def __iter__(self) -> Iterator["Step"]:
        return self.steps()

    def _child(self, name: str) -> "Step":
        step = Step._at(self._reader, self._spec._replace(step=validate_step(name)), self._scope)
        step._check_exists()
        return step

    def _check_exists(self) -> None:
        self._run_row()


class Step(ClientObject["Task"]):
    """The tasks of one step, in position order."""

    _parts: ClassVar[int] = 3

    @property
    def parent(self) -> Run:
        return Run._at(self._reader, self._spec._replace(step=None), self._scope)

    @property
    def task(self) -> "Task | None":
        """The first task."""
        return next(self.tasks(), None)

    @property
    def created_at(self) -> datetime | None:
        """When the first of its tasks began."""
        return as_datetime(min((row.started_at for row in self._rows()), default=None))

    @property
    def finished_at(self) -> datetime | None:
        """When the last of its tasks ended."""
        return as_datetime(max((row.ended_at for row in self._rows()), default=None))

    @property
    def origin_pathspec(self) -> str | None:
        """The step of the run that executed its tasks, where they were taken over."""
        rows = self._rows()
        if not rows or rows[0].run_id == self._run_id:
            return None
        return str(self._spec._replace(run=rows[0].run_id))

    @property
    def parent_steps(self) -> Iterator["Step"]:
        """Steps of the run that hand on to this one."""
        return self._existing(lineage.parent_steps(self.parent.record, self.id))

    @property
    def child_steps(self) -> Iterator["Step"]:
        """Steps of the run that this one hands on to."""
        return self._existing(lineage.child_steps(self.parent.record, self.id))

    def tasks(self, *tags: str) -> Iterator["Task"]:
        """Tags are those of the run, so they select all or none."""
        if not self.tags.issuperset(tags):
            return
        for row in self._rows():
            yield Task._of(self._reader, self._spec, self._scope, row)

    def __iter__(self) -> Iterator["Task"]:
        return self.tasks()

    def _rows(self) -> list[TaskRow]:
        return self._reader.tasks(self._spec.flow, self._run_id, self.id)

    def _existing(self, names: Iterable[str]) -> Iterator["Step"]:
        known = self._reader.step_names(self._spec.flow, self._run_id)
        for name in names:
            if name in known:
                yield Step._at(self._reader, self._spec._replace(step=name), self._scope)

    def _child(self, name: str) -> "Task":
        task = Task._at(self._reader, self._spec._replace(task=validate_task_id(name)), self._scope)
        task._check_exists()
        return task

    def _check_exists(self) -> None:
        self._run_row()
        if self.id not in self._reader.step_names(self._spec.flow, self._run_id):
            raise NotFound(f"{self._spec._replace(step=None)} has no step {self.id!r} that has run. Iterate over it.")


def own_run(pathspec: str, root: str | None = None) -> Run:
    """The run that asks for itself: in no namespace, and whether or not anything of it is in the index."""
    return Run._at(open_reader(root), Pathspec.parse(pathspec), None)


def own_task(pathspec: str) -> Task:
    """The task that asks for itself, while no attempt of it has ended."""
    return Task._at(open_reader(), Pathspec.parse(pathspec), None)
