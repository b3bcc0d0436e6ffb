"""What all objects of the client share: one root's storage, index and records, opened once a process."""

import atexit
import os
from collections import OrderedDict
from collections.abc import Callable, Iterable
from functools import cached_property
from threading import Lock
from typing import Any, Generic, TypeVar

from headwater.artifacts.store import ArtifactStore
from headwater.artifacts.view import ArtifactView, Owner
from headwater.client import scope
from headwater.client.package import Code
from headwater.errors import ArtifactError, IndexUnusable, NotFound, RecordError
from headwater.flow import importing
from headwater.flow.current import current
from headwater.imports.histories import EveryRun, Histories
from headwater.imports.rows import EveryRow
from headwater.metadata.base import Metadata
from headwater.metadata.index import Index
from headwater.metadata.open import open_index
from headwater.metadata.query import EVERY_RUN, RunQuery
from headwater.metadata.rebuild import catch_up, catch_up_run
from headwater.metadata.rows import FlowRow, RunRow, StepRow, TaskRow
from headwater.names import Pathspec
from headwater.records.artifact import ArtifactRef, BlobRef
from headwater.records.base import Document
from headwater.records.run import RunEnd, RunOutcome, RunRecord
from headwater.records.task import Outcome, TaskRecord
from headwater.storage import layout
from headwater.storage.base import Storage
from headwater.storage.documents import find_document
from headwater.storage.liveness import is_alive
from headwater.storage.open import open_storage
from headwater.storage.runs import LOST, RUNNING

_KEPT_RUNS = 256
_KEPT_TASKS = 1024

D = TypeVar("D", bound=Document)
K = TypeVar("K")
V = TypeVar("V")

_readers: dict[tuple[str, int], "Reader"] = {}
_opened: list["Reader"] = []  # those that were replaced among them: objects may still hold one


