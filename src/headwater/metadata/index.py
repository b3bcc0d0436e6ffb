"""The index in SQLite: a file beside the documents, or in memory."""

import json
import sqlite3
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from itertools import zip_longest
from pathlib import Path
from typing import Any

from headwater.errors import IndexUnusable
from headwater.metadata import sql
from headwater.metadata.base import Metadata, RunDocuments, TaskKey
from headwater.metadata.positions import sort_bounds, sort_key
from headwater.metadata.query import EVERY_RUN, RunQuery
from headwater.metadata.rows import FlowRow, FlowSpaceRow, RunFiles, RunRow, SpaceRow, StepRow, TaskRow
from headwater.records.artifact import ArtifactRef
from headwater.records.references import blobs_of
from headwater.records.run import OriginRecord, RunEnd, RunRecord
from headwater.records.tags import TagsRecord
from headwater.records.task import FailureKind, Outcome, TaskRecord

BUSY_TIMEOUT_S = 30.0
MAX_MESSAGE = 500  # characters of a failure's message that the index keeps; the document has all
_OUTCOMES = {outcome.value: outcome for outcome in Outcome}
_KINDS = {kind.value: kind for kind in FailureKind} | {None: None}


class Index(Metadata):
    """Runs and tasks of one root. One instance may be used by several threads, and not on both sides of a fork."""

    def __init__(self, path: Path | None) -> None:
        """`path` None: in memory."""
        self.path = path
        #: When given, a write that fails does not raise: it is told here, once, and the index takes no more. A run
        #: does not die of its index; without its end in the index, its documents are read again later.
        self.on_trouble: Callable[[str], None] | None = None
        self._given_up = False
        self._lock = threading.RLock()
        try:
            self._connection = _connect(path)
        except sqlite3.Error as exc:
            raise _unusable(path, exc) from exc
        try:
            #: The tables were made just now: whoever opened the index should fill it.
            self.fresh = self._prepare()
        except BaseException:
            self._connection.close()
            raise

    def close(self) -> None:
        with self._lock:
            self._connection.close()

    def add_run(self, run: RunRecord) -> None:
        self._write(lambda: self._put_run(run))

    def add_tasks(self, records: Iterable[TaskRecord]) -> None:
        self._write(lambda: self._put_tasks(records))

    def add_origin(self, flow: str, run_id: str, origin: OriginRecord) -> None:
        self._write(lambda: self._put_origin(flow, run_id, origin))

    def end_run(self, flow: str, run_id: str, end: RunEnd) -> None:
        self._write(lambda: self._put_end(flow, run_id, end))

    def set_tags(self, flow: str, run_id: str, tags: TagsRecord) -> None:
        self._write(lambda: self._put_tags(flow, run_id, tags))

    def add_documents(self, documents: RunDocuments) -> None:
        self._write(lambda: self._put_documents(documents))

    def forget_run(self, flow: str, run_id: str) -> None:
        self._write(lambda: self._drop(flow, run_id))

    def clear(self) -> None:
        self._write(self._drop_all)

    def flows(self) -> list[str]:
        return [flow for (flow,) in self._read(sql.FLOWS)]

    def flow_rows(self) -> list[FlowRow]:
        return [
            FlowRow(flow, runs, tuple(sorted(json.loads(users))), *more)
            for flow, runs, users, *more in self._read(sql.FLOW_ROWS)
        ]

    def runs(self, query: RunQuery = EVERY_RUN) -> list[RunRow]:
        asked = {
            "flow": query.flow,
            "user": query.user,
            "tags": json.dumps(sorted(query.tags)),
            "outcome": query.outcome,
            "since": query.since,
            "until": query.until,
            "parameters": json.dumps(dict(query.parameters)),
            "limit": -1 if query.limit is None else query.limit,
            "offset": query.offset,
        }
        order = sql.RUN_ORDER[query.order].format(way="ASC" if query.ascending else "DESC")
        return [_run_row(row) for row in self._read(sql.RUNS.format(order=order), asked)]

    def run(self, flow: str, run_id: str) -> RunRow | None:
        rows = self._read(sql.RUN, (flow, run_id))
        return _run_row(rows[0]) if rows else None

    def step_names(self, flow: str, run_id: str) -> set[str]:
        return {step for (step,) in self._read(sql.STEP_NAMES, {"flow": flow, "run_id": run_id})}

    def steps(self, flow: str, run_id: str) -> list[StepRow]:
        return [StepRow(*row) for row in self._read(sql.STEPS, {"flow": flow, "run_id": run_id})]

    def task_counts(self, runs: Iterable[tuple[str, str]]) -> dict[tuple[str, str], int]:
        asked = {"runs": json.dumps(list(runs))}
        return {(flow, run_id): count for flow, run_id, count in self._read(sql.TASK_COUNTS, asked)}

    def tasks(self, flow: str, run_id: str, step: str | None = None) -> list[TaskRow]:
        asked = {"flow": flow, "run_id": run_id, "step": step}
        rows = self._read(sql.TASKS if step is None else sql.TASKS_OF_STEP, asked)
        # Of a task's rows the last is the one that counts: failed attempts come first, then the success.
        return [_task_row(row) for row, after in zip_longest(rows, rows[1:]) if not _same_task(row, after)]

    def attempts(self, flow: str, run_id: str, step: str, task_id: str) -> list[TaskRow]:
        asked = {"flow": flow, "run_id": run_id, "step": step, "place": sort_key(task_id)}
        return [_task_row(row) for row in self._read(sql.ATTEMPTS, asked)]

    def task_keys(self, flow: str, run_id: str) -> set[TaskKey]:
        return {
            TaskKey(step, task_id, attempt if failed else None)
            for step, task_id, attempt, failed in self._read(sql.TASK_KEYS, (flow, run_id))
        }

    def run_ids(self, unfinished: bool = False) -> set[tuple[str, str]]:
        return set(self._read(sql.UNFINISHED_RUN_IDS if unfinished else sql.RUN_IDS))

    def taken_from(self) -> set[tuple[str, str, str]]:
        return set(self._read(sql.TAKEN_FROM))

    def set_files(self, flow: str, run_id: str, files: RunFiles) -> None:
        self._write(lambda: self._connection.execute(sql.PUT_FILES, (*files, flow, run_id)))

    def files(self) -> dict[tuple[str, str], RunFiles]:
        return {(flow, run_id): RunFiles(*files) for flow, run_id, *files in self._read(sql.FILES)}

    def unmeasured(self) -> set[tuple[str, str]]:
        return set(self._read(sql.UNMEASURED))

    def space(self, flow: str | None = None) -> list[SpaceRow]:
        return [_space_row(row) for row in self._read(sql.SPACE, {"flow": flow})]

    def flow_space(self) -> list[FlowSpaceRow]:
        return [
            FlowSpaceRow(flow, runs, RunFiles(*files), own) for flow, runs, *files, own in self._read(sql.FLOW_SPACE)
        ]

    def codes(self) -> set[str]:
        return {code for (code,) in self._read(sql.CODES)}

    def blob_bytes(self, only: Iterable[tuple[str, str]] | None = None) -> int:
        if only is None:
            return int(self._read(sql.ALL_BLOBS)[0][0])
        return int(self._read(sql.BLOBS_OF_ONLY, {"runs": json.dumps(list(only))})[0][0])

    def mark_seen(self, flow: str, run_id: str, stamp: str) -> None:
        self._write(lambda: self._connection.execute(sql.MARK_SEEN, (stamp, flow, run_id)))

    def seen(self, every: bool = False) -> dict[tuple[str, str], str]:
        return {(flow, run_id): stamp for flow, run_id, stamp in self._read(sql.EVERY_SEEN if every else sql.SEEN)}

    def dump(self) -> list[tuple[Any, ...]]:
        return [row for statement in sql.DUMP for row in self._read(statement)]

    def _read(self, statement: str, values: Any = ()) -> list[tuple[Any, ...]]:
        try:
            with self._lock:
                return self._connection.execute(statement, values).fetchall()
        except sqlite3.Error as exc:
            raise _unusable(self.path, exc) from exc

    def _write(self, put: Callable[[], object]) -> None:
        if self._given_up:
            return
        try:
            with self._transaction():
                put()
        except IndexUnusable as exc:
            if self.on_trouble is None:
                raise
            self._given_up = True
            self.on_trouble(str(exc))

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        """Write all or nothing. The lock is taken at the start: a writer waits its turn and meets no old snapshot."""
        with self._lock:
            connection = self._connection
            try:
                connection.execute("BEGIN IMMEDIATE")
                try:
                    yield
                    connection.execute("COMMIT")
                except BaseException:
                    if connection.in_transaction:
                        connection.execute("ROLLBACK")
                    raise
            except sqlite3.Error as exc:
                raise _unusable(self.path, exc) from exc

    def _prepare(self) -> bool:
        """Make the tables where there are none; True when that was done now."""
        found = self._version()
        if found == sql.SCHEMA_VERSION:
            return False
        if found != 0:
            reason = f"it has version {found}, this Headwater writes {sql.SCHEMA_VERSION}"
            raise IndexUnusable(self.path, reason, replaceable=found < sql.SCHEMA_VERSION)
        connection = self._connection
        with self._transaction():
            # Another process may have been first since we looked.
            if self._version() == sql.SCHEMA_VERSION:
                return False
            for statement in sql.SCHEMA:
                connection.execute(statement)
            connection.execute(f"PRAGMA user_version = {sql.SCHEMA_VERSION}")
        return True

    def _version(self) -> int:
        return int(self._read("PRAGMA user_version")[0][0])

    def _number(self, flow: str, run_id: str) -> int:
        connection = self._connection
        connection.execute(sql.ENSURE_RUN, (flow, run_id))
        return int(connection.execute(sql.RUN_NUMBER, (flow, run_id)).fetchone()[0])

    def _put_documents(self, documents: RunDocuments) -> None:
        if documents.run is not None:
            self._put_run(documents.run)
        if documents.tags is not None:
            self._put_tags(documents.flow, documents.run_id, documents.tags)
        for origin in documents.origins:
            self._put_origin(documents.flow, documents.run_id, origin)
        self._put_tasks(documents.tasks)
        if documents.end is not None:
            self._put_end(documents.flow, documents.run_id, documents.end)

    def _put_run(self, run: RunRecord) -> None:
        number = self._number(run.flow, run.run_id)
        tags, system_tags = (json.dumps(sorted(set(some))) for some in (run.tags, run.system_tags))
        parameters = json.dumps({name: _shown(ref) for name, ref in sorted(run.parameters.items())})
        code = run.code.manifest.hash if run.code.manifest else None
        values = (run.user, run.created_at, tags, system_tags, run.origin_run_id, parameters, code, number)
        self._connection.execute(sql.UPDATE_RUN, values)
        self._connection.executemany(sql.PUT_BLOB, _blob_values(run, number))

    def _put_tags(self, flow: str, run_id: str, tags: TagsRecord) -> None:
        values = (json.dumps(sorted(set(tags.tags))), tags.number, self._number(flow, run_id), tags.number)
        self._connection.execute(sql.UPDATE_TAGS, values)

    def _put_tasks(self, records: Iterable[TaskRecord]) -> None:
        numbers = _Memo(self._number)
        numbered = [(record, numbers(record.flow, record.run_id)) for record in records]
        self._connection.executemany(sql.PUT_TASK, (_task_values(*one) for one in numbered))
        self._connection.executemany(sql.PUT_BLOB, (values for one in numbered for values in _blob_values(*one)))

    def _put_origin(self, flow: str, run_id: str, origin: OriginRecord) -> None:
        number = self._number(flow, run_id)
        rows = [(number, taken.step, *sort_bounds(taken), taken.run_id) for taken in origin.taken]
        self._connection.executemany(sql.PUT_TAKEN, rows)

    def _put_end(self, flow: str, run_id: str, end: RunEnd) -> None:
        number = self._number(flow, run_id)
        self._connection.execute(sql.UPDATE_END, (end.outcome.value, end.ended_at, end.message, number))

    def _drop(self, flow: str, run_id: str) -> None:
        for (number,) in self._connection.execute(sql.RUN_NUMBER, (flow, run_id)).fetchall():
            for statement in sql.FORGET:
                self._connection.execute(statement, (number,))

    def _drop_all(self) -> None:
        for statement in sql.CLEAR:
            self._connection.execute(statement)


