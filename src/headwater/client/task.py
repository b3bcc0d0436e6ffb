"""A task and its values as they are read back."""

from collections import namedtuple
from collections.abc import Iterable, Iterator
from datetime import datetime
from keyword import iskeyword
from typing import TYPE_CHECKING, Any, ClassVar, NamedTuple, Self

from headwater.client import lineage
from headwater.client.artifact import DataArtifact
from headwater.client.base import AttemptObject, as_datetime, known
from headwater.client.facts import attempt_facts, environment_info
from headwater.client.listing import Listing
from headwater.client.logs import follow_log, read_log
from headwater.client.package import Code
from headwater.client.reader import Reader, open_reader
from headwater.client.values import Data, TaskValues, public
from headwater.errors import ExceptionWrapper, NotFound
from headwater.flow.current import current
from headwater.metadata.rows import TaskRow
from headwater.names import Pathspec, Position, position_range
from headwater.records.log import LogLine, LogText, Stream
from headwater.records.run import RunRecord
from headwater.records.task import Failure, Outcome, TaskRecord, Usage
from headwater.storage import layout
from headwater.storage.layered import root_below
from headwater.storage.runs import state_without_end

if TYPE_CHECKING:
    from headwater.client.objects import Step

_STREAMS = {"stdout": Stream.STDOUT, "stderr": Stream.STDERR}


class Metadata(NamedTuple):
    """One fact about a task."""

    name: str
    value: str
    created_at: datetime | None
    type: str
    task: "Task"


