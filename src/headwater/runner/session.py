"""One process that runs one run: it opens the root, claims the run's id, has it driven, and writes its end."""

import time
from collections.abc import Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import Any, NamedTuple

from headwater.environments.git import start_git
from headwater.errors import RunBusy, StorageError
from headwater.flow.parameter_values import resolve_parameters
from headwater.flow.parameters import parameters_of
from headwater.hosts.client import ForkHost
from headwater.hosts.inline import InlineHost
from headwater.metadata.base import Metadata
from headwater.metadata.open import open_index
from headwater.metadata.rebuild import measure_files
from headwater.records.base import encode
from headwater.records.run import OriginRecord, RunEnd, RunOutcome, RunRecord
from headwater.records.task import TaskRange
from headwater.runner.attribute_file import write_attributes
from headwater.runner.context import parameter_context
from headwater.runner.drive import Drive, make_state
from headwater.runner.hooks import Hooks, functions_for
from headwater.runner.options import RunResult
from headwater.runner.origin import find_origin
from headwater.runner.plan import RunPlan
from headwater.runner.prepare import Given, run_record, save_configs, save_constants, save_parameters
from headwater.runner.trigger_runs import find_triggers
from headwater.scheduler.events import Listener, Notice, RunEnded, RunStarted
from headwater.scheduler.interrupts import Interrupts, listening
from headwater.scheduler.origin import Origin
from headwater.scheduler.resume import read_origin
from headwater.scheduler.state import RunState
from headwater.storage import layout
from headwater.storage.base import Storage
from headwater.storage.liveness import RunLock, borrow, hold
from headwater.storage.open import open_storage


class Begun(NamedTuple):
    """A run whose first documents are written."""

    run: RunRecord
    lock: RunLock
    state: RunState
    taken: tuple[TaskRange, ...]