class _Memo:
    """Run numbers asked once in a batch."""

    def __init__(self, ask: Callable[[str, str], int]) -> None:
        self._ask = ask
        self._known: dict[tuple[str, str], int] = {}

    def __call__(self, flow: str, run_id: str) -> int:
        key = (flow, run_id)
        number = self._known.get(key)
        if number is None:
            number = self._known[key] = self._ask(flow, run_id)
        return number


def _connect(path: Path | None) -> sqlite3.Connection:
    connection = sqlite3.connect(
        str(path) if path else ":memory:", timeout=BUSY_TIMEOUT_S, isolation_level=None, check_same_thread=False
    )
    try:
        # OFF: after a crash of the machine the file may be damaged, and is then made anew from the documents.
        connection.execute("PRAGMA synchronous = OFF")
        if path is not None and connection.execute("PRAGMA journal_mode").fetchone() != ("wal",):
            connection.execute("PRAGMA journal_mode = WAL")
    except BaseException:
        connection.close()
        raise
    return connection


def _unusable(path: Path | None, exc: sqlite3.Error) -> IndexUnusable:
    damaged = isinstance(exc, sqlite3.DatabaseError) and exc.sqlite_errorcode in (
        sqlite3.SQLITE_CORRUPT,
        sqlite3.SQLITE_NOTADB,
        sqlite3.SQLITE_ERROR,  # a table or a column is missing
    )
    return IndexUnusable(path, str(exc), replaceable=damaged)


