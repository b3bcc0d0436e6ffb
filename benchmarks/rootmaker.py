"""Makes a root as years of use leave it: runs and tasks of several flows, written with the real records and index.

Three flows: `Hello` (two tasks a run), `Training` (a foreach of some width) and `Sweep` (a foreach of a thousand).
Among their runs are failed, interrupted, lost and resumed ones, of three users, with tags, parameters, attempts that
failed, and blobs: some that many runs share, some of one run alone. Equal arguments make equal roots.
"""

import os
import time
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import msgspec

from headwater.artifacts.store import ArtifactStore, InlineBudget
from headwater.metadata.base import RunDocuments
from headwater.metadata.index import Index
from headwater.metadata.rebuild import measure_files
from headwater.records.artifact import ArtifactRef, Inherited
from headwater.records.base import Document, encode
from headwater.records.decorators import Retry
from headwater.records.graph import Node, NodeKind
from headwater.records.log import Stream, format_row, format_trailer
from headwater.records.run import Code, Interpreter, OriginRecord, RunEnd, RunOutcome, RunRecord
from headwater.records.step import StepSpec
from headwater.records.tags import TagsRecord
from headwater.records.task import (
    CodeFrame,
    Failure,
    FailureKind,
    Outcome,
    SplitFrame,
    TaskRange,
    TaskRecord,
    Transition,
    Usage,
)
from headwater.storage import layout
from headwater.storage.local import LocalStorage

RUNS, TASKS = 1_000, 200_000
SWEEP_WIDTH = 1_000
HOUR_S = 3_600
USERS = ("ann", "bob", "eve")
DATASETS = ("2012", "2013", "2014", "2015")
_DISTRIBUTIONS = ("click-8.1.7", "numpy-2.1.0", "pandas-2.2.3", "scikit_learn-1.5.2")


class Made(NamedTuple):
    """What a root holds, and which runs of it are worth a look."""

    root: Path
    runs: int
    tasks: int
    sweep: str  # pathspecs of the newest runs that succeeded
    training: str
    earlier: str  # a Training run before it
    resumed: str
    failed: str
    lost: str


class _Plan(NamedTuple):
    """One run to be written."""

    flow: str
    number: int
    created_at: float
    width: int  # of the foreach; 0: none
    outcome: RunOutcome | None  # None: lost
    origin: "_Plan | None" = None

    @property
    def run_id(self) -> str:
        return str(int(self.created_at * 1_000_000))

    @property
    def pathspec(self) -> str:
        return f"{self.flow}/{self.run_id}"

    @property
    def user(self) -> str:
        return USERS[self.number % 3]


def make_root(root: Path, runs: int = RUNS, tasks: int = TASKS, until: float | None = None) -> Made:
    """Write a root of about so many tasks; the newest run began before `until`, by default now."""
    plans = _plan(runs, tasks, time.time() if until is None else until)
    storage = LocalStorage(root)
    storage.prepare("index.db")
    writer = _Writer(storage)
    written = 0
    with Index(root / "index.db") as index:
        for plan in plans:
            documents = writer.write(plan)
            index.add_documents(documents)
            if documents.end is not None:
                index.set_files(plan.flow, plan.run_id, measure_files(storage, plan.flow, plan.run_id))
            written += len(documents.tasks)

    def newest(flow: str, outcome: RunOutcome | None, resumed: bool = False, skip: int = 0) -> str:
        alike = [
            plan for plan in plans if (plan.flow, plan.outcome, plan.origin is not None) == (flow, outcome, resumed)
        ]
        return alike[-1 - skip].pathspec if len(alike) > skip else ""

    succeeded = RunOutcome.SUCCEEDED
    return Made(
        root=root,
        runs=len(plans),
        tasks=written,
        sweep=newest("Sweep", succeeded),
        training=newest("Training", succeeded),
        earlier=newest("Training", succeeded, skip=1),
        resumed=newest("Training", succeeded, resumed=True),
        failed=newest("Training", RunOutcome.FAILED),
        lost=newest("Training", None),
    )


