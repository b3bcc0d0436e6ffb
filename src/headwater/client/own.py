"""A task as its own process sees it while its attempt is not committed: what a card is rendered from."""

from collections.abc import Callable
from contextlib import ExitStack
from typing import Any, Self, cast

from headwater.artifacts.view import ArtifactView
from headwater.client.objects import Task  # which knows runs and steps too
from headwater.client.reader import Reader
from headwater.metadata.base import Metadata
from headwater.metadata.open import open_index
from headwater.metadata.rows import TaskRow
from headwater.names import Pathspec
from headwater.records.run import RunRecord
from headwater.records.task import Outcome, TaskRecord, TaskSpec
from headwater.storage import layout
from headwater.storage.base import Storage
from headwater.storage.documents import find_document


def attempt_task(storage: Storage, run: RunRecord, spec: TaskSpec, record: TaskRecord | None, stack: ExitStack) -> Task:
    """The task as this attempt leaves it; without a record, as it stands while the attempt runs.

    It answers until the stack is closed.
    """
    place = Pathspec(spec.flow, spec.run_id, spec.step, spec.task_id)
    index = stack.enter_context(_LateIndex(lambda: open_index(storage)))
    reader = _AttemptReader(storage, cast(Metadata, index), run, spec, record)
    if record is None:
        task = Task._at(reader, place, None)
        task._attempt = spec.attempt
        return task
    return Task._of(reader, place, None, _row_of(record), pinned=True)


class _AttemptReader(Reader):
    """Answers what is about the attempt from what its process holds, and the rest as every reader does.

    The index is opened when something is asked that only it can tell: most cards ask nothing of the kind.
    """

    def __init__(
        self, storage: Storage, index: Metadata, run: RunRecord, spec: TaskSpec, record: TaskRecord | None
    ) -> None:
        super().__init__(storage, index)
        self._spec = spec
        self._row = None if record is None else _row_of(record)
        self._view = None if record is None else ArtifactView(self.store, record, self._owner_reader(spec.flow))
        self._runs.put((run.flow, run.run_id), run)

    def view(self, flow: str, row: TaskRow) -> ArtifactView:
        if self._view is not None and row == self._row:
            return self._view
        return super().view(flow, row)

    def attempts(self, flow: str, run_id: str, step: str, task_id: str) -> list[TaskRow]:
        spec = self._spec
        if (flow, run_id, step, task_id) != (spec.flow, spec.run_id, spec.step, spec.task_id):
            return super().attempts(flow, run_id, step, task_id)
        keys = (layout.attempt(flow, run_id, step, task_id, number) for number in range(spec.attempt))
        found = (find_document(self.storage, TaskRecord, key) for key in keys)
        before = [_row_of(record) for record in found if record is not None]
        return [*before, self._row] if self._row else before


class _LateIndex:
    """An index that is opened by the first question."""

    def __init__(self, open_it: Callable[[], Metadata]) -> None:
        self._open = open_it
        self._index: Metadata | None = None

    def __getattr__(self, name: str) -> Any:
        if self._index is None:
            self._index = self._open()
        return getattr(self._index, name)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc: object) -> None:
        if self._index is not None:
            self._index.close()


def _row_of(record: TaskRecord) -> TaskRow:
    failure = record.failure if record.outcome is not Outcome.SUCCEEDED else None
    return TaskRow(
        record.run_id,
        record.step,
        record.task_id,
        record.attempt,
        record.outcome,
        record.started_at,
        record.ended_at,
        record.transition.splits if record.transition else None,
        failure.kind if failure else None,
        failure.message if failure else "",
    )