class Reader:
    """One root as the client reads it."""

    def __init__(self, storage: Storage, index: Metadata) -> None:
        self.storage = storage
        self.index = index
        self.store = ArtifactStore(storage, self.load_imported)
        self.process = os.getpid()
        self._file = _identity(index)
        self._runs: _Recent[tuple[str, str], RunRecord] = _Recent(_KEPT_RUNS)
        self._ends: _Recent[tuple[str, str], RunEnd] = _Recent(_KEPT_RUNS)
        self._views: _Recent[str, ArtifactView] = _Recent(_KEPT_TASKS)

    @property
    def root(self) -> str:
        return self.storage.url

    @cached_property
    def histories(self) -> Histories:
        """The imports of the root."""
        return Histories(self.storage)

    @property
    def documents(self) -> Storage:
        """Where documents and logs are read, those of imported runs among them."""
        return EveryRun(self.storage, self.histories) if self.histories else self.storage

    @property
    def rows(self) -> Metadata | EveryRow:
        """The index, and those of the imports."""
        return EveryRow(self.index, self.histories) if self.histories else self.index

    def is_usable(self) -> bool:
        """False after a fork, which a connection does not survive, and when another index took its place."""
        return self.process == os.getpid() and self._file == _identity(self.index)

    def __reduce__(self) -> tuple[Any, ...]:
        return open_reader, (self.root,)

    def close(self) -> None:
        if "histories" in self.__dict__:
            self.histories.close()
        self.index.close()
        self.storage.close()

    def refresh(self) -> None:
        """Tell the index what the root has now; what lists runs does so itself."""
        self._catch_up()

    def flows(self, namespace: str | None = None) -> list[str]:
        """Flows that have a run in a namespace, sorted."""
        self._catch_up()
        names = self.rows.flows()
        if namespace is None:
            return names
        return [name for name in names if self.rows.runs(RunQuery(flow=name, tags=(namespace,), limit=1))]

    def runs(self, query: RunQuery = EVERY_RUN) -> list[RunRow]:
        """Runs as the root has them now."""
        self._catch_up()
        return self.rows.runs(query)

    def flow_rows(self) -> list[FlowRow]:
        """Every flow with what is known of its runs, the one that ran last first."""
        self._catch_up()
        return self.rows.flow_rows()

    def task_counts(self, runs: Iterable[RunRow]) -> dict[tuple[str, str], int]:
        """(flow, run id) -> how many tasks a run has, of runs that were just listed."""
        return self.rows.task_counts((row.flow, row.run_id) for row in runs)

    def latest(self, flow: str, namespace: str | None, successful: bool = False) -> RunRow:
        """The run for which `latest`, or `latest-success`, stands: the newest of the namespace, and of no other."""
        outcome = RunOutcome.SUCCEEDED.value if successful else None
        query = RunQuery(flow=flow, outcome=outcome, limit=1)
        rows = self.runs(query._replace(tags=(namespace,) if namespace else ()))
        if rows:
            return rows[0]
        kind = "successful run" if successful else "run"
        elsewhere = self.rows.runs(query) if namespace else []
        if not elsewhere:
            raise NotFound(f"There is no {kind} of {flow} in {self.root}. List what there is with `headwater runs`.")
        row = elsewhere[0]
        raise NotFound(
            f"There is no {kind} of {flow} in the namespace {namespace!r}. "
            f"The newest of all is {row.flow}/{row.run_id}, by {row.user}: name it by its id, "
            "or look elsewhere with namespace(...) or HEADWATER_NAMESPACE."
        )

    def run_row(self, flow: str, run_id: str) -> RunRow:
        row = self.rows.run(flow, run_id)
        if row is None:
            self.histories.refresh()
        if row is None and self.documents.exists(layout.run_record(flow, run_id)):
            self._catch_up(flow, run_id)
            row = self.rows.run(flow, run_id)
        if row is None:
            raise NotFound(
                f"There is no run {run_id!r} of {flow} in {self.root}. "
                f"Flow({flow!r}).runs() lists those there are; HEADWATER_DATASTORE_ROOT names another root."
            )
        return row

    def run_record(self, flow: str, run_id: str) -> RunRecord:
        found = self._runs.get((flow, run_id))
        if found is None:
            found = self._runs.put((flow, run_id), self._read(RunRecord, layout.run_record(flow, run_id)))
        return found

    def run_end(self, flow: str, run_id: str) -> RunEnd | None:
        """How a run ended; None while it runs, or when it is lost."""
        found = self._ends.get((flow, run_id))
        if found is None:
            found = find_document(self.documents, RunEnd, layout.run_end(flow, run_id))
            if found is not None:
                self._ends.put((flow, run_id), found)
        return found

    def is_alive(self, flow: str, run_id: str) -> bool:
        return is_alive(self.storage, flow, run_id)

    def status(self, flow: str, run_id: str) -> str:
        """`running`, `succeeded`, `failed`, `interrupted`; or `lost`: nothing is left to say how it ended."""
        if self.histories.find(flow, run_id) is not None:
            row = self.rows.run(flow, run_id)
            return (row.outcome if row else None) or LOST
        try:
            end = self.run_end(flow, run_id)
        except RecordError:  # one damaged document does not keep the other runs from being listed
            return LOST
        if end is None and not self.is_alive(flow, run_id):
            # It may have ended between the two questions.
            end = self.run_end(flow, run_id)
            return end.outcome.value if end else LOST
        return end.outcome.value if end else RUNNING

    def step_names(self, flow: str, run_id: str) -> set[str]:
        self._freshen(flow, run_id)
        return self.rows.step_names(flow, run_id)

    def steps(self, flow: str, run_id: str) -> list[StepRow]:
        """The tasks of each step that has one, counted."""
        self._freshen(flow, run_id)
        return self.rows.steps(flow, run_id)

    def tasks(self, flow: str, run_id: str, step: str | None = None) -> list[TaskRow]:
        self._freshen(flow, run_id)
        return self.rows.tasks(flow, run_id, step)

    def attempts(self, flow: str, run_id: str, step: str, task_id: str) -> list[TaskRow]:
        self._freshen(flow, run_id)
        return self.rows.attempts(flow, run_id, step, task_id)

    def record(self, flow: str, row: TaskRow) -> TaskRecord:
        """The document behind a row."""
        return self.view(flow, row).record

    def view(self, flow: str, row: TaskRow) -> ArtifactView:
        """The artifacts of an attempt."""
        place = (flow, row.run_id, row.step, row.task_id)
        key = layout.attempt(*place, row.attempt) if row.outcome is Outcome.FAILED else layout.task(*place)
        return self._view_of(flow, key)

    def _view_of(self, flow: str, key: str) -> ArtifactView:
        found = self._views.get(key)
        if found is None:
            record = self._read(TaskRecord, key)
            found = self._views.put(key, ArtifactView(self.store, record, self._owner_reader(flow)))
        return found

    def code(self, flow: str, run_id: str) -> Code:
        return Code(self.store, self.run_record(flow, run_id).code, str(Pathspec(flow, run_id)))

    def load(self, ref: ArtifactRef, name: str, where: Pathspec) -> Any:
        """A value. A class of the author's that is not to be had here is imported from the run's own code."""
        # What pickle imports may be a flow's file that ends with `MyFlow()`.
        with importing.underway():
            try:
                return self.store.load(ref, name=name, where=str(where))
            except ArtifactError as exc:
                # What pickle raises for a module that is not there, or has no such name.
                if not isinstance(exc.__cause__, ImportError | AttributeError) or where.run is None:
                    raise
                code = self.code(where.flow, where.run)
                if code.digest is None:
                    raise
            with code.importable():
                return self.store.load(ref, name=name, where=str(where))

    def load_imported(self, ref: BlobRef, label: str) -> bytes:
        """The bytes that a document of an import refers to."""
        return self.histories.load_blob(ref, label)

    def _read(self, kind: type[D], key: str) -> D:
        found = find_document(self.documents, kind, key)
        if found is None:
            _, flow, run_id, *_ = key.split("/")
            reason = self.histories.why_missing(flow, run_id, key)
            raise NotFound(reason or f"The document {key} is missing from {self.root}. Was the run removed?")
        return found

    def _owner_reader(self, flow: str) -> Callable[[Owner], TaskRecord]:
        def read(owner: Owner) -> TaskRecord:
            return self._view_of(flow, layout.task(flow, *owner)).record

        return read

    def _catch_up(self, flow: str | None = None, run_id: str | None = None) -> None:
        try:
            self._bring_news(flow, run_id)
        except IndexUnusable:
            # The file became damaged or read-only under our hands: what it held stands in the documents.
            self.index.close()
            self.index = Index(None)
            self._file = None
            self._bring_news(None, None)

    def _bring_news(self, flow: str | None, run_id: str | None) -> None:
        if flow is not None and run_id is not None:
            history = self.histories.find(flow, run_id)
            if history is not None:
                history.catch_up_run(flow, run_id)
                return
            catch_up_run(self.index, self.storage, flow, run_id)
        else:
            catch_up(self.index, self.storage, self.is_alive if self._is_shared() else None)
            self.histories.catch_up()

    def _freshen(self, flow: str, run_id: str) -> None:
        """Read what the index may lack of a run that has not ended.

        The driver of a living run writes the index of a local root itself; nobody else's index has its news. It writes
        rows in batches, and a step of the run itself is to see what ended just before it began.
        """
        if self.histories.find(flow, run_id) is not None:  # `rows` sees to it
            return
        row = self.index.run(flow, run_id)
        if row is not None and row.outcome is not None:
            return
        own = (current.flow_name, current.run_id) == (flow, run_id)
        if self._is_shared() and row is not None and self.is_alive(flow, run_id) and not own:
            return
        self._catch_up(flow, run_id)

    def _is_shared(self) -> bool:
        """Whether the driver of a run writes this very index."""
        return self.storage.local and isinstance(self.index, Index) and self.index.path is not None


