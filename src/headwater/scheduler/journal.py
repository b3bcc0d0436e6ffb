"""The documents of a run's attempts: what they wrote themselves, what is written for the dead, and the index's rows."""

import time
from collections.abc import Callable

from headwater.errors import StorageError
from headwater.executors.base import Ending, EndingKind
from headwater.metadata.base import Metadata
from headwater.records.base import encode
from headwater.records.task import Failure, FailureKind, TaskRecord, TaskSpec
from headwater.scheduler.endings import failure_of_ending
from headwater.storage import layout
from headwater.storage.base import Storage
from headwater.storage.documents import find_document
from headwater.worker.endings import caught_record, failed_record
from headwater.worker.seen import with_what_it_had
from headwater.worker.workplace import Attempt, Workplace

_BATCH = 500  # rows of the index written at once
_BATCH_S = 0.5  # and how old they may grow

#: Kinds of failures of which the step itself could not tell.
_DIED = frozenset({FailureKind.SIGNAL, FailureKind.EXIT, FailureKind.TIMEOUT, FailureKind.DEADLOCK})


class Journal:
    """Reads, writes and indexes task records, one run's."""

    def __init__(self, place: Workplace, storage: Storage, index: Metadata, warn: Callable[[str], None]) -> None:
        self._place = place
        self._storage = storage
        self._index = index
        self._warn = warn
        self._rows: list[TaskRecord] = []
        self._rows_since = 0.0

    def record_of(self, ending: Ending, interrupted: bool) -> TaskRecord:
        """What an attempt wrote; for one that wrote nothing, its failure, written here."""
        record = self._find(ending)
        if record is not None:
            return record
        attempt = Attempt.of(self._place, ending.spec)
        failure = failure_of_ending(ending, attempt.step)
        if interrupted and failure.kind in (FailureKind.CANCELLED, FailureKind.SIGNAL):
            failure = Failure(kind=FailureKind.INTERRUPTED, message="The run was interrupted.")
        if failure.kind in _DIED:
            failure = with_what_it_had(failure, attempt, self._storage)
        record = failed_record(attempt, failure, ending.started_at, ending.ended_at, ending.pid)
        if not ending.held_back:
            self._write(_attempt_key(ending.spec), record)
        return record

    def _find(self, ending: Ending) -> TaskRecord | None:
        """A success first, unless the exit code says that there is none."""
        spec = ending.spec
        keys = [layout.task(*_place_of(spec)), _attempt_key(spec)]
        if spec.gang is not None:  # whose successes are published only when all nodes have one
            keys = keys[1:]
        elif ending.kind is EndingKind.EXITED and ending.exit_code == 1:
            keys.reverse()
        return next((record for key in keys if (record := self._read(key)) is not None), None)

    def catch(self, failed: TaskRecord, spec: TaskSpec) -> TaskRecord:
        """Write the success that `@catch` makes of an attempt whose process could not."""
        with self._storage.writing():
            caught = caught_record(Attempt.of(self._place, spec), failed, self._storage)
            self._write(layout.task(*_place_of(spec)), caught)
        return caught

    def failure_on_record(self, spec: TaskSpec) -> TaskRecord | None:
        """The record of an attempt that failed some time ago, as a gang's do that wait for their mates."""
        return self._read(_attempt_key(spec))

    def publish(self, specs: tuple[TaskSpec, ...]) -> list[TaskRecord]:
        """A gang whose nodes all succeeded: what they wrote aside becomes their success, in the order of the nodes."""
        records = []
        for spec in specs:
            key = layout.task(*_place_of(spec))
            record = self._read(key)  # a node that was caught has it already
            if record is None:
                record = self._read(_attempt_key(spec))
                if record is None:
                    raise StorageError(f"The record of {key} is gone from {self._storage.url}. Resume the run.")
                self._storage.create(key, encode(record))
            records.append(record)
        return records

    def note(self, record: TaskRecord) -> None:
        """A row for the index, written with others."""
        if not self._rows:
            self._rows_since = time.monotonic()
        self._rows.append(record)

    def flush(self, everything: bool = False) -> None:
        """Write the rows that wait, if they are many or old."""
        due = len(self._rows) >= _BATCH or time.monotonic() - self._rows_since >= _BATCH_S
        if self._rows and (everything or due):
            self._index.add_tasks(self._rows)
            self._rows = []

    def _read(self, key: str) -> TaskRecord | None:
        return find_document(self._storage, TaskRecord, key)

    def _write(self, key: str, record: TaskRecord) -> None:
        try:
            self._storage.create(key, encode(record))
        except StorageError as exc:  # a full disk must not hide why the task failed
            self._warn(f"The record {key} could not be written: {exc}")


def _place_of(spec: TaskSpec) -> tuple[str, str, str, str]:
    return (spec.flow, spec.run_id, spec.step, spec.task_id)


def _attempt_key(spec: TaskSpec) -> str:
    return layout.attempt(*_place_of(spec), spec.attempt)
