"""Events made by hand, and a place to read what a view wrote."""

import io
from typing import Any

import pytest

from headwater.cli.streams import Sink
from headwater.records.log import LogLine, Stream
from headwater.records.run import RunEnd, RunOutcome, RunRecord
from headwater.records.step import StepSpec
from headwater.records.task import (
    Cause,
    CodeFrame,
    Failure,
    FailureKind,
    Outcome,
    SeenInput,
    TaskRange,
    TaskRecord,
    TaskSpec,
)
from headwater.scheduler.events import (
    RunEnded,
    RunStarted,
    TaskEnded,
    TaskFailed,
    TaskOutput,
    TaskRetried,
    TasksAdded,
    TaskStarted,
)


class Screen:
    """Both streams, as bytes."""

    def __init__(self) -> None:
        self._streams = [io.TextIOWrapper(io.BytesIO(), encoding="utf-8") for _ in range(2)]
        self.stdout, self.stderr = map(Sink, self._streams)

    @property
    def out(self) -> str:
        return self._read(0)

    @property
    def err(self) -> str:
        return self._read(1)

    def _read(self, number: int) -> str:
        buffer = self._streams[number].buffer
        assert isinstance(buffer, io.BytesIO)
        return buffer.getvalue().decode()


class Happenings:
    """Events of a run of `Demo`, which began at 1000.0."""

    run = RunRecord(
        flow="Demo",
        run_id="17",
        user="ada",
        created_at=1000.0,
        steps=(
            StepSpec(flow="Demo", step="start", file="demo.py", module="demo"),
            StepSpec(flow="Demo", step="train", file="demo.py", module="demo", depth=1),
            StepSpec(flow="Demo", step="tune", file="demo.py", module="demo", depth=1),
            StepSpec(flow="Demo", step="end", file="demo.py", module="demo"),
        ),
    )

    def run_started(self, taken: tuple[TaskRange, ...] = (), origin: str | None = None) -> RunStarted:
        run = RunRecord(
            flow="Demo", run_id="17", user="ada", created_at=1000.0, steps=self.run.steps, origin_run_id=origin
        )
        return RunStarted(run, sum(one.count for one in taken), taken)

    def added(self, step: str, known: int) -> TasksAdded:
        return TasksAdded(step, known)

    def spec(self, step: str, task_id: str = "0", attempt: int = 0) -> TaskSpec:
        return TaskSpec(flow="Demo", run_id="17", step=step, task_id=task_id, attempt=attempt)

    def started(self, step: str, task_id: str = "0", at: float = 1000.0) -> TaskStarted:
        return TaskStarted(self.spec(step, task_id), at)

    def printed(self, step: str, task_id: str, *pieces: str, stream: Stream = Stream.STDOUT) -> TaskOutput:
        """A piece that ends with a newline is a whole line."""
        lines = (LogLine(stream, 1000.0, piece.removesuffix("\n").encode(), piece.endswith("\n")) for piece in pieces)
        return TaskOutput(self.spec(step, task_id), tuple(lines))

    def ended(self, step: str, task_id: str = "0", at: float = 1001.0) -> TaskEnded:
        return TaskEnded(self.record(step, task_id, ended_at=at))

    def failed(self, step: str, task_id: str = "0", failure: Failure | None = None) -> TaskFailed:
        return TaskFailed(self.record(step, task_id, outcome=Outcome.FAILED, failure=failure or self.failure()))

    def retried(self, step: str, task_id: str = "0", due_at: float = 0.0) -> TaskRetried:
        return TaskRetried(self.spec(step, task_id), self.failure(), due_at)

    def run_ended(
        self, outcome: RunOutcome = RunOutcome.SUCCEEDED, failed: tuple[str, ...] = (), command: str = ""
    ) -> RunEnded:
        return RunEnded(self.run, RunEnd(outcome=outcome, ended_at=1012.0, failed=failed), command)

    def record(self, step: str, task_id: str = "0", **fields: Any) -> TaskRecord:
        known: dict[str, Any] = {"attempt": 0, "outcome": Outcome.SUCCEEDED, "started_at": 1000.0, "ended_at": 1001.0}
        return TaskRecord(flow="Demo", run_id="17", step=step, task_id=task_id, **{**known, **fields})

    def failure(self, message: str = "ValueError: no *stars* [red]here[/red]") -> Failure:
        return Failure(
            kind=FailureKind.EXCEPTION,
            message=message,
            remedy="Try another value.",
            type="ValueError",
            frames=(
                CodeFrame(
                    file="demo.py",
                    line=12,
                    function="train",
                    source="self.y = f(*self.args)",
                    column=9,
                    end_column=22,
                ),
                CodeFrame(file="/lib/numpy.py", line=3, function="inner", source="raise x", author=False),
            ),
            traceback="Traceback (most recent call last):\n  all of it",
            notes=("of 3 columns",),
            causes=(
                Cause(
                    relation="cause",
                    message="KeyError: 'y'",
                    type="KeyError",
                    frames=(CodeFrame(file="demo.py", line=7, function="f", source='table["y"]'),),
                ),
            ),
            inputs=(SeenInput(name="alpha", type="builtins.float", summary={"value": 0.1}),),
        )


@pytest.fixture
def screen() -> Screen:
    return Screen()


@pytest.fixture
def happen() -> Happenings:
    return Happenings()
