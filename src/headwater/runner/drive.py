"""Drives a run that was claimed: the scheduler's loop over an executor, from the first task to the last."""

import os
import sys
import time
from collections.abc import Sequence
from contextlib import suppress

from headwater.errors import StorageError
from headwater.executors.base import Executor
from headwater.executors.inline import InlineExecutor
from headwater.executors.local import LocalExecutor
from headwater.executors.machine import detect_machine
from headwater.executors.secrets import SecretsExecutor
from headwater.hosts.client import ForkHost
from headwater.hosts.inline import InlineHost
from headwater.metadata.base import Metadata
from headwater.records.base import encode
from headwater.records.decorators import find_decorator
from headwater.records.log import LogLine
from headwater.records.run import RunEnd, RunOutcome, RunRecord
from headwater.records.secrets import Secrets
from headwater.records.task import TaskSpec
from headwater.runner.options import OnFailure
from headwater.runner.plan import RunPlan
from headwater.scheduler.events import Listener, Notice, TaskOutput, TaskStarted
from headwater.scheduler.interrupts import Interrupts
from headwater.scheduler.journal import Journal
from headwater.scheduler.loop import Loop, LoopOptions
from headwater.scheduler.origin import Origin
from headwater.scheduler.state import RunState
from headwater.storage import layout
from headwater.storage.base import Storage
from headwater.storage.liveness import RunLock
from headwater.vault.steps import StepSecrets
from headwater.worker.workplace import Workplace


def make_state(plan: RunPlan, run: RunRecord, origin: Origin | None) -> RunState:
    """Where the run stands before its first task."""
    steps = {spec.step: spec for spec in plan.steps}
    return RunState(plan.graph, steps, run.flow, run.run_id, origin, _keeps_going(plan))


class Drive:
    """One run on its way."""

    def __init__(self, plan: RunPlan, run: RunRecord, storage: Storage, index: Metadata, listener: Listener) -> None:
        self._plan = plan
        self._run = run
        self._storage = storage
        self._index = index
        self._listener = listener

    def to_the_end(
        self, state: RunState, host: ForkHost | InlineHost | None, lock: RunLock, interrupts: Interrupts
    ) -> RunEnd:
        """Run what there is to run; the caller writes the end that is returned."""
        plan, run = self._plan, self._run
        with open_executor(plan, self._storage, self._listener, host, lock) as executor:
            interrupts.last_resort = executor.abandon
            executor.open(run)
            place = Workplace(plan.flow, run, {spec.step: spec for spec in plan.steps}, self._storage.url)
            journal = Journal(place, self._storage, self._index, self._notice)
            options = LoopOptions(keep_going=_keeps_going(plan), grace_s=plan.options.grace_s)
            return self._walk(Loop(state, executor, journal, self._listener, interrupts, options))

    def _walk(self, loop: Loop) -> RunEnd:
        """Run to the end; a run that Headwater itself breaks has an end too, which says so."""
        try:
            return loop.run()
        except BaseException as exc:
            message = f"The run was given up: {type(exc).__name__}: {exc}"
            end = RunEnd(outcome=RunOutcome.FAILED, ended_at=time.time(), message=message)
            with suppress(StorageError):  # what broke the run may keep us from saying so
                self._storage.create(layout.run_end(self._run.flow, self._run.run_id), encode(end))
                self._index.end_run(self._run.flow, self._run.run_id, end)
            raise

    def _notice(self, text: str) -> None:
        self._listener(Notice(text))


def open_executor(
    plan: RunPlan, storage: Storage, listener: Listener, host: ForkHost | InlineHost | None, lock: RunLock
) -> Executor:
    """What runs the attempts of a plan on this machine, gives them their secrets, and tells what they print."""
    executor = _open_local(plan, storage, listener, host, lock)
    if not any(find_decorator(spec.decorators, Secrets) for spec in plan.steps):
        return executor
    backend, role = plan.settings.secrets_backend, plan.settings.secrets_role
    secrets = StepSecrets(backend, role, os.environ, lambda text: listener(Notice(text)))
    return SecretsExecutor(executor, secrets, lambda spec: listener(TaskStarted(spec, time.time())))


def _open_local(
    plan: RunPlan, storage: Storage, listener: Listener, host: ForkHost | InlineHost | None, lock: RunLock
) -> Executor:
    def start(spec: TaskSpec) -> None:
        listener(TaskStarted(spec, time.time()))

    def output(spec: TaskSpec, lines: Sequence[LogLine]) -> None:
        listener(TaskOutput(spec, tuple(lines)))

    if isinstance(host, InlineHost):
        return InlineExecutor(storage, host, start)
    options = plan.options
    return LocalExecutor(
        storage=storage,
        flow_file=str(plan.file),
        class_name=plan.graph.name,
        host=host,
        max_workers=options.max_workers,
        listener=output,
        lock_fd=lock.fd,
        machine=detect_machine(os.environ),
        environ=os.environ,
        max_log_bytes=options.max_log_bytes,
        grace_s=options.grace_s,
        deadlock_s=options.deadlock_s,
        notice=lambda text: listener(Notice(text)),
        starts=start,
        module_path=sys.path if plan.embedded else (),
    )


def _keeps_going(plan: RunPlan) -> bool:
    return plan.options.on_failure is OnFailure.FINISH
