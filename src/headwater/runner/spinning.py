"""One spin on its way: its inputs found, its documents written beside the runs, its one attempt run and compared."""

import time
from collections.abc import Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import msgspec

from headwater.artifacts.store import ArtifactStore
from headwater.artifacts.view import ArtifactView, read_task
from headwater.client.reader import open_reader
from headwater.compare.attempts import compare_attempts
from headwater.environments.git import start_git
from headwater.errors import RunBusy, StorageError, UsageError
from headwater.executors.base import Executor, Launch
from headwater.flow.parameter_values import resolve_parameters
from headwater.flow.parameters import parameters_of
from headwater.hosts.client import ForkHost
from headwater.hosts.inline import InlineHost
from headwater.metadata.index import Index
from headwater.records.base import encode
from headwater.records.run import RunEnd, RunOutcome, RunRecord
from headwater.records.task import Outcome, TaskRecord, TaskSpec
from headwater.runner.attribute_file import write_attributes
from headwater.runner.context import parameter_context
from headwater.runner.drive import open_executor
from headwater.runner.next_task import inputs_as_resumed
from headwater.runner.past import Inputs, PastTask, candidate_runs, caught_in, find_attempt
from headwater.runner.plan import RunPlan
from headwater.runner.prepare import Given, run_record, save_configs, save_constants, save_parameters
from headwater.runner.replaced import replaced_inputs
from headwater.runner.scratch import forget_scratch
from headwater.runner.spin import SpinOptions, SpinResult
from headwater.runner.words import Words, read_words
from headwater.scheduler.events import Listener, Notice, TaskEnded, TaskFailed
from headwater.scheduler.interrupts import listening
from headwater.scheduler.journal import Journal
from headwater.storage import layout
from headwater.storage.layered import LayeredStorage
from headwater.storage.liveness import RunLock, hold
from headwater.storage.open import open_storage
from headwater.storage.spins import spin_url
from headwater.worker.workplace import Workplace

_PATIENCE_S = 0.2  # how long a signal may wait to be noticed


