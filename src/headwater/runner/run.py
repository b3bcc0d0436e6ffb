"""`run_flow` and `resume_flow`: one run, from the author's class to its end.

The order matters. The graph is checked, then the fork host is started, and only then is anything opened that owns
threads or connections. The host must never hold an index, a client or a store that does: of storage it opens only what
is `forkable`, which is a folder's path.
"""

import os
import sys
import time
from collections.abc import Mapping, Sequence
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import Any

from headwater.environments.git import start_git
from headwater.errors import FlowLoadError, NotFound, RunBusy, StorageError
from headwater.executors.base import Executor
from headwater.executors.inline import InlineExecutor
from headwater.executors.local import LocalExecutor
from headwater.executors.machine import detect_machine
from headwater.flow.build import build_graph
from headwater.flow.parameters import ParameterContext, parameters_of, resolve_parameters
from headwater.flow.spec import FlowSpec
from headwater.flow.withs import parse_withs
from headwater.hosts.client import ForkHost
from headwater.hosts.fork import start_fork_host
from headwater.hosts.inline import InlineHost
from headwater.hosts.process import occupy_standard_descriptors
from headwater.hosts.safety import fork_hazard
from headwater.hosts.worker import WORK, loaded
from headwater.metadata.base import Metadata
from headwater.metadata.open import open_index
from headwater.names import validate_run_id
from headwater.records.base import encode
from headwater.records.decorators import AnyDecorator, Catch, Environment
from headwater.records.graph import DECIDED_BY_THE_STEP
from headwater.records.log import LogLine
from headwater.records.run import OriginRecord, RunEnd, RunOutcome, RunRecord
from headwater.records.step import StepSpec
from headwater.records.task import TaskSpec
from headwater.runner.options import Isolation, OnFailure, RunOptions, RunResult
from headwater.runner.prepare import Given, RunPlan, run_record, save_constants, save_parameters, step_specs
from headwater.scheduler.events import Listener, Notice, RunEnded, RunStarted, TaskOutput
from headwater.scheduler.interrupts import listening
from headwater.scheduler.journal import Journal
from headwater.scheduler.loop import Loop, LoopOptions
from headwater.scheduler.origin import Origin, steps_to_rerun
from headwater.scheduler.resume import read_origin
from headwater.scheduler.state import RunState
from headwater.settings import Settings
from headwater.storage import layout
from headwater.storage.base import Storage
from headwater.storage.documents import find_document
from headwater.storage.liveness import RunLock, hold
from headwater.storage.open import open_storage
from headwater.worker.workplace import Workplace


def run_flow(
    cls: type[FlowSpec],
    parameters: Mapping[str, Any],
    options: RunOptions,
    settings: Settings,
    listener: Listener,
) -> RunResult:
    """Run a flow, from `parameters` by their Python or command-line names.

    What is wrong before the first task is raised; afterwards the result says how the run ended.
    """
    plan = _plan(cls, options, settings)
    values = resolve_parameters(cls, parameters, os.environ, _parameter_context(cls, settings, listener))
    with ExitStack() as stack:
        session = _Session(plan, listener, stack)
        given = Given(
            parameters=save_parameters(session.storage, values),
            constants=save_constants(session.storage, cls, listener),
        )
        return session.run(given, None)


def resume_flow(
    cls: type[FlowSpec],
    step_to_rerun: str | None,
    origin_run_id: str | None,
    options: RunOptions,
    settings: Settings,
    listener: Listener,
) -> RunResult:
    """Run what a past run left undone, as a new run, from where it failed or from `step_to_rerun`."""
    plan = _plan(cls, options, settings)
    rerun = steps_to_rerun(plan.graph, step_to_rerun)
    with ExitStack() as stack:
        session = _Session(plan, listener, stack)
        old = session.find_origin(origin_run_id)
        session.seal(old)
        origin = read_origin(session.storage, old, rerun)
        added = _defaults(plan, old, listener)
        given = Given(
            parameters={**old.parameters, **save_parameters(session.storage, added)},
            constants={**save_constants(session.storage, cls, listener), **old.constants},
            origin_run_id=old.run_id,
        )
        return session.run(given, origin)


def _plan(cls: type[FlowSpec], options: RunOptions, settings: Settings) -> RunPlan:
    graph = build_graph(cls)
    file = getattr(sys.modules[cls.__module__], "__file__", None)
    if file is None:
        raise FlowLoadError(
            f"{cls.__name__} was not defined in a file. Write it to a file, so that its code can be kept with the run."
        )
    return RunPlan(cls, Path(os.path.abspath(file)), graph, options, settings)


