"""What to do after an attempt ended: a pure function of the step's decorators and the failure."""

from enum import StrEnum
from typing import NamedTuple

from headwater.records.decorators import Catch, Retry, find_decorator
from headwater.records.step import StepSpec
from headwater.records.task import FailureKind, TaskRecord, TaskSpec

#: Ends that came from outside: they say nothing about the task, so they are no reason to try it again.
NOT_THE_TASKS = frozenset({FailureKind.CANCELLED, FailureKind.INTERRUPTED, FailureKind.HOST_LOST})


class DecisionKind(StrEnum):
    """What is to be done about an ended attempt."""

    FOLLOW = "follow"  # it succeeded or was caught; what follows has been made ready
    RETRY = "retry"  # the next attempt is due at `due_at`
    CATCH = "catch"  # write the caught record of each of `specs`, and call `done` with it
    FAIL = "fail"  # it failed for good
    WAIT = "wait"  # a gang member that waits for its mates
    GANG_COMPLETE = "gang-complete"  # every member succeeded: publish the records of `specs`


class Decision(NamedTuple):
    """The answer to an ended attempt. `specs` are the attempts it speaks about: one, or the members of a gang."""

    kind: DecisionKind
    specs: tuple[TaskSpec, ...]
    due_at: float = 0.0  # of a RETRY, on the caller's clock
    cause: TaskRecord | None = None  # the failure that decided: in a gang, the member's that took the others along

    @property
    def spec(self) -> TaskSpec:
        return self.specs[0]


class RetryPolicy(NamedTuple):
    """How often a step's failed attempts are tried again."""

    times: int = 0
    pause_s: float = 0.0
    catches: bool = False

    @classmethod
    def of(cls, step: StepSpec) -> "RetryPolicy":
        retry = find_decorator(step.decorators, Retry) or Retry(times=0)
        catches = find_decorator(step.decorators, Catch) is not None
        return cls(retry.times, 60.0 * retry.minutes_between_retries, catches)

    def is_last(self, attempt: int) -> bool:
        return attempt >= self.times

    def decide(self, attempt: int, failure: FailureKind) -> DecisionKind:
        """RETRY, CATCH or FAIL."""
        if failure in NOT_THE_TASKS:
            return DecisionKind.FAIL
        if not self.is_last(attempt):
            return DecisionKind.RETRY
        return DecisionKind.CATCH if self.catches else DecisionKind.FAIL


def failure_kind(record: TaskRecord) -> FailureKind:
    """Why a record failed; INTERNAL for one that does not say."""
    return record.failure.kind if record.failure is not None else FailureKind.INTERNAL