def open_reader(root: str | None = None, tell: Callable[[str], None] = lambda text: None) -> Reader:
    """The reader of a root, by default the one that was chosen, or that environment and working directory name.

    `tell` hears of it when opening takes long.
    """
    root = scope.own_root(root) if root else scope.get_root()
    key = (root, os.getpid())
    reader = _readers.get(key)
    if reader is None or not reader.is_usable():
        reader = _readers[key] = _open(root, tell)
        _opened.append(reader)
    return reader


def close_readers() -> None:
    """Close what this process opened; objects of the client are not used afterwards."""
    for reader in [reader for reader in _opened if reader.process == os.getpid()]:
        _opened.remove(reader)
        reader.close()
    _readers.clear()


class _NoRoot(Reader):
    """A root that does not exist yet: it is not made by being asked, and is looked for again the next time."""

    def is_usable(self) -> bool:
        return super().is_usable() and not os.path.isdir(self.root)


def _open(root: str, tell: Callable[[str], None]) -> Reader:
    storage = open_storage(root)
    if storage.folder is not None and not os.path.isdir(storage.folder):
        return _NoRoot(storage, Index(None))
    return Reader(storage, open_index(storage, tell=tell))


class _Recent(Generic[K, V]):
    """The values that were used last."""

    def __init__(self, size: int) -> None:
        self._size = size
        self._values: OrderedDict[K, V] = OrderedDict()
        self._lock = Lock()

    def get(self, key: K) -> V | None:
        with self._lock:
            value = self._values.get(key)
            if value is not None:
                self._values.move_to_end(key)
            return value

    def put(self, key: K, value: V) -> V:
        with self._lock:
            self._values[key] = value
            if len(self._values) > self._size:
                self._values.popitem(last=False)
            return value


def _identity(index: Metadata) -> tuple[int, int] | None:
    """What tells the index's file from one that took its place."""
    path = index.path if isinstance(index, Index) else None
    if path is None:
        return None
    try:
        status = os.stat(path)
    except OSError:
        # Its root was removed.
        return (0, 0)
    return (status.st_dev, status.st_ino)


atexit.register(close_readers)
