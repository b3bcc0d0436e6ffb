"""Runs made by hand: documents written to a storage as a driver and its workers would write them."""

from collections.abc import Iterable, Mapping
from typing import Any

from headwater.artifacts.store import ArtifactStore, InlineBudget
from headwater.records.artifact import ArtifactRef, Inherited
from headwater.records.base import encode
from headwater.records.graph import Node, NodeKind
from headwater.records.log import Stream, format_row, format_trailer
from headwater.records.run import Code, OriginRecord, RunEnd, RunOutcome, RunRecord
from headwater.records.step import StepSpec
from headwater.records.task import Failure, FailureKind, Gang, Outcome, TaskRange, TaskRecord, Transition
from headwater.storage import layout
from headwater.storage.base import Storage

LINEAR = (
    Node(name="start", kind=NodeKind.LINEAR, targets=("end",)),
    Node(name="end", kind=NodeKind.END),
)
FOREACH = (
    Node(name="start", kind=NodeKind.FOREACH, targets=("train",), foreach="items"),
    Node(name="train", kind=NodeKind.LINEAR, targets=("join",)),
    Node(name="join", kind=NodeKind.LINEAR, targets=("end",), join=True),
    Node(name="end", kind=NodeKind.END),
)


class RunOnPaper:
    """One run whose documents are written one by one."""

    def __init__(
        self,
        storage: Storage,
        run_id: str = "1",
        flow: str = "PaperFlow",
        user: str = "ann",
        created_at: float = 1000.0,
        nodes: tuple[Node, ...] = LINEAR,
        depths: Mapping[str, int] | None = None,
        parameters: Mapping[str, Any] | None = None,
        tags: tuple[str, ...] = (),
        origin_run_id: str | None = None,
        code: Code | None = None,
    ) -> None:
        self.storage = storage
        self.store = ArtifactStore(storage)
        self.flow = flow
        self.run_id = run_id
        budget = InlineBudget()
        self.record = RunRecord(
            flow=flow,
            run_id=run_id,
            user=user,
            created_at=created_at,
            nodes=nodes,
            steps=tuple(
                StepSpec(flow=flow, step=node.name, file="", module="", depth=(depths or {}).get(node.name, 0))
                for node in nodes
            ),
            parameters={name: self.store.save(name, value, budget) for name, value in (parameters or {}).items()},
            tags=tags,
            origin_run_id=origin_run_id,
            code=code or Code(),
        )
        storage.create(layout.run_record(flow, run_id), encode(self.record))

    def task(
        self,
        step: str = "start",
        task_id: str = "0",
        attempt: int = 0,
        outcome: Outcome = Outcome.SUCCEEDED,
        values: Mapping[str, Any] | None = None,
        inherited: tuple[Inherited, ...] = (),
        inputs: tuple[TaskRange, ...] = (),
        transition: Transition | None = None,
        failure: Failure | None = None,
        gang: Gang | None = None,
        provisional: bool = False,
        started_at: float = 1001.0,
        ended_at: float = 1002.0,
    ) -> TaskRecord:
        """Write one attempt; `provisional`: a gang member's own success."""
        if failure is None and outcome is not Outcome.SUCCEEDED:
            failure = Failure(
                kind=FailureKind.EXCEPTION, message="it broke", type="ValueError", traceback="Traceback: it broke"
            )
        budget = InlineBudget()
        artifacts: dict[str, ArtifactRef] = {
            name: self.store.save(name, value, budget) for name, value in (values or {}).items()
        }
        record = TaskRecord(
            flow=self.flow,
            run_id=self.run_id,
            step=step,
            task_id=task_id,
            attempt=attempt,
            outcome=outcome,
            started_at=started_at,
            ended_at=ended_at,
            inputs=inputs,
            transition=transition,
            artifacts=artifacts,
            inherited=inherited,
            failure=failure,
            gang=gang,
        )
        place = (self.flow, self.run_id, step, task_id)
        own_file = provisional or outcome is Outcome.FAILED
        key = layout.attempt(*place, attempt) if own_file else layout.task(*place)
        self.storage.create(key, encode(record))
        return record

    def log(
        self, rows: Iterable[tuple[Stream, bytes]], step: str = "start", task_id: str = "0", attempt: int = 0
    ) -> None:
        """Write a whole log of complete lines."""
        lines = list(rows)
        text = b"".join(format_row(stream, 1001.5, payload) for stream, payload in lines)
        trailer = format_trailer(1002.0, len(lines), sum(len(payload) for _, payload in lines))
        self.storage.create(layout.log(self.flow, self.run_id, step, task_id, attempt), text + trailer)

    def origin(self, taken: tuple[TaskRange, ...], number: int = 0) -> OriginRecord:
        """Write what the run took over."""
        record = OriginRecord(origin_run_id=self.record.origin_run_id or taken[0].run_id, taken=taken)
        self.storage.create(layout.origin(self.flow, self.run_id, number), encode(record))
        return record

    def end(
        self, outcome: RunOutcome = RunOutcome.SUCCEEDED, ended_at: float = 1010.0, failed: tuple[str, ...] = ()
    ) -> RunEnd:
        """Write how it ended."""
        record = RunEnd(outcome=outcome, ended_at=ended_at, failed=failed)
        self.storage.create(layout.run_end(self.flow, self.run_id), encode(record))
        return record