def _parameter_context(cls: type[FlowSpec], settings: Settings, listener: Listener) -> ParameterContext:
    def log(*words: object) -> None:
        listener(Notice(" ".join(map(str, words))))

    return ParameterContext(
        flow_name=cls.__name__,
        user_name=settings.user,
        parameter_name="",
        logger=log,
        ds_type=settings.datastore_root.partition("://")[0] if "://" in settings.datastore_root else "local",
        configs={},
    )


def _defaults(plan: RunPlan, old: RunRecord, listener: Listener) -> dict[str, Any]:
    """Values of the parameters that the flow has now and the origin had not."""
    new = {name for name in parameters_of(plan.flow) if name not in old.parameters}
    if not new:
        return {}
    context = _parameter_context(plan.flow, plan.settings, listener)
    return resolve_parameters(plan.flow, {}, {}, context, only=new)


def _decorators(plan: RunPlan, listener: Listener) -> dict[str, tuple[AnyDecorator, ...]]:
    """Each step's decorators: those of its source, then those of `--with` that it does not bear itself."""
    extra = parse_withs(plan.options.with_)
    result = {}
    for node in plan.graph.nodes.values():
        own = {type(one) for one in node.decorators}
        added = [one for one in extra if type(one) not in own]
        if node.kind in DECIDED_BY_THE_STEP and any(isinstance(one, Catch) for one in added):
            listener(Notice(f"@catch is left off step {node.name!r}: it alone knows where the flow goes next."))
            added = [one for one in added if not isinstance(one, Catch)]
        result[node.name] = (*node.decorators, *added)
    return result