class Task(AttemptObject[DataArtifact]):
    """One task: the attempt that counts, its success or else the newest; or the one asked for."""

    _parts: ClassVar[int] = 4
    _known: TaskRow | None = None

    @classmethod
    def _of(cls, reader: Reader, run: Pathspec, scope: str | None, row: TaskRow, pinned: bool = False) -> Self:
        """A task that a listing of its run showed; `pinned` to the attempt of the row."""
        made = cls._at(reader, Pathspec(run.flow, run.run, row.step, row.task_id), scope)
        made._known = row
        made._attempt = row.attempt if pinned else None
        return made

    @property
    def parent(self) -> "Step":
        step: Step = self._up()
        return step

    @property
    def record(self) -> TaskRecord | None:
        """The document of the attempt; None while none is written."""
        row = self._row()
        return self._reader.record(self._spec.flow, row) if row else None

    @property
    def status(self) -> str:
        """`succeeded`, `caught`, `failed`; before any attempt has ended `running`, or `lost` with its run."""
        row = self._row()
        if row is not None:
            return row.outcome.value
        return state_without_end(self._reader.storage, self._spec.flow, self._run_id)

    @property
    def successful(self) -> bool:
        row = self._row()
        return row is not None and row.outcome is Outcome.SUCCEEDED

    @property
    def finished(self) -> bool:
        """The task is done: it succeeded, or its failure was caught."""
        row = self._row()
        return row is not None and row.outcome is not Outcome.FAILED

    @property
    def created_at(self) -> datetime | None:
        """When the attempt began."""
        row = self._row()
        return as_datetime(row.started_at) if row else None

    @property
    def finished_at(self) -> datetime | None:
        """When the attempt ended, whatever its outcome."""
        row = self._row()
        return as_datetime(row.ended_at) if row else None

    @property
    def runtime(self) -> float | None:
        """Seconds that the attempt took."""
        row = self._row()
        return row.ended_at - row.started_at if row else None

    @property
    def usage(self) -> Usage | None:
        """CPU seconds and peak memory, as the attempt measured them."""
        record = self.record
        return record.usage if record else None

    @property
    def current_attempt(self) -> int:
        """The number of the attempt that is shown, from 0."""
        row = self._row()
        return row.attempt if row else self._attempt or 0

    @property
    def attempts(self) -> list["Task"]:
        """The task as each of its attempts left it, the first one first."""
        return [Task._of(self._reader, self._spec, self._scope, row, pinned=True) for row in self._attempt_rows()]

    @property
    def index(self) -> int | None:
        """Its place in the innermost foreach; None outside any."""
        if self._run_record().system:  # whose ids are no positions
            record = self.record
            return record.frames[-1].index if record and record.frames else None
        depth = lineage.depths(self._run_record()).get(self._step)
        indices = Position.parse(self.id, depth).indices
        return indices[-1] if indices else None

    def diff(self, other: "Task | str") -> Any:
        """What is different in another task: a `TaskDiff`, whose `artifacts` are told by their summaries."""
        return self._diff(other)

    @property
    def data(self) -> Data:
        """Values by attribute: artifacts, parameters and constants."""
        return Data(self._values(), self.pathspec)

    @property
    def artifacts(self) -> Any:
        """A named tuple of the artifacts."""
        names = [name for name in public(self._values().names()) if not iskeyword(name)]
        return _named({name: self._artifact(name) for name in names})

    @property
    def failure(self) -> Failure | None:
        """Why the attempt did not succeed, as it was recorded; also of a failure that was caught."""
        record = self.record
        return record.failure if record else None

    @property
    def exception(self) -> ExceptionWrapper | None:
        """What the attempt failed with; None for a success and for a failure that was caught."""
        row = self._row()
        failure = self.failure if row is not None and row.outcome is Outcome.FAILED else None
        return ExceptionWrapper(failure.text, failure.type, failure.traceback) if failure else None

    @property
    def stdout(self) -> str:
        """What the attempt printed."""
        return self.log().stream(Stream.STDOUT).decode("utf-8", "backslashreplace")

    @property
    def stderr(self) -> str:
        """What the attempt printed to stderr."""
        return self.log().stream(Stream.STDERR).decode("utf-8", "backslashreplace")

    @property
    def stdout_size(self) -> int:
        """Bytes that the attempt wrote to stdout."""
        return len(self.log().stream(Stream.STDOUT))

    @property
    def stderr_size(self) -> int:
        """Bytes that the attempt wrote to stderr."""
        return len(self.log().stream(Stream.STDERR))

    def loglines(
        self, stream: str, as_unicode: bool = True, meta_dict: Any = None
    ) -> Iterator[tuple[datetime, str | bytes]]:
        """(time, line) for each line of `stdout` or `stderr`. Metaflow's `meta_dict` is taken and not needed."""
        wanted = _STREAMS[stream]
        for line in self.log().lines:
            if line.stream is wanted:
                yield datetime.fromtimestamp(line.time), line.text if as_unicode else line.payload

    def log(self) -> LogText:
        """Both streams, in the order in which they came."""
        return read_log(self._reader.documents, self._log_key())

    def follow(self) -> Iterator[LogLine]:
        """Lines as they are printed, until the attempt ends."""
        return follow_log(self._reader.documents, self._log_key(), self._is_over)

    @property
    def origin_pathspec(self) -> str | None:
        """The task that was really executed, where this one was taken over; else None."""
        row = self._row()
        if row is None:
            return None
        if row.run_id == self._run_id:
            return self._imported_origin()
        return str(self._spec._replace(run=row.run_id))

    @property
    def code(self) -> Code | None:
        """The code of the run that executed it."""
        row = self._row()
        code = self._reader.code(self._spec.flow, row.run_id if row else self._run_id)
        return code if code.digest else None

    @property
    def environment_info(self) -> dict[str, Any]:
        """Interpreter, machine, code and installed distributions of the run that executed it."""
        row, record = self._row(), self.record
        info = environment_info(self._reader, self._reader.run_record(self._spec.flow, (row or self._run_row()).run_id))
        return {**info, "host_name": record.host_name} if record else info

    @property
    def runtime_name(self) -> str:
        """What ran it, as the tag `runtime:` says; `dev` for a run on one's own machine."""
        return next((tag.partition(":")[2] for tag in sorted(self.system_tags) if tag.startswith("runtime:")), "dev")

    @property
    def parent_tasks(self) -> Listing["Task"]:
        """Tasks whose results it took in, in the order of `inputs`."""
        if root_below(self._reader.root) != self._reader.root:
            return Listing(self._parents_of_spin())
        return Listing(self._neighbours(self._parent_places()))

    @property
    def child_tasks(self) -> Listing["Task"]:
        """Tasks that it handed on to, as far as they have run."""
        record = self.record
        places = lineage.children(record, lineage.depths(self._run_record())) if record else ()
        return Listing(self._neighbours(places))

    @property
    def parent_task_pathspecs(self) -> Listing[str]:
        if root_below(self._reader.root) != self._reader.root:
            return Listing(task.pathspec for task in self._parents_of_spin())
        places = self._parent_places()
        return Listing(str(self._spec._replace(step=place.step, task=place.task_id)) for place in places)

    @property
    def child_task_pathspecs(self) -> Listing[str]:
        return Listing(task.pathspec for task in self.child_tasks)

    @property
    def metadata(self) -> list[Metadata]:
        """Facts as text: of every attempt, the first one first; of the attempt alone that was asked for by number."""
        rows = [row for row in self._attempt_rows() if self._attempt in (None, row.attempt)]
        return [fact for row in rows for fact in self._facts(row)]

    @property
    def metadata_dict(self) -> dict[str, str]:
        """The same by name, of the attempt that counts."""
        row = self._row()
        return {fact.name: fact.value for fact in self._facts(row)} if row else {}

    def _imported_origin(self) -> str | None:
        """What another system noted of a task that it took over."""
        record = self.record if self._run_record().system else None
        facts = {fact.name: fact.value for fact in record.facts} if record else {}
        task_id = facts.get("origin-task-id")
        return str(self._spec._replace(run=facts["origin-run-id"], task=task_id)) if task_id else None

    def _facts(self, row: TaskRow) -> list[Metadata]:
        run = self._reader.run_record(self._spec.flow, row.run_id)
        if run.system:  # its own facts, by the names that it gave them
            noted = self._reader.record(self._spec.flow, row).facts
            return [Metadata(fact.name, fact.value, as_datetime(fact.at), fact.type, self) for fact in noted]
        facts = attempt_facts(run, self._reader.record(self._spec.flow, row), self._run_id)
        when = as_datetime(row.ended_at)
        return [Metadata(name, value, when, name, self) for name, value in facts.items()]

    def __iter__(self) -> Iterator[DataArtifact]:
        for name in public(self._values().names()):
            yield self._artifact(name)

    def _child(self, name: str) -> DataArtifact:
        artifact = self._artifact(name)
        artifact._check_exists()
        return artifact

    def _artifact(self, name: str) -> DataArtifact:
        made = DataArtifact._at(self._reader, self._spec._replace(artifact=name), self._scope)
        made._attempt = self._attempt
        return made

    def _values(self) -> TaskValues:
        return TaskValues(self._reader, self._spec, self._row())

    def _attempt_rows(self) -> list[TaskRow]:
        return self._reader.attempts(self._spec.flow, self._run_id, self._step, self.id)

    def _run_record(self) -> RunRecord:
        return self._reader.run_record(self._spec.flow, self._run_id)

    @property
    def _step(self) -> str:
        assert self._spec.step is not None
        return self._spec.step

    def _row(self) -> TaskRow | None:
        """The attempt that is shown. A success is the last word on a task, and so is an attempt that was asked for."""
        known = self._known
        if known is not None and (self._attempt is not None or known.outcome is not Outcome.FAILED):
            return known
        rows = self._attempt_rows()
        if self._attempt is not None:
            rows = [row for row in rows if row.attempt == self._attempt]
        self._known = rows[-1] if rows else None
        return self._known

    def _check_exists(self) -> None:
        self._run_row()
        if self._row() is not None:
            return
        if self._attempt is None and (current.pathspec == self.pathspec or self._is_seen_running()):
            return
        which = f"attempt {self._attempt} of the task" if self._attempt is not None else "task"
        tasks = [row.task_id for row in self._reader.tasks(self._spec.flow, self._run_id, self._step)]
        others = "" if self._attempt is not None else known("Those that have are", tasks) or "None has so far."
        raise NotFound(f"{self._spec._replace(task=None)} has no {which} {self.id!r} that has ended. {others}".rstrip())

    def _is_seen_running(self) -> bool:
        """It has printed, or shows a card."""
        cards = layout.cards(self._spec.flow, self._run_id, self._step, self.id, 0)
        return self._reader.documents.exists(self._log_key()) or bool(self._reader.documents.list_names(cards))

    def _log_key(self) -> str:
        row = self._row()
        run_id = row.run_id if row else self._run_id
        return layout.log(self._spec.flow, run_id, self._step, self.id, self.current_attempt)

    def _is_over(self) -> bool:
        return self._row() is not None or not self._reader.is_alive(self._spec.flow, self._run_id)

    def _parent_places(self) -> Iterable[lineage.Place]:
        record = self.record
        return lineage.parents(record) if record else ()

    def _parents_of_spin(self) -> Iterator["Task"]:
        """The tasks of runs whose results a spun step took in; one that was given other artifacts is the spin's own."""
        below = open_reader(root_below(self._reader.root))
        for some in self.record.inputs if self.record else ():
            reader = self._reader if some.run_id == self._run_id else below
            for task_id in position_range(some.first, some.count):
                yield Task._at(reader, Pathspec(self._spec.flow, some.run_id, some.step, task_id), self._scope)

    def _neighbours(self, places: Iterable[lineage.Place]) -> Iterator["Task"]:
        by_step: dict[str, dict[str, TaskRow]] = {}
        for step, task_id in places:
            if step not in by_step:
                rows = self._reader.tasks(self._spec.flow, self._run_id, step)
                by_step[step] = {row.task_id: row for row in rows}
            row = by_step[step].get(task_id)
            if row is not None:
                yield Task._of(self._reader, self._spec, self._scope, row)


def _named(artifacts: dict[str, DataArtifact]) -> Any:
    """Artifacts as the fields of a named tuple of their own kind."""
    fields: Any = namedtuple("Artifacts", list(artifacts))  # type: ignore[misc]  # the names are known only now
    kind = type("Artifacts", (fields,), {"__slots__": (), "__reduce__": lambda self: (_named, (self._asdict(),))})
    return kind(*artifacts.values())