class Session:
    """The run of a plan, in the root that its settings name."""

    def __init__(self, plan: RunPlan, host: ForkHost | InlineHost | None, listener: Listener, stack: ExitStack) -> None:
        self._plan = plan
        self._host = host
        self._listener = listener
        self._stack = stack
        self._git = start_git(Path(plan.options.code_folder or plan.file.parent))
        stack.callback(self._git.close)
        self._storage: Storage = stack.enter_context(open_storage(plan.settings.datastore_root))
        self._index: Metadata = stack.enter_context(open_index(self._storage))
        self._index.on_trouble = self._notice

    def run(self, values: Mapping[str, Any]) -> RunResult:
        """Run from the values of the parameters."""
        with self._storage.writing():
            given = Given(
                parameters=save_parameters(self._storage, self._plan.flow, values),
                configs=save_configs(self._storage, self._plan.flow),
                constants=save_constants(self._storage, self._plan.flow, self._listener),
                project=self._plan.project(),
                triggers=find_triggers(self._plan.started_by, self._storage, self._index),
            )
            begun = self._begin(given, None)
        return self._drive(begun)

    def resume(self, origin_run_id: str | None, rerun: frozenset[str]) -> RunResult:
        """Run what the origin left undone, and the steps of `rerun`."""
        plan = self._plan
        old = find_origin(self._storage, self._index, plan.graph.name, plan.settings.user, origin_run_id)
        # Both until the documents are written that say what the new run has of the old one.
        with self._storage.writing(), self._borrow(old):
            self._seal(old)
            origin = read_origin(self._storage, old, rerun)
            added = save_parameters(self._storage, self._plan.flow, self._values_of_new_parameters(old))
            given = Given(
                parameters={**old.parameters, **added},
                configs={**save_configs(self._storage, plan.flow), **old.configs},
                constants={**save_constants(self._storage, self._plan.flow, self._listener), **old.constants},
                project=self._plan.project(old),
                triggers=find_triggers(self._plan.started_by, self._storage, self._index) or old.triggers,
                origin_run_id=old.run_id,
            )
            begun = self._begin(given, origin)
        return self._drive(begun)

    # The origin

    def _borrow(self, run: RunRecord) -> RunLock:
        """Make sure that nothing of a run commits any more, and that it stays."""
        return borrow(self._storage, run.flow, run.run_id, wait_s=self._plan.options.grace_s)

    def _seal(self, run: RunRecord) -> None:
        """Say how a run ended that could not say so itself."""
        end = RunEnd(
            outcome=RunOutcome.INTERRUPTED,
            ended_at=time.time(),
            message="Its processes died without a word; it was resumed.",
        )
        if self._storage.create(layout.run_end(run.flow, run.run_id), encode(end)):
            self._index.end_run(run.flow, run.run_id, end)

    def _values_of_new_parameters(self, old: RunRecord) -> dict[str, Any]:
        """Those of parameters that the flow has now and the origin had not."""
        cls = self._plan.flow
        new = {name for name in parameters_of(cls) if name not in old.parameters}
        if not new:
            return {}
        context = parameter_context(cls, self._plan.settings, self._listener)
        return resolve_parameters(cls, {}, {}, context, only=new)

    # The run

    def _begin(self, given: Given, origin: Origin | None) -> Begun:
        """Write what a run begins with: its record, and what it takes over."""
        run, lock = self._claim_and_record(given)
        self._stack.callback(lock.close)
        state = make_state(self._plan, run, origin)
        taken = state.take_over()
        if origin is not None:
            document = OriginRecord(origin_run_id=origin.run_id, taken=taken)
            self._storage.create(layout.origin(run.flow, run.run_id, 0), encode(document))
            self._index.add_origin(run.flow, run.run_id, document)
        self._tell_who_it_is(run)
        return Begun(run, lock, state, taken)

    def _drive(self, begun: Begun) -> RunResult:
        run, lock, state, taken = begun
        self._listener(RunStarted(run, sum(one.count for one in taken), taken))
        with listening() as interrupts:
            drive = Drive(self._plan, run, self._storage, self._index, self._listener)
            end = drive.to_the_end(state, self._host, lock, interrupts)
            # in here: a second Ctrl-C must not cut it off
            return self._finish(run, end, interrupts)

    def _claim_and_record(self, given: Given) -> tuple[RunRecord, RunLock]:
        """Claim a run id: microseconds as digits, made unique by put-if-absent."""
        number = time.time_ns() // 1000
        while True:
            lock = self._claim(str(number))
            if lock is not None:
                self._write_run_id(str(number))
                run = run_record(self._plan, self._storage, str(number), given, self._git, self._listener)
                if self._storage.create(layout.run_record(run.flow, run.run_id), encode(run)):
                    self._index.add_run(run)
                    return run, lock
                lock.close()
            number += 1

    def _claim(self, run_id: str) -> RunLock | None:
        try:
            return hold(self._storage, self._plan.graph.name, run_id)
        except RunBusy:
            return None

    def _write_run_id(self, run_id: str) -> None:
        """Where the caller asked for it, before the run exists: a run that nobody can find should not begin."""
        path = self._plan.options.run_id_file
        if not path:
            return
        try:
            Path(path).write_text(run_id)
        except OSError as exc:
            raise StorageError(
                f"The run's id cannot be written to {path}: {exc.strerror}. Give another file with --run-id-file."
            ) from exc

    def _tell_who_it_is(self, run: RunRecord) -> None:
        path = self._plan.options.attribute_file
        if path:
            root = self._storage.url
            write_attributes(path, {"flow_name": run.flow, "run_id": run.run_id, "metadata": root})

    def _finish(self, run: RunRecord, end: RunEnd, interrupts: Interrupts) -> RunResult:
        self._storage.create(layout.run_end(run.flow, run.run_id), encode(end))
        self._index.end_run(run.flow, run.run_id, end)
        functions = functions_for(self._plan, end)
        if functions:
            Hooks(self._plan, run, self._storage.url, self._listener, interrupts).call(functions)
        resumable = end.outcome is not RunOutcome.SUCCEEDED
        command = _resume_command(self._plan, run) if resumable else ""
        self._listener(RunEnded(run, end, command))
        if self._storage.local:
            self._index.set_files(run.flow, run.run_id, measure_files(self._storage, run.flow, run.run_id))
        return RunResult(run, end, interrupts.terminated, tuple(interrupts.received))

    def _notice(self, text: str) -> None:
        self._listener(Notice(text))


def _resume_command(plan: RunPlan, run: RunRecord) -> str:
    """How whoever started the run goes on with it: in Python, where a program did."""
    if plan.embedded:
        return f"headwater.resume({run.flow}, origin_run_id={run.run_id!r})"
    command = plan.options.resume_command or f"python {_shown(plan.file)} resume"
    return f"{command} --origin-run-id {run.run_id}"


def _shown(file: Path) -> str:
    """The file as one would type it here."""
    try:
        return str(file.relative_to(Path.cwd()))
    except ValueError:
        return str(file)
