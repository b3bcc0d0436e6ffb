"""Flows, runs, steps, tasks and artifacts as they are read back."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, ClassVar

from headwater.client import tagging
from headwater.client.artifact import DataArtifact
from headwater.client.base import ClientObject, as_datetime, known
from headwater.client.facts import environment_info
from headwater.client.finding import find_runs, run_query
from headwater.client.frame import runs_frame
from headwater.client.listing import Listing
from headwater.client.package import Code
from headwater.client.reader import open_reader
from headwater.client.scope import own_root
from headwater.client.step import Step
from headwater.client.task import Task
from headwater.client.trigger import Trigger
from headwater.client.values import Data, RunParameters
from headwater.errors import NamespaceMismatch, NotFound
from headwater.metadata.query import RunQuery
from headwater.metadata.rows import RunRow
from headwater.metadata.tag_rules import listed
from headwater.names import LATEST, LATEST_SUCCESS, Pathspec, validate_run_id, validate_step
from headwater.records.flow_decorators import TriggerEvent
from headwater.records.run import RunOutcome, RunRecord
from headwater.records.task import Outcome

__all__ = ["DataArtifact", "Flow", "Run", "Step", "Task", "own_run", "own_task"]


class Flow(ClientObject["Run"]):
    """All runs of one flow that the namespace shows, the newest first."""

    _parts: ClassVar[int] = 1

    @property
    def latest_run(self) -> "Run | None":
        return next(self.runs(limit=1), None)

    @property
    def latest_successful_run(self) -> "Run | None":
        return next(self.runs(status=RunOutcome.SUCCEEDED.value, limit=1), None)

    @property
    def created_at(self) -> datetime | None:
        """When the oldest run began."""
        rows = self._reader.runs(RunQuery(flow=self._spec.flow, ascending=True, limit=1))
        return as_datetime(rows[0].created_at) if rows else None

    def runs(
        self,
        *tags: str,
        status: str | None = None,
        user: str | None = None,
        since: datetime | float | None = None,
        until: datetime | float | None = None,
        parameters: Mapping[str, Any] | None = None,
        limit: int | None = None,
    ) -> Listing["Run"]:
        """Runs that meet every condition, the newest first.

        `tags`: it bears all of them. `status`: as `Run.status` has it. `since`, `until`: it began then or later,
        and before; seconds since 1970 or a datetime. `parameters`: it had these values.
        """
        query = run_query(self.id, self._scope, tags, user, since, until, parameters, limit)
        return Listing(map(self._run, find_runs(self._reader, query, status)))

    def runs_frame(
        self,
        *tags: str,
        step: str | None = None,
        artifacts: Sequence[str] | None = None,
        library: str = "pandas",
        status: str | None = None,
        user: str | None = None,
        since: datetime | float | None = None,
        until: datetime | float | None = None,
        parameters: Mapping[str, Any] | None = None,
        limit: int | None = None,
    ) -> Any:
        """Runs as a data frame of pandas, or of polars with `library="polars"`; nothing is loaded.

        A row for each run, the newest first: run_id, created_at, user, status, duration_s (seconds; missing while it
        runs), tags; then its parameters; then the numbers and truth values among the artifacts of the last step. With
        `step`, a row for each task of that step, with task_id, task_status and task_duration_s. `artifacts`: these,
        whatever they are; what is no number, truth value or short text is told in words. A parameter or an artifact
        that is called like a column before it becomes `parameters.NAME` or `artifacts.NAME`. The conditions are those
        of `runs`.
        """
        query = run_query(self.id, self._scope, tags, user, since, until, parameters, limit)
        return runs_frame(self._reader, list(find_runs(self._reader, query, status)), step, artifacts, library)

    def is_in_namespace(self) -> bool:
        return next(self.runs(limit=1), None) is not None

    def __iter__(self) -> Iterator["Run"]:
        return self.runs()

    def _run(self, row: RunRow) -> "Run":
        return Run._at(self._reader, self._spec._replace(run=row.run_id), self._scope)

    def _child(self, name: str) -> "Run":
        if name in (LATEST, LATEST_SUCCESS):
            return self._run(self._reader.latest(self.id, self._scope, successful=name == LATEST_SUCCESS))
        spec = self._spec._replace(run=validate_run_id(name))
        run = Run._at(self._reader, spec, self._scope)
        run._check_exists()
        if not run.is_in_namespace():
            raise NamespaceMismatch(run.pathspec, str(self._scope))
        return run

    def _check_exists(self) -> None:
        if not self._reader.runs(RunQuery(flow=self._spec.flow, limit=1)):
            flows = known("It has runs of", self._reader.flows())
            raise NotFound(
                f"There is no run of a flow {self._spec.flow!r} in {self._reader.root}. {flows}"
                "Run it, or name another root with use_root(...) or HEADWATER_DATASTORE_ROOT."
            )


class Run(ClientObject[Step]):
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
    def trigger(self) -> Trigger | None:
        """The events or runs that started the run; None when nothing but a person did."""
        triggers = self.record.triggers
        return own_trigger(triggers, self.root) if triggers else None

    @property
    def end_task(self) -> Task | None:
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

    def diff(self, other: "Run | str") -> Any:
        """What is different in another run of the root, given as an object or a pathspec.

        A `RunDiff`: parameters, code, environment, steps, tasks and artifacts, told from records and summaries.
        Printed, it is read by people.
        """
        return self._diff(other)

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
    def failed_tasks(self) -> list[Task]:
        """Tasks that failed for good; of a run without an end, those whose newest attempt failed."""
        end = self._reader.run_end(self._spec.flow, self._run_id)
        rows = self._reader.tasks(self._spec.flow, self._run_id)
        failed = [Task._of(self._reader, self._spec, self._scope, row) for row in rows if row.outcome is Outcome.FAILED]
        if end is not None and end.failed:
            return [task for task in failed if task.pathspec in end.failed]
        return failed

    @property
    def environment_info(self) -> dict[str, Any]:
        """Interpreter, machine, code and installed distributions, as the run began."""
        return environment_info(self._reader, self.record)

    def add_tag(self, tag: str | Iterable[str]) -> None:
        """Give the run a tag, or several at once. `TagError` when it cannot bear them; then none was added."""
        self._change_tags(add=listed(tag))

    def add_tags(self, tags: str | Iterable[str]) -> None:
        """The same as `add_tag`."""
        self._change_tags(add=listed(tags))

    def remove_tag(self, tag: str | Iterable[str]) -> None:
        """Take a tag from the run, or several at once; one that it does not bear is no error, one of the system is."""
        self._change_tags(remove=listed(tag))

    def remove_tags(self, tags: str | Iterable[str]) -> None:
        """The same as `remove_tag`."""
        self._change_tags(remove=listed(tags))

    def replace_tag(self, tag_to_remove: str | Iterable[str], tag_to_add: str | Iterable[str]) -> None:
        """Remove and then add, at once: nobody sees the run without both."""
        self._change_tags(remove=listed(tag_to_remove), add=listed(tag_to_add))

    def replace_tags(self, tags_to_remove: str | Iterable[str], tags_to_add: str | Iterable[str]) -> None:
        """The same as `replace_tag`."""
        self._change_tags(remove=listed(tags_to_remove), add=listed(tags_to_add))

    def _change_tags(self, add: Iterable[str] = (), remove: Iterable[str] = ()) -> None:
        tagging.change_tags(self._reader, self._spec.flow, self._run_id, add, remove)

    def steps(self, *tags: str) -> Listing[Step]:
        """Steps that have a task. Tags are those of the run, so they select all or none."""
        return Listing(self._steps(tags))

    def _steps(self, tags: Iterable[str]) -> Iterator[Step]:
        if not self._bears(tags):
            return
        names = self._reader.step_names(self._spec.flow, self._run_id)
        for node in self.record.nodes:
            if node.name in names:
                yield Step._at(self._reader, self._spec._replace(step=node.name), self._scope)

    def __iter__(self) -> Iterator[Step]:
        return self.steps()

    def _child(self, name: str) -> Step:
        step = Step._at(self._reader, self._spec._replace(step=validate_step(name)), self._scope)
        step._check_exists()
        return step

    def _check_exists(self) -> None:
        self._run_row()


def own_run(pathspec: str, root: str | None = None) -> Run:
    """The run that asks for itself: in no namespace, and whether or not anything of it is in the index."""
    return Run._at(open_reader(own_root(root)), Pathspec.parse(pathspec), None)


def own_trigger(events: Iterable[TriggerEvent], root: str | None = None) -> Trigger:
    """What started a run, whose runs are looked for in no namespace."""
    return Trigger(events, lambda pathspec: own_run(pathspec, root))


def own_task(pathspec: str, root: str | None = None) -> Task:
    """The task that asks for itself, while no attempt of it has ended."""
    return Task._at(open_reader(own_root(root)), Pathspec.parse(pathspec), None)
