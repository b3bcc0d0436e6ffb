"""The index of a root and those of its imports asked as one."""

from collections.abc import Callable, Iterable
from typing import Any

from headwater.imports.histories import Histories
from headwater.metadata.base import Metadata
from headwater.metadata.query import EVERY_RUN, RunOrder, RunQuery
from headwater.metadata.rows import FlowRow, RunRow, StepRow, TaskRow
from headwater.records.tags import TagsRecord


class EveryRow:
    """What readers ask of an index: of the runs of a root, and of those of its imports."""

    def __init__(self, index: Metadata, histories: Histories) -> None:
        self._index = index
        self._histories = histories

    def flows(self) -> list[str]:
        return sorted({name for index in self._indexes() for name in index.flows()})

    def flow_rows(self) -> list[FlowRow]:
        rows: dict[str, FlowRow] = {}
        for index in self._indexes():
            for row in index.flow_rows():
                known = rows.get(row.flow)
                rows[row.flow] = row if known is None else _added(known, row)
        return sorted(rows.values(), key=lambda row: (-row.created_at, row.flow))

    def runs(self, query: RunQuery = EVERY_RUN) -> list[RunRow]:
        most = None if query.limit is None else query.limit + query.offset
        asked = query._replace(limit=most, offset=0)
        rows: dict[tuple[str, str], RunRow] = {}
        for index in self._indexes():
            for row in index.runs(asked):
                rows.setdefault((row.flow, row.run_id), row)
        return _sorted(list(rows.values()), query)[query.offset : most]

    def run(self, flow: str, run_id: str) -> RunRow | None:
        return self._of(flow, run_id).run(flow, run_id)

    def step_names(self, flow: str, run_id: str) -> set[str]:
        return self._with_tasks(flow, run_id).step_names(flow, run_id)

    def steps(self, flow: str, run_id: str) -> list[StepRow]:
        return self._with_tasks(flow, run_id).steps(flow, run_id)

    def task_counts(self, runs: Iterable[tuple[str, str]]) -> dict[tuple[str, str], int]:
        """Of imported runs whose tasks were not read yet, these are read."""
        asked = list(runs)
        for flow, run_id in asked:
            self._with_tasks(flow, run_id)
        return {key: count for index in self._indexes() for key, count in index.task_counts(asked).items()}

    def tasks(self, flow: str, run_id: str, step: str | None = None) -> list[TaskRow]:
        return self._with_tasks(flow, run_id).tasks(flow, run_id, step)

    def attempts(self, flow: str, run_id: str, step: str, task_id: str) -> list[TaskRow]:
        return self._with_tasks(flow, run_id).attempts(flow, run_id, step, task_id)

    def task(self, flow: str, run_id: str, step: str, task_id: str) -> TaskRow | None:
        return self._with_tasks(flow, run_id).task(flow, run_id, step, task_id)

    def set_tags(self, flow: str, run_id: str, tags: TagsRecord) -> None:
        self._of(flow, run_id).set_tags(flow, run_id, tags)

    def _indexes(self) -> list[Metadata]:
        return [self._index, *(history.index for history in self._histories)]

    def _of(self, flow: str, run_id: str) -> Metadata:
        """The index that knows a run."""
        history = self._histories.find(flow, run_id)
        return self._index if history is None else history.index

    def _with_tasks(self, flow: str, run_id: str) -> Metadata:
        """The same; the tasks of an imported run are read when they are first asked for."""
        history = self._histories.find(flow, run_id)
        if history is None:
            return self._index
        history.catch_up_run(flow, run_id)
        return history.index


def _added(one: FlowRow, other: FlowRow) -> FlowRow:
    """A flow that has runs in two places."""
    newest = one if one.created_at >= other.created_at else other
    return newest._replace(
        runs=one.runs + other.runs,
        users=tuple(sorted({*one.users, *other.users})),
        succeeded=one.succeeded + other.succeeded,
    )


_KEYS: dict[RunOrder, Callable[[RunRow], Any]] = {
    RunOrder.CREATED: lambda row: (row.created_at, row.run_id),
    RunOrder.ENDED: lambda row: (*_absent_first(row.ended_at), row.created_at, row.run_id),
    RunOrder.DURATION: lambda row: (*_absent_first(row.duration_s), row.created_at, row.run_id),
    RunOrder.FLOW: lambda row: row.flow,
    RunOrder.USER: lambda row: row.user,
}


def _sorted(rows: list[RunRow], query: RunQuery) -> list[RunRow]:
    """In the order of the statements in `metadata.sql`."""
    rows.sort(key=lambda row: row.flow)
    if query.order in (RunOrder.FLOW, RunOrder.USER):
        rows.sort(key=lambda row: (row.created_at, row.run_id), reverse=True)
    rows.sort(key=_KEYS[query.order], reverse=not query.ascending)
    return rows


def _absent_first(value: float | None) -> tuple[bool, float]:
    return value is not None, value or 0.0