class Spinning:
    """The spin of a plan, over the root that its settings name."""

    def __init__(self, plan: RunPlan, host: ForkHost | InlineHost | None, listener: Listener, stack: ExitStack) -> None:
        self._plan = plan
        self._host = host
        self._listener = listener
        self._stack = stack
        self._git = start_git(Path(plan.options.code_folder or plan.file.parent))
        stack.callback(self._git.close)
        self._reader = open_reader(plan.settings.datastore_root)
        storage = stack.enter_context(open_storage(spin_url(plan.settings.datastore_root)))
        assert isinstance(storage, LayeredStorage)
        self._storage = storage

    def spin(self, pathspec: str, options: SpinOptions) -> SpinResult:
        words = read_words(pathspec, self._plan.graph.name, self._plan.graph.nodes)
        origin, inputs, before = self._find(words)
        with self._storage.writing():
            run, lock, inputs = self._begin(origin, words.step, inputs, options)
        self._stack.callback(lock.close)
        record, interrupted = self._run(run, words.step, inputs, lock)
        self._end(run, record, interrupted)
        result = SpinResult(
            run=run,
            record=record,
            origin=f"{origin.flow}/{origin.run_id}",
            before=before.record if before else None,
            changes=self._compare(origin, before, record),
            root=self._storage.url,
            interrupted=interrupted,
        )
        forget_scratch(self._storage, run, words.step)
        return result

    # The inputs

    def _find(self, words: Words) -> tuple[RunRecord, Inputs, PastTask | None]:
        """The run, the task's inputs, and what the step did with them, if it has run there."""
        flow = self._plan.graph.name
        runs = candidate_runs(self._reader, flow, words, self._plan.settings.user)
        for run_id in runs:
            past = find_attempt(self._reader, flow, run_id, words)
            if past is not None:
                self._check_place(past)
                return past.run, past.inputs, past
        run = self._reader.run_record(flow, runs[0])
        return run, inputs_as_resumed(self._plan, self._reader.storage, run, words), None

    def _check_place(self, past: PastTask) -> None:
        """The step stands where it stood: its inputs mean the same."""
        graph, step = self._plan.graph, past.row.step
        old = next(spec for spec in past.run.steps if spec.step == step)
        new = graph.nodes[step]
        if (old.join, old.depth) != (new.join, graph.depth(step)):
            was = "took inputs" if old.join else "took no inputs"
            raise UsageError(
                f"{step!r} does not stand where it stood in {past.pathspec}: there it {was}, in {old.depth} foreach "
                f"levels. Run the flow again, or run the task as it was: headwater replay {past.pathspec}"
            )

    # The documents

    def _begin(
        self, origin: RunRecord, step: str, inputs: Inputs, options: SpinOptions
    ) -> tuple[RunRecord, RunLock, Inputs]:
        """The record of the spin, and its inputs with what is put in their place."""
        parameters, artifacts = self._given(origin, step, options.artifacts)
        given = Given(
            parameters=parameters,
            project=self._plan.project(origin),
            triggers=origin.triggers,
            configs=save_configs(self._storage, self._plan.flow),
            constants=save_constants(self._storage, self._plan.flow, self._listener),
            origin_run_id=origin.run_id,
        )
        run_id, lock = self._claim()
        run = run_record(self._plan, self._storage, run_id, given, self._git, self._listener)
        said = {"spin": f"{step}/{inputs.task_id}"} | ({"persist": "True"} if options.persist else {})
        run = msgspec.structs.replace(run, options={**run.options, **said}, tags=(), system_tags=run.system_tags)
        if artifacts:
            join = self._plan.graph.nodes[step].join
            inputs = replaced_inputs(self._storage, run, step, join, inputs, artifacts)
        self._storage.create(layout.run_record(run.flow, run.run_id), encode(run))
        self._tell_who_it_is(run, step, inputs.task_id)
        return run, lock, inputs

    def _given(
        self, origin: RunRecord, step: str, artifacts: Mapping[str, Any]
    ) -> tuple[dict[str, Any], dict[str, Any]]:
        """The parameters of the spin, and the artifacts that are to be replaced."""
        cls = self._plan.flow
        known = parameters_of(cls)
        told = {name: value for name, value in artifacts.items() if name in known}
        new = {name for name in known if name not in origin.parameters and name not in told}
        context = parameter_context(cls, self._plan.settings, self._listener)
        values = resolve_parameters(cls, told, {}, context, only=new | told.keys())
        saved = {**origin.parameters, **save_parameters(self._storage, cls, values)}
        return saved, {name: value for name, value in artifacts.items() if name not in told}

    def _claim(self) -> tuple[str, RunLock]:
        number = time.time_ns() // 1000
        while True:
            try:
                return str(number), hold(self._storage, self._plan.graph.name, str(number))
            except RunBusy:
                number += 1

    def _tell_who_it_is(self, run: RunRecord, step: str, task_id: str) -> None:
        """Where the caller asked for it."""
        if self._plan.options.attribute_file:
            place = {"flow_name": run.flow, "run_id": run.run_id, "step_name": step, "task_id": task_id}
            write_attributes(self._plan.options.attribute_file, {**place, "metadata": self._storage.url})
        path = self._plan.options.run_id_file
        if not path:
            return
        try:
            Path(path).write_text(run.run_id)
        except OSError as exc:
            raise StorageError(
                f"The spin's id cannot be written to {path}: {exc.strerror}. Give another file with --run-id-file."
            ) from exc

    # The attempt

    def _run(self, run: RunRecord, step: str, inputs: Inputs, lock: RunLock) -> tuple[TaskRecord, bool]:
        plan = self._plan
        steps = {spec.step: spec for spec in plan.steps}
        spec = TaskSpec(
            flow=run.flow,
            run_id=run.run_id,
            step=step,
            task_id=inputs.task_id,
            inputs=inputs.inputs,
            frames=inputs.frames,
        )
        place = Workplace(plan.flow, run, steps, self._storage.url)
        with open_executor(plan, self._storage, self._listener, self._host, lock) as executor, Index(None) as index:
            executor.open(run)
            journal = Journal(place, self._storage, index, lambda text: self._listener(Notice(text)))
            record, interrupted = _run_one(executor, Launch(steps[step], (spec,)), journal, plan.options.grace_s)
        self._listener(TaskFailed(record) if record.outcome is Outcome.FAILED else TaskEnded(record))
        return record, interrupted

    def _end(self, run: RunRecord, record: TaskRecord, interrupted: bool) -> None:
        failed = record.outcome is Outcome.FAILED
        outcome = RunOutcome.FAILED if failed else RunOutcome.SUCCEEDED
        end = RunEnd(
            outcome=RunOutcome.INTERRUPTED if interrupted and failed else outcome,
            ended_at=time.time(),
            message=record.failure.message if record.failure else "",
            failed=(f"{run.flow}/{run.run_id}/{record.step}/{record.task_id}",) if failed else (),
        )
        self._storage.create(layout.run_end(run.flow, run.run_id), encode(end))

    def _compare(self, origin: RunRecord, before: PastTask | None, after: TaskRecord) -> tuple[Any, ...]:
        store = ArtifactStore(self._storage)

        def view(record: TaskRecord) -> ArtifactView:
            return ArtifactView(store, record, lambda owner: read_task(self._storage, record.flow, owner))

        empty = msgspec.structs.replace(after, artifacts={}, inherited=())
        return compare_attempts(view(before.record if before else empty), view(after), caught_in(origin))


def _run_one(executor: Executor, launch: Launch, journal: Journal, grace_s: float) -> tuple[TaskRecord, bool]:
    """What became of one attempt, and whether a signal ended it: the second one ends it at once."""
    heard = 0
    with listening() as interrupts:
        interrupts.last_resort = executor.abandon
        executor.submit(launch)
        while True:
            if len(interrupts.received) > heard:
                executor.cancel(0.0 if heard else grace_s, "interrupted")
                heard = len(interrupts.received)
            for ending in executor.wait(_PATIENCE_S):
                return journal.record_of(ending, interrupted=bool(heard)), bool(heard)