class _Session:
    """One process that runs one run: its host, then its root."""

    def __init__(self, plan: RunPlan, listener: Listener, stack: ExitStack) -> None:
        self.plan = plan
        self._listener = listener
        self._stack = stack
        occupy_standard_descriptors()
        self._isolation = self._choose_isolation(plan.options.isolation)
        self._decorators = _decorators(plan, listener)
        self._git = start_git(plan.file.parent)
        # The host is a fork of this process as it is now; what follows may own threads and connections.
        self._host: ForkHost | InlineHost | None = None
        if self._isolation is Isolation.FORK:
            self._host = start_fork_host(loaded(plan.flow), WORK)
            stack.callback(self._host.close)
        elif self._isolation is Isolation.NONE:
            self._tell_what_is_left_out()
            self._host = InlineHost(loaded(plan.flow, in_process=True), WORK)
        self.storage: Storage = stack.enter_context(open_storage(plan.settings.datastore_root))
        index = stack.enter_context(open_index(self.storage))
        index.on_trouble = lambda text: listener(Notice(text))
        self._index: Metadata = index

    def _choose_isolation(self, asked: Isolation | None) -> Isolation:
        hazard = None if asked else fork_hazard()
        if hazard is not None:
            self._listener(Notice(f"Every task gets a fresh interpreter: {hazard}."))
            return Isolation.SPAWN
        return asked or Isolation.FORK

    def _tell_what_is_left_out(self) -> None:
        """Variables have to be there before the author's file is imported, and here it is imported already."""
        steps = [name for name, ones in self._decorators.items() if any(isinstance(one, Environment) for one in ones)]
        if steps:
            names = ", ".join(repr(name) for name in steps)
            self._listener(Notice(f"@environment has no effect with --isolation none (on {names})."))

    def find_origin(self, run_id: str | None) -> RunRecord:
        """The run to resume: the one named, else this user's newest of the flow."""
        flow = self.plan.graph.name
        if run_id is None:
            newest = self._index.runs(flow, user=self.plan.settings.user, limit=1)
            if not newest:
                raise NotFound(
                    f"{self.plan.settings.user} has no run of {flow} in {self.storage.url}. "
                    "Start one with `run`, or name one with --origin-run-id."
                )
            run_id = newest[0].run_id
        run = find_document(self.storage, RunRecord, layout.run_record(flow, validate_run_id(run_id)))
        if run is None:
            raise NotFound(
                f"There is no run {run_id!r} of {flow} in {self.storage.url}. List them with `headwater runs`."
            )
        return run

    def seal(self, run: RunRecord) -> None:
        """Make sure that nothing of a run commits any more, and say how it ended if it could not say so itself."""
        with hold(self.storage, run.flow, run.run_id, wait_s=self.plan.options.grace_s):
            end = RunEnd(
                outcome=RunOutcome.INTERRUPTED,
                ended_at=time.time(),
                message="Its processes died without a word; it was resumed.",
            )
            if self.storage.create(layout.run_end(run.flow, run.run_id), encode(end)):
                self._index.end_run(run.flow, run.run_id, end)

    def run(self, given: Given, origin: Origin | None) -> RunResult:
        plan = self.plan
        specs = step_specs(plan, self._decorators)
        run, lock = self._begin(specs, given)
        self._stack.callback(lock.close)
        place = Workplace(plan.flow, run, {spec.step: spec for spec in specs}, self.storage.url)
        keep_going = plan.options.on_failure is OnFailure.FINISH
        state = RunState(plan.graph, place.steps, run.flow, run.run_id, origin, keep_going)
        taken = state.take_over()
        if origin is not None:
            document = OriginRecord(origin_run_id=origin.run_id, taken=taken)
            self.storage.create(layout.origin(run.flow, run.run_id, 0), encode(document))
            self._index.add_origin(run.flow, run.run_id, document)
        self._listener(RunStarted(run, sum(one.count for one in taken), taken))
        with listening() as interrupts, self._executor(lock) as executor:
            executor.open(run)
            options = LoopOptions(keep_going=keep_going, grace_s=plan.options.grace_s)
            journal = Journal(place, self.storage, self._index, lambda text: self._listener(Notice(text)))
            loop = Loop(state, executor, journal, self._listener, interrupts, options)
            end = self._walk(loop, run)
            executor.close()
            return self._finish(run, end, interrupts.terminated)  # in here: a second Ctrl-C must not cut it off

    def _walk(self, loop: Loop, run: RunRecord) -> RunEnd:
        """Run to the end; a run that Headwater itself breaks has an end too, which says so."""
        try:
            return loop.run()
        except BaseException as exc:
            message = f"The run was given up: {type(exc).__name__}: {exc}"
            end = RunEnd(outcome=RunOutcome.FAILED, ended_at=time.time(), message=message)
            with suppress(StorageError):  # what broke the run may keep us from saying so
                self.storage.create(layout.run_end(run.flow, run.run_id), encode(end))
                self._index.end_run(run.flow, run.run_id, end)
            raise

    def _begin(self, specs: Sequence[StepSpec], given: Given) -> tuple[RunRecord, RunLock]:
        """Claim a run id: microseconds as digits, made unique by put-if-absent."""
        number = time.time_ns() // 1000
        while True:
            lock = self._claim(str(number))
            if lock is not None:
                self._write_run_id(str(number))
                run = run_record(self.plan, self.storage, str(number), tuple(specs), given, self._git, self._listener)
                if self.storage.create(layout.run_record(run.flow, run.run_id), encode(run)):
                    self._index.add_run(run)
                    return run, lock
                lock.close()
            number += 1

    def _write_run_id(self, run_id: str) -> None:
        """Where the caller asked for it, before the run exists: a run that nobody can find should not begin."""
        path = self.plan.options.run_id_file
        if not path:
            return
        try:
            Path(path).write_text(run_id)
        except OSError as exc:
            raise StorageError(
                f"The run's id cannot be written to {path}: {exc.strerror}. Give another file with --run-id-file."
            ) from exc

    def _claim(self, run_id: str) -> RunLock | None:
        try:
            return hold(self.storage, self.plan.graph.name, run_id)
        except RunBusy:
            return None

    def _executor(self, lock: RunLock) -> Executor:
        if isinstance(self._host, InlineHost):
            return InlineExecutor(self.storage, self._host)
        options = self.plan.options
        return LocalExecutor(
            storage=self.storage,
            flow_file=str(self.plan.file),
            class_name=self.plan.graph.name,
            host=self._host,
            max_workers=options.max_workers,
            listener=self._output,
            lock_fd=lock.fd,
            machine=detect_machine(os.environ),
            environ=os.environ,
            max_log_bytes=options.max_log_bytes,
            grace_s=options.grace_s,
            deadlock_s=options.deadlock_s,
            notice=lambda text: self._listener(Notice(text)),
        )

    def _output(self, spec: TaskSpec, lines: Sequence[LogLine]) -> None:
        self._listener(TaskOutput(spec, tuple(lines)))

    def _finish(self, run: RunRecord, end: RunEnd, terminated: bool) -> RunResult:
        self.storage.create(layout.run_end(run.flow, run.run_id), encode(end))
        self._index.end_run(run.flow, run.run_id, end)
        resumable = end.outcome is not RunOutcome.SUCCEEDED
        command = f"python {_shown(self.plan.file)} resume --origin-run-id {run.run_id}" if resumable else ""
        self._listener(RunEnded(run, end, command))
        return RunResult(run, end, terminated)


def _shown(file: Path) -> str:
    """The file as one would type it here."""
    try:
        return str(file.relative_to(Path.cwd()))
    except ValueError:
        return str(file)
