"""One attempt of one task, from its inputs to its commit.

read the parent's record ─► bind the flow ─► wrappers(step) ─► transition, outputs ─► put-if-absent
                                                  │
                                                  └─ exception ─► partial outputs ─► record of the failed attempt
"""

import os
import socket
import sys
import time
from collections.abc import Callable
from typing import Any

from headwater.artifacts.store import ArtifactStore, InlineBudget
from headwater.errors import HeadwaterError, InvalidNext, StorageError
from headwater.flow.current import CurrentTask, ParallelInfo, current
from headwater.flow.inputs import Inputs
from headwater.flow.spec import FlowSpec
from headwater.records.artifact import SplitItems
from headwater.records.base import encode
from headwater.records.task import Failure, Outcome, TaskRecord, TaskSpec, Transition
from headwater.storage import layout
from headwater.storage.base import Storage
from headwater.worker.failures import failure_of
from headwater.worker.masked import masked_record
from headwater.worker.outputs import Outputs, collect
from headwater.worker.parents import Parents
from headwater.worker.places import with_place
from headwater.worker.seen import with_inputs
from headwater.worker.state import StepState
from headwater.worker.transition import Followed, follow, static_transition
from headwater.worker.usage import measure
from headwater.worker.workplace import Attempt, Opened, Workplace
from headwater.worker.wrappers import Context, fold

EXIT_COMMITTED = 0
EXIT_FAILED = 1
EXIT_STORAGE = 74  # EX_IOERR: not even the failure could be written


#: Is shown the exception that ended a step, before the attempt's record is written.
PostMortem = Callable[[BaseException], None]


def run_attempt(place: Workplace, spec: TaskSpec, post_mortem: PostMortem | None = None) -> int:
    """Run one attempt and write its record; returns the exit code for its process."""
    attempt = Attempt.of(place, spec)
    started_at = time.time()
    try:
        with place.storage() as opened:
            return _run(attempt, opened, started_at, post_mortem)
    except StorageError as exc:
        sys.stderr.write(f"{attempt.pathspec} could not be committed: {exc}\n")
        return EXIT_STORAGE


def _run(attempt: Attempt, opened: Opened, started_at: float, post_mortem: PostMortem | None) -> int:
    storage, store = opened
    budget = InlineBudget()
    outputs, transition, items = Outputs({}, (), ()), None, None
    try:
        state = StepState(attempt, storage, store)
        flow = attempt.place.flow(use_cli=False)
    except Exception as exc:  # noqa: BLE001  a parent's record cannot be read, or the author's __init__ raises
        record = _record(attempt, Outcome.FAILED, started_at, outputs, None, None, failure_of(exc))
        return _commit(storage, masked_record(record))
    context = Context(attempt, flow)
    cards = attempt.place.cards and attempt.place.cards.open(attempt, opened, flow)
    failure: Failure | None = None
    try:
        _announce(attempt, cards and cards.current)
        _execute(attempt, flow, state, context)
        transition, items = _transition(attempt, flow, context, store, budget)
        outputs = collect(flow, state, store, budget)
    except BaseException as exc:  # noqa: BLE001  whatever ends a step, also sys.exit, is the attempt's failure
        failure = with_place(with_inputs(failure_of(exc, context.timeout_s), state), exc, attempt.node)
        outputs = _salvage(flow, state, store)
        if post_mortem is not None:
            post_mortem(exc)
    if failure is not None:
        outcome = Outcome.FAILED
        transition, items = None, None
    else:
        outcome = Outcome.CAUGHT if context.caught else Outcome.SUCCEEDED
    record = masked_record(_record(attempt, outcome, started_at, outputs, transition, items, failure or context.caught))
    if cards is None:
        return _commit(storage, record)
    code = _commit(storage, cards.render(record))
    cards.close()
    return code


def _execute(attempt: Attempt, flow: FlowSpec, state: StepState, context: Context) -> None:
    step, run = attempt.step, attempt.place.run
    arguments: tuple[Inputs, ...] = (Inputs(Parents(attempt, state.view, state.item_of, flow)),) if step.join else ()
    # A resumed run has its origin's constants, whatever the class says by now.
    constants = {name: state.load(name) for name in run.constants} if run.origin_run_id else None
    flow._hw_bind(state, constants)
    method: Callable[..., None] = getattr(flow, step.step)
    context.arguments = arguments
    fold(lambda: method(*arguments), context)()


def _transition(
    attempt: Attempt, flow: FlowSpec, context: Context, store: ArtifactStore, budget: InlineBudget
) -> Followed:
    if context.caught is None:
        return follow(flow, attempt, store, budget)
    transition = static_transition(attempt.node)
    if transition is None:  # lint refuses @catch on such a step
        raise InvalidNext(f"Step {attempt.node.name!r} failed before it said where to go. Remove its @catch.")
    return transition, None


def _salvage(flow: FlowSpec, state: StepState, store: ArtifactStore) -> Outputs:
    """What a failed attempt had set: for whoever looks for the reason."""
    try:
        return collect(flow, state, store, InlineBudget(), tolerant=True)
    except (HeadwaterError, OSError):  # the failure itself matters more
        return Outputs({}, (), ())


def _record(
    attempt: Attempt,
    outcome: Outcome,
    started_at: float,
    outputs: Outputs,
    transition: Transition | None,
    items: SplitItems | None,
    failure: Failure | None,
) -> TaskRecord:
    spec = attempt.spec
    return TaskRecord(
        flow=spec.flow,
        run_id=spec.run_id,
        step=spec.step,
        task_id=spec.task_id,
        attempt=spec.attempt,
        outcome=outcome,
        started_at=started_at,
        ended_at=time.time(),
        host_name=socket.gethostname(),
        pid=os.getpid(),
        inputs=spec.inputs,
        frames=spec.frames,
        transition=transition,
        artifacts=outputs.artifacts,
        deleted=outputs.deleted,
        inherited=outputs.inherited,
        items=items,
        failure=failure,
        usage=measure(),
        gang=spec.gang,
    )


def _commit(storage: Storage, record: TaskRecord) -> int:
    """Put the record if absent. Losing a race is no failure: the winner's record stands."""
    place = (record.flow, record.run_id, record.step, record.task_id)
    failed = record.outcome is Outcome.FAILED
    if failed or record.gang is not None:  # a gang's successes are published together, by the driver
        storage.create(layout.attempt(*place, record.attempt), encode(record))
    else:
        storage.create(layout.task(*place), encode(record))
    return EXIT_FAILED if failed else EXIT_COMMITTED


def _announce(attempt: Attempt, card: Any) -> None:
    """Fill `current`."""
    spec, run = attempt.spec, attempt.place.run
    gang = spec.gang
    current.set(
        CurrentTask(
            flow_name=spec.flow,
            run_id=spec.run_id,
            step_name=spec.step,
            task_id=spec.task_id,
            retry_count=spec.attempt,
            origin_run_id=run.origin_run_id,
            namespace=f"user:{run.user}",
            username=run.user,
            tags=frozenset(run.tags),
            parameter_names=tuple(sorted({*run.parameters, *run.configs})),
            graph=attempt.place.nodes,
            parallel=ParallelInfo(gang.main_address, gang.size, gang.index, gang.control_task_id) if gang else None,
            card=card,
            root=attempt.place.storage_url,
            project=run.project,
            triggers=run.triggers,
        )
    )
