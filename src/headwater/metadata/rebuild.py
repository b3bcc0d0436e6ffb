"""The index made from the documents: wholly, or caught up with what it lacks."""

import re
from collections.abc import Callable
from typing import NamedTuple, TypeVar

from headwater.errors import RecordError
from headwater.metadata import stamps
from headwater.metadata.base import Metadata, RunDocuments, TaskKey
from headwater.metadata.rows import RunFiles
from headwater.records.base import Document
from headwater.records.run import OriginRecord, RunEnd, RunRecord
from headwater.records.tags import TagsRecord
from headwater.records.task import Outcome, TaskRecord
from headwater.storage import layout
from headwater.storage.base import Storage
from headwater.storage.documents import find_document
from headwater.storage.runs import stored_runs

_TASK_FILE = re.compile(r"([a-z0-9_]+)/([0-9][0-9.~]*)(?:@([0-9]+))?\.json", re.ASCII)

_BLOCK = 4096  # bytes; of nearly every file system today

D = TypeVar("D", bound=Document)


class DamagedDocument(NamedTuple):
    """A document that was left out of the index."""

    key: str
    reason: str

    def __str__(self) -> str:
        return self.reason


def rebuild(index: Metadata, storage: Storage) -> list[DamagedDocument]:
    """Make the index anew from every document of the root; what could not be read is left out and returned."""
    index.clear()
    return catch_up(index, storage)


def catch_up(
    index: Metadata, storage: Storage, is_current: Callable[[str, str], bool] | None = None
) -> list[DamagedDocument]:
    """Read what the index lacks: runs it does not know, and the news of runs whose end it does not know.

    Of these last, those that `is_current` says of are not read: their driver writes the same index; nor are those
    whose folders did not change since they were read. Runs whose documents are gone are dropped.
    """
    problems: list[DamagedDocument] = []
    known = index.run_ids()
    unfinished = index.run_ids(unfinished=True)
    seen = index.seen()
    stored = set(stored_runs(storage))
    for run in sorted(stored):
        if run in known and (run not in unfinished or (is_current and is_current(*run))):
            continue
        stamp = stamps.take(storage, *run)  # before the documents are read: what comes afterwards changes it
        if stamp is not None and seen.get(run) == stamp:
            continue
        damaged = len(problems)
        _add_run(index, storage, *run, problems)
        if stamp is not None and len(problems) == damaged:
            index.mark_seen(*run, stamp)
    for flow, run_id in sorted(known - stored):
        index.forget_run(flow, run_id)
    return problems


def catch_up_run(index: Metadata, storage: Storage, flow: str, run_id: str) -> list[DamagedDocument]:
    """The same for one run."""
    problems: list[DamagedDocument] = []
    _add_run(index, storage, flow, run_id, problems)
    return problems


def read_run(storage: Storage, flow: str, run_id: str) -> tuple[RunDocuments, list[DamagedDocument]]:
    """Every document of one run."""
    problems: list[DamagedDocument] = []
    return _RunReader(storage, flow, run_id, problems).read(set()), problems


def measure_files(storage: Storage, flow: str, run_id: str) -> RunFiles:
    """The bytes that a run's documents and its logs take."""
    run = layout.run(flow, run_id)
    documents = logs = 0
    for entry in storage.list(run):
        if entry.key.startswith("logs/", len(run) + 1):
            logs += bytes_taken(storage, entry.size)
        else:
            documents += bytes_taken(storage, entry.size)
    return RunFiles(documents, logs)


def bytes_taken(storage: Storage, size: int) -> int:
    """What a value of so many bytes takes: on a disk whole blocks, which for small documents is most of it."""
    return -(-size // _BLOCK) * _BLOCK if storage.local else size


def tag_numbers(storage: Storage, flow: str, run_id: str) -> list[int]:
    """The changes of a run's tags that are stored."""
    names = (name.removesuffix(".json") for name in storage.list_names(layout.all_tags(flow, run_id)))
    return [int(name) for name in names if name.isascii() and name.isdigit()]


def _add_run(index: Metadata, storage: Storage, flow: str, run_id: str, problems: list[DamagedDocument]) -> None:
    documents = _RunReader(storage, flow, run_id, problems).read(index.task_keys(flow, run_id))
    index.add_documents(documents)
    if documents.end is not None:
        index.set_files(flow, run_id, measure_files(storage, flow, run_id))


class _RunReader:
    """Reads the documents of one run, noting those that are damaged."""

    def __init__(self, storage: Storage, flow: str, run_id: str, problems: list[DamagedDocument]) -> None:
        self._storage = storage
        self._flow = flow
        self._run_id = run_id
        self._problems = problems

    def read(self, known: set[TaskKey]) -> RunDocuments:
        """All documents but those of known tasks.

        The end comes first: once it is written no task is added, so what is listed after it is complete.
        """
        end = self._read(RunEnd, layout.run_end(self._flow, self._run_id), required=False)
        run = self._read(RunRecord, layout.run_record(self._flow, self._run_id))
        return RunDocuments(self._flow, self._run_id, run, self._origins(), self._tags(), self._tasks(known), end)

    def _tags(self) -> TagsRecord | None:
        numbers = tag_numbers(self._storage, self._flow, self._run_id)
        return self._read(TagsRecord, layout.tags(self._flow, self._run_id, max(numbers))) if numbers else None

    def _origins(self) -> list[OriginRecord]:
        prefix = layout.origins(self._flow, self._run_id)
        names = self._storage.list_names(prefix)
        found = (self._read(OriginRecord, f"{prefix}/{name}") for name in names if name.endswith(".json"))
        return [origin for origin in found if origin is not None]

    def _tasks(self, known: set[TaskKey]) -> list[TaskRecord]:
        prefix = layout.all_tasks(self._flow, self._run_id)
        records = []
        for entry in self._storage.list(prefix):
            match = _TASK_FILE.fullmatch(entry.key[len(prefix) + 1 :])
            if match is None:
                continue
            step, task_id, number = match.groups()
            key = TaskKey(step, task_id, int(number) if number else None)
            if key in known:
                continue
            record = self._read(TaskRecord, entry.key)
            # A gang member's own success is provisional: it counts once it stands under the task's name.
            if record is not None and (key.attempt is None) == (record.outcome is not Outcome.FAILED):
                records.append(record)
        return records

    def _read(self, kind: type[D], key: str, required: bool = True) -> D | None:
        try:
            found = find_document(self._storage, kind, key)
        except RecordError as exc:
            self._problems.append(DamagedDocument(key, str(exc)))
            return None
        if found is None and required:
            self._problems.append(DamagedDocument(key, f"{key} is missing."))
        return found
