"""What happens in a run, as values: what the terminal, `--json` and Python callers are told."""

from collections.abc import Callable
from typing import NamedTuple

from headwater.records.log import LogLine, Stream
from headwater.records.run import RunEnd, RunRecord
from headwater.records.task import Failure, TaskRange, TaskRecord, TaskSpec


class RunStarted(NamedTuple):
    """The run's record is in storage; tasks begin."""

    run: RunRecord
    taken_over: int  # tasks of the origin that will not run again
    taken: tuple[TaskRange, ...] = ()  # which they are


class TasksAdded(NamedTuple):
    """The number of tasks known of a step grew."""

    step: str
    known: int


class TaskStarted(NamedTuple):
    """An attempt was handed to the executor."""

    spec: TaskSpec
    at: float


class TaskOutput(NamedTuple):
    """What an attempt printed since the last time."""

    spec: TaskSpec
    lines: tuple[LogLine, ...]


class TaskEnded(NamedTuple):
    """An attempt succeeded or was caught."""

    record: TaskRecord


class TaskRetried(NamedTuple):
    """An attempt failed and the next one is due at `due_at`."""

    spec: TaskSpec
    failure: Failure
    due_at: float


class TaskFailed(NamedTuple):
    """A task failed for good."""

    record: TaskRecord


class Notice(NamedTuple):
    """Something a person should know: a warning, why a host is spawned."""

    message: str


class HookOutput(NamedTuple):
    """A function of @exit_hook printed a line."""

    hook: str  # the function's name
    stream: Stream
    payload: bytes  # without the newline


class HookEnded(NamedTuple):
    """A function of @exit_hook has ended."""

    hook: str
    took_s: float
    problem: str  # why it did not end well; "" when it did


class RunEnded(NamedTuple):
    """The end is in storage; nothing follows."""

    run: RunRecord
    end: RunEnd
    resume_command: str  # "" when there is nothing to resume


Event = (
    RunStarted
    | TasksAdded
    | TaskStarted
    | TaskOutput
    | TaskEnded
    | TaskRetried
    | TaskFailed
    | Notice
    | HookOutput
    | HookEnded
    | RunEnded
)
Listener = Callable[[Event], None]
