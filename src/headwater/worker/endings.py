"""Records for attempts that left none: their process died, or was ended."""

import msgspec

from headwater.artifacts.store import ArtifactStore, InlineBudget
from headwater.artifacts.view import group_by_owner
from headwater.errors import FailureHandledByCatch
from headwater.records.decorators import Catch, find_decorator
from headwater.records.task import Failure, Outcome, TaskRecord
from headwater.storage.base import Storage
from headwater.worker.state import StepState
from headwater.worker.transition import static_transition
from headwater.worker.workplace import Attempt


def failed_record(attempt: Attempt, failure: Failure, started_at: float, ended_at: float, pid: int = 0) -> TaskRecord:
    """The failed attempt as whoever watched it can tell it."""
    spec = attempt.spec
    return TaskRecord(
        flow=spec.flow,
        run_id=spec.run_id,
        step=spec.step,
        task_id=spec.task_id,
        attempt=spec.attempt,
        outcome=Outcome.FAILED,
        started_at=started_at,
        ended_at=ended_at,
        pid=pid,
        inputs=spec.inputs,
        frames=spec.frames,
        failure=failure,
        gang=spec.gang,
    )


def caught_record(attempt: Attempt, failed: TaskRecord, storage: Storage) -> TaskRecord:
    """What `@catch` makes of an attempt whose process died: parents' artifacts, the reason, the static transition."""
    state = StepState(attempt, storage, ArtifactStore(storage))
    catch, failure = find_decorator(attempt.step.decorators, Catch), failed.failure
    assert catch is not None
    assert failure is not None
    artifacts = {}
    if catch.var is not None:
        state.forget(catch.var)
        value = FailureHandledByCatch(failure.message)
        artifacts[catch.var] = ArtifactStore(storage).save(catch.var, value, InlineBudget())
    return msgspec.structs.replace(
        failed,
        outcome=Outcome.CAUGHT,
        artifacts=artifacts,
        inherited=group_by_owner(state.carried),
        transition=static_transition(attempt.node),
    )
