"""A step and its tasks as they are read back."""

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import TYPE_CHECKING, Any, ClassVar

from headwater.client import lineage
from headwater.client.base import ClientObject, as_datetime, known
from headwater.client.facts import environment_info
from headwater.client.listing import Listing
from headwater.client.task import Task
from headwater.errors import NotFound
from headwater.metadata.rows import TaskRow
from headwater.names import validate_task_id

if TYPE_CHECKING:
    from headwater.client.objects import Run


class Step(ClientObject[Task]):
    """The tasks of one step, in position order."""

    _parts: ClassVar[int] = 3

    @property
    def parent(self) -> "Run":
        run: Run = self._up()
        return run

    @property
    def task(self) -> Task | None:
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
    def parent_steps(self) -> Listing["Step"]:
        """Steps of the run that hand on to this one."""
        return Listing(self._existing(lineage.parent_steps(self.parent.record, self.id)))

    @property
    def child_steps(self) -> Listing["Step"]:
        """Steps of the run that this one hands on to."""
        return Listing(self._existing(lineage.child_steps(self.parent.record, self.id)))

    @property
    def environment_info(self) -> dict[str, Any]:
        """Interpreter, machine, code and installed distributions, as the run began that executed its tasks."""
        rows = self._rows()
        run_id = rows[0].run_id if rows else self._run_id
        return environment_info(self._reader, self._reader.run_record(self._spec.flow, run_id))

    @property
    def control_task(self) -> Task | None:
        """The first of a gang's tasks, which the others meet at; None for a step that is no gang."""
        return next(self.control_tasks(), None)

    def control_tasks(self, *tags: str) -> Listing[Task]:
        """The first task of each gang of the step; none for a step that is no gang."""
        record = self.parent.record
        if not lineage.is_gang(record, self.id):
            return Listing(())
        return Listing(task for task in self.tasks(*tags) if task.index == 0)

    def tasks(self, *tags: str) -> Listing[Task]:
        """In position order. Tags are those of the run, so they select all or none."""
        return Listing(self._tasks(tags))

    def _tasks(self, tags: Iterable[str]) -> Iterator[Task]:
        if not self._bears(tags):
            return
        for row in self._rows():
            yield Task._of(self._reader, self._spec, self._scope, row)

    def __iter__(self) -> Iterator[Task]:
        return self.tasks()

    def _rows(self) -> list[TaskRow]:
        return self._reader.tasks(self._spec.flow, self._run_id, self.id)

    def _existing(self, names: Iterable[str]) -> Iterator["Step"]:
        known = self._reader.step_names(self._spec.flow, self._run_id)
        for name in names:
            if name in known:
                yield Step._at(self._reader, self._spec._replace(step=name), self._scope)

    def _child(self, name: str) -> Task:
        task = Task._at(self._reader, self._spec._replace(task=validate_task_id(name)), self._scope)
        task._check_exists()
        return task

    def _check_exists(self) -> None:
        self._run_row()
        names = self._reader.step_names(self._spec.flow, self._run_id)
        if self.id not in names:
            order = [node.name for node in self.parent.record.nodes if node.name in names]
            steps = known("Those that have are", order) or "None has so far. "
            raise NotFound(f"{self._spec._replace(step=None)} has no step {self.id!r} that has run. {steps}".rstrip())