def _run_row(row: tuple[Any, ...]) -> RunRow:
    flow, run_id, user, created_at, tags, system_tags, origin_run_id, outcome, ended_at, message, *more = row
    parameters, tags_number = more
    return RunRow(
        flow=flow,
        run_id=run_id,
        user=user,
        created_at=created_at,
        tags=tuple(json.loads(tags)),
        system_tags=tuple(json.loads(system_tags)),
        origin_run_id=origin_run_id,
        outcome=outcome,
        ended_at=ended_at,
        message=message or "",
        parameters=json.loads(parameters),
        tags_number=tags_number,
    )


def _task_row(row: tuple[Any, ...]) -> TaskRow:
    run_id, step, task_id, attempt, outcome, started_at, ended_at, splits, kind, message = row[:10]
    return TaskRow(
        run_id, step, task_id, attempt, _OUTCOMES[outcome], started_at, ended_at, splits, _KINDS[kind], message or ""
    )


def _same_task(row: tuple[Any, ...], after: tuple[Any, ...] | None) -> bool:
    return after is not None and row[2] == after[2] and row[1] == after[1]


def _shown(ref: ArtifactRef) -> Any:
    """What a summary shows of a value in one line: itself, the beginning of a text, or its type."""
    summary = ref.summary
    return next((summary[fact] for fact in ("value", "file", "head") if fact in summary), ref.type)


def _space_row(row: tuple[Any, ...]) -> SpaceRow:
    flow, run_id, documents, logs, code, held, own = row
    return SpaceRow(flow, run_id, None if logs is None else RunFiles(documents, logs), code, held, own)


def _blob_values(record: RunRecord | TaskRecord, run: int) -> Iterator[tuple[Any, ...]]:
    return ((int(blob.hash[:15], 16), run, blob.size) for blob in blobs_of(record))


def _task_values(record: TaskRecord, run: int) -> tuple[Any, ...]:
    failure = record.failure
    return (
        run,
        record.step,
        sort_key(record.task_id),
        record.outcome is Outcome.FAILED,
        record.attempt,
        record.task_id,
        record.outcome.value,
        record.started_at,
        record.ended_at,
        record.transition.splits if record.transition else None,
        failure.kind.value if failure else None,
        failure.message[:MAX_MESSAGE] if failure else None,
    )