def _plan(runs: int, tasks: int, until: float) -> list[_Plan]:
    plans: list[_Plan] = []
    to_resume: _Plan | None = None
    for number in range(runs):
        created_at = until - (runs - number) * HOUR_S
        flow = {0: "Sweep", 1: "Hello", 2: "Hello"}.get(number % 10, "Training")
        plan = _Plan(flow, number, created_at, 0, RunOutcome.SUCCEEDED)
        if flow == "Training":
            ends = {33: RunOutcome.INTERRUPTED, 66: None}
            plan = plan._replace(outcome=ends.get(number % 100, RunOutcome.SUCCEEDED))
            if number % 20 == 7:
                to_resume = plan = plan._replace(outcome=RunOutcome.FAILED)
            elif to_resume is not None:
                plan, to_resume = plan._replace(outcome=RunOutcome.SUCCEEDED, origin=to_resume), None
        plans.append(plan)
    return _widen(plans, tasks)


def _widen(plans: list[_Plan], tasks: int) -> list[_Plan]:
    """Give the sweeps about half of all tasks, and the other wide runs the rest."""
    sweeps = sum(plan.flow == "Sweep" for plan in plans)
    widths = {"Sweep": min(SWEEP_WIDTH, max(2, tasks // 2 // max(sweeps, 1))), "Hello": 0}
    # A resumed run executes none of the items itself, a run that was cut off half of them.
    shares = sum(_share(plan) for plan in plans if plan.flow == "Training")
    rest = tasks - sweeps * (widths["Sweep"] + 3) - 3 * (len(plans) - sweeps)
    widths["Training"] = max(2, round(rest / max(shares, 1)))
    return [plan._replace(width=widths[plan.flow]) for plan in plans]


def _share(plan: _Plan) -> float:
    if plan.origin is not None:
        return 0.0
    return 0.5 if plan.outcome in (None, RunOutcome.INTERRUPTED) else 1.0


class _Writer:
    """Writes runs below one root."""

    def __init__(self, storage: LocalStorage) -> None:
        self._storage = storage
        self._store = ArtifactStore(storage)
        self._ref = cache(self._save)  # equal values are serialized once
        self._interpreter = Interpreter(
            python="3.12.4",
            implementation="cpython",
            platform="linux-x86_64",
            headwater="0.1.0",
            distributions=self._store.save_blob(msgspec.json.encode(_DISTRIBUTIONS)),
        )

    def write(self, plan: _Plan) -> RunDocuments:
        run = self._run_record(plan)
        self._put(layout.run_record(plan.flow, plan.run_id), run)
        self._storage.prepare(layout.alive(plan.flow, plan.run_id)).touch()
        tags = self._tags(plan)
        origins = [_taken_over(plan)] if plan.origin else []
        for number, origin in enumerate(origins):
            self._put(layout.origin(plan.flow, plan.run_id, number), origin)
        tasks = list(self._tasks(plan))
        self._put_tasks(plan, tasks)
        end = _end(plan)
        if end is not None:
            self._put(layout.run_end(plan.flow, plan.run_id), end)
        return RunDocuments(plan.flow, plan.run_id, run, origins, tags, tasks, end)

    def _save(self, name: str, value: Any) -> ArtifactRef:
        return self._store.save(name, value, InlineBudget())

    def _run_record(self, plan: _Plan) -> RunRecord:
        nodes = _nodes(plan)
        parameters = {
            "alpha": plan.number % 20 / 20,
            "epochs": 10 + plan.number % 3,
            "dataset": DATASETS[plan.number % len(DATASETS)],
        }
        return RunRecord(
            flow=plan.flow,
            run_id=plan.run_id,
            user=plan.user,
            created_at=plan.created_at,
            host_name="laptop",
            file=f"/home/{plan.user}/{plan.flow.lower()}.py",
            nodes=nodes,
            steps=tuple(
                StepSpec(
                    flow=plan.flow,
                    step=node.name,
                    file=f"/home/{plan.user}/{plan.flow.lower()}.py",
                    module=plan.flow.lower(),
                    join=node.join,
                    depth=int(node.name == "work"),
                    decorators=node.decorators,
                )
                for node in nodes
            ),
            parameters={name: self._ref(name, value) for name, value in parameters.items()},
            code=self._code(plan),
            interpreter=self._interpreter,
            tags=("baseline",) if plan.number % 5 == 0 else (),
            system_tags=(f"user:{plan.user}",),
            namespace=f"user:{plan.user}",
            origin_run_id=plan.origin.run_id if plan.origin else None,
        )

    def _code(self, plan: _Plan) -> Code:
        """A new version of the flow's file every hundred runs."""
        name = f"{plan.flow.lower()}.py"
        blob = self._store.save_blob(f"# version {plan.number // 100} of {name}\n".encode())
        manifest = self._store.save_blob(msgspec.json.encode([[name, blob.hash, blob.size, blob.encoding]]))
        return Code(manifest=manifest, script=name, git_commit=f"{plan.number // 100:040x}", git_dirty=False)

    def _tags(self, plan: _Plan) -> TagsRecord | None:
        if plan.number % 25:
            return None
        tags = TagsRecord(number=1, tags=("keep", f"week-{plan.number // 168}"), user=plan.user)
        self._put(layout.tags(plan.flow, plan.run_id, 1), tags)
        return tags

    def _tasks(self, plan: _Plan) -> Iterator[TaskRecord]:
        """The tasks that the run executed itself."""
        if not plan.width:
            yield self._task(plan, "start", artifacts={"greeting": self._ref("greeting", f"hello {plan.number}")})
            yield self._task(plan, "end", after=("start", 1))
            return
        taken = _taken_width(plan)
        if not taken:
            yield self._start(plan)
        for index in range(taken, plan.width):
            if plan.outcome in (None, RunOutcome.INTERRUPTED) and index >= plan.width // 2:
                return
            yield from self._item(plan, index)
        if plan.outcome is RunOutcome.FAILED:
            yield self._failed(plan, "choose", "0", 0)
            return
        yield self._choose(plan)
        yield self._task(
            plan, "end", after=("choose", 1), seconds=3.0, inherited=_from(plan, "choose", "best", "model")
        )

    def _start(self, plan: _Plan) -> TaskRecord:
        data = _content(f"dataset {plan.number % 20}", 32 << 10)  # shared by every twentieth run
        return self._task(
            plan,
            "start",
            artifacts={"data": self._save("data", data), "grid": self._ref("grid", tuple(range(plan.width)))},
            transition=Transition(steps=("work",), splits=plan.width),
        )

    def _item(self, plan: _Plan, index: int) -> Iterator[TaskRecord]:
        attempt = int(index % 500 == 3)
        if attempt:
            yield self._failed(plan, "work", str(index), 0)
        score = (index * 7919 + plan.number) % 1000 / 1000
        yield self._task(
            plan,
            "work",
            str(index),
            attempt=attempt,
            after=("start", 1),
            seconds=1.0 + index % 7 / 10,
            artifacts={"score": self._ref("score", score), "depth": self._ref("depth", index % 12)},
            inherited=_from(plan, "start", "data", "grid"),
            frames=_frames(plan, index),
            transition=Transition(steps=("choose",)),
        )

    def _choose(self, plan: _Plan) -> TaskRecord:
        model = _content(f"model {plan.number}", 8 << 10)  # of this run alone
        return self._task(
            plan,
            "choose",
            after=("work", plan.width),
            seconds=2.5,
            artifacts={"model": self._save("model", model), "best": self._ref("best", plan.number % 977 / 1000)},
            inherited=_from(plan, "start", "data"),
            transition=Transition(steps=("end",)),
        )

    def _task(
        self,
        plan: _Plan,
        step: str,
        task_id: str = "0",
        *,
        attempt: int = 0,
        after: tuple[str, int] | None = None,
        seconds: float = 0.5,
        **facts: Any,
    ) -> TaskRecord:
        begin = plan.created_at + {"start": 1, "work": 5, "choose": 400, "end": 410}[step]
        inputs = (TaskRange(run_id=plan.run_id, step=after[0], first="0", count=after[1]),) if after else ()
        return TaskRecord(
            flow=plan.flow,
            run_id=plan.run_id,
            step=step,
            task_id=task_id,
            attempt=attempt,
            outcome=facts.pop("outcome", Outcome.SUCCEEDED),
            started_at=begin,
            ended_at=begin + seconds,
            host_name="laptop",
            pid=4000 + plan.number,
            inputs=inputs,
            usage=Usage(cpu_s=seconds * 0.9, peak_memory=64 << 20),
            **facts,
        )

    def _failed(self, plan: _Plan, step: str, task_id: str, attempt: int) -> TaskRecord:
        frame = CodeFrame(file=f"/home/{plan.user}/training.py", line=17, function=step, source="self.best = 1 / 0")
        failure = Failure(
            kind=FailureKind.EXCEPTION,
            message="ZeroDivisionError: division by zero",
            type="ZeroDivisionError",
            frames=(frame,),
            traceback="Traceback (most recent call last):\n  ...\nZeroDivisionError: division by zero\n",
        )
        return self._task(plan, step, task_id, attempt=attempt, outcome=Outcome.FAILED, failure=failure)

    def _put(self, key: str, document: Document) -> None:
        self._storage.create(key, encode(document))

    def _put_tasks(self, plan: _Plan, tasks: Iterable[TaskRecord]) -> None:
        """As `create` leaves them, in a fraction of the time: nobody reads this root yet."""
        for step in ("start", "work", "choose", "end"):
            self._storage.prepare(layout.task(plan.flow, plan.run_id, step, "0"))
            self._storage.prepare(layout.log(plan.flow, plan.run_id, step, "0", 0))
        root = f"{self._storage.url}/"
        for task in tasks:
            place = (task.flow, task.run_id, task.step, task.task_id)
            failed = task.outcome is Outcome.FAILED
            _write(root + (layout.attempt(*place, task.attempt) if failed else layout.task(*place)), encode(task))
            if task.step != "work":
                _write(root + layout.log(*place, task.attempt), _log(task))


def _nodes(plan: _Plan) -> tuple[Node, ...]:
    if not plan.width:
        return (Node(name="start", kind=NodeKind.LINEAR, targets=("end",)), Node(name="end", kind=NodeKind.END))
    return (
        Node(name="start", kind=NodeKind.FOREACH, targets=("work",), foreach="grid"),
        Node(name="work", kind=NodeKind.LINEAR, targets=("choose",), decorators=(Retry(times=1),)),
        Node(name="choose", kind=NodeKind.LINEAR, targets=("end",), join=True),
        Node(name="end", kind=NodeKind.END),
    )


def _taken_width(plan: _Plan) -> int:
    """Of a resumed run: the tasks of `work` that its origin had done."""
    return plan.width if plan.origin else 0


def _taken_over(plan: _Plan) -> OriginRecord:
    assert plan.origin is not None
    origin = plan.origin.run_id
    return OriginRecord(
        origin_run_id=origin,
        taken=(
            TaskRange(run_id=origin, step="start", first="0"),
            TaskRange(run_id=origin, step="work", first="0", count=_taken_width(plan)),
        ),
    )


def _executed_by(plan: _Plan, step: str) -> str:
    """The run that executed a step of a run."""
    return plan.origin.run_id if plan.origin and step in ("start", "work") else plan.run_id


def _from(plan: _Plan, step: str, *names: str) -> tuple[Inherited, ...]:
    return (Inherited(run_id=_executed_by(plan, step), step=step, task_id="0", names=names),)


def _frames(plan: _Plan, index: int) -> tuple[SplitFrame, ...]:
    run_id = _executed_by(plan, "start")
    return (SplitFrame(run_id=run_id, step="start", task_id="0", index=index, count=plan.width, variable="grid"),)


def _end(plan: _Plan) -> RunEnd | None:
    if plan.outcome is None:
        return None
    failed = (f"{plan.pathspec}/choose/0",) if plan.outcome is RunOutcome.FAILED else ()
    message = "choose/0 failed: ZeroDivisionError: division by zero" if failed else ""
    return RunEnd(outcome=plan.outcome, ended_at=plan.created_at + 420, message=message, failed=failed)


def _content(seed: str, size: int) -> bytes:
    """Bytes that differ from seed to seed."""
    line = f"{seed}\n".encode()
    return (line * (size // len(line) + 1))[:size]


def _log(task: TaskRecord) -> bytes:
    text = f"{task.step} of {task.run_id}".encode()
    return format_row(Stream.STDOUT, task.started_at, text) + format_trailer(task.ended_at, 1, len(text))


def _write(path: str, data: bytes) -> None:
    fd = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o644)
    try:
        os.write(fd, data)
    finally:
        os.close(fd)
