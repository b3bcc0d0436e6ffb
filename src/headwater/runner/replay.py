"""A past task once more: its own inputs, its own code or the code as it is now, in this process; nothing is committed.

attempt of a past run ─► its code, extracted ─► the worker's own attempt, over a folder that goes away ─► comparison
"""

import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from enum import StrEnum
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, NamedTuple

from msgspec.structs import replace

from headwater.artifacts.store import ArtifactStore
from headwater.artifacts.view import ArtifactView, Owner, read_task
from headwater.client.package import PackageModules
from headwater.client.reader import Reader
from headwater.compare.attempts import compare_attempts
from headwater.errors import FlowLoadError, NotFound, SecretsError, UsageError
from headwater.executors.base import EndingKind, Launch
from headwater.flow.build import build_graph
from headwater.flow.inline_secrets import with_inline_values
from headwater.flow.load import load_flow
from headwater.flow.resolve import Choices, resolve_flow
from headwater.flow.spec import FlowSpec
from headwater.graph.model import Graph
from headwater.hosts.inline import InlineHost
from headwater.hosts.worker import foreground_work, loaded
from headwater.records.decorators import Catch, Environment, Retry, Timeout, find_decorator
from headwater.records.run import RunRecord
from headwater.records.step import StepSpec
from headwater.records.task import TaskRecord, TaskSpec
from headwater.runner.drive import open_executor
from headwater.runner.options import Isolation, RunOptions
from headwater.runner.past import PastTask, candidate_runs, caught_in, find_attempt
from headwater.runner.plan import RunPlan
from headwater.runner.words import read_words
from headwater.scheduler.events import Listener
from headwater.settings import Settings
from headwater.storage import layout
from headwater.storage.documents import find_document
from headwater.storage.layered import LayeredStorage, layered_url
from headwater.storage.liveness import RunLock
from headwater.storage.local import LocalStorage
from headwater.worker.attempt import PostMortem
from headwater.worker.resolved import load_configs
from headwater.worker.variables import variables_set


class CodeOf(StrEnum):
    """Whose code runs."""

    THEN = "then"  # what the run kept
    NOW = "now"  # the flow's file as it is


class Replay(NamedTuple):
    """How a task is to be run again."""

    attempt: int | None = None  # None: the one that counts
    code: CodeOf = CodeOf.THEN
    file: str | None = None  # of the flow as it is now; None: where it was when the run began
    post_mortem: PostMortem | None = None  # is shown what ends the step
    debugged: bool = False  # somebody looks around: nothing is to hurry them
    prepare: Callable[[type[FlowSpec], str], type[FlowSpec]] | None = None  # (flow, step) -> the flow to run


class Replayed(NamedTuple):
    """What came of it."""

    past: PastTask
    record: TaskRecord
    changes: tuple[Any, ...]  # compare.model.ValueChange: what either attempt wrote
    view: ArtifactView  # of the new attempt, as long as `folder` is there
    folder: "TemporaryDirectory[str]"


def find_past(reader: Reader, pathspec: str, user: str, attempt: int | None = None) -> PastTask:
    """The attempt that a pathspec names: FLOW/RUN/STEP[/TASK]; of a step the first task that failed, else the first."""
    flow, _, rest = pathspec.partition("/")
    words = read_words(pathspec, flow) if rest else None
    if words is None or words.run is None:
        raise UsageError(f"{pathspec} names no step of a run. Give FLOW/RUN/STEP or FLOW/RUN/STEP/TASK.")
    (run_id,) = candidate_runs(reader, flow, words, user)
    past = find_attempt(reader, flow, run_id, words, attempt)
    if past is None:
        raise NotFound(
            f"No task {words.step}{f'/{words.task}' if words.task else ''} has ended in {flow}/{run_id}. "
            f"See its steps: headwater show {flow}/{run_id}"
        )
    if past.record.gang is not None:
        raise UsageError(f"{past.pathspec} is a node of a gang, which starts as a whole: it cannot be run again alone.")
    return past


def replay_task(reader: Reader, past: PastTask, how: Replay, settings: Settings, listener: Listener) -> Replayed:
    """Run a task again, in this process."""
    folder = TemporaryDirectory(prefix="headwater-replay-")
    executed = reader.run_record(past.run.flow, past.row.run_id)
    with ExitStack() as undone, ExitStack() as stack:
        undone.callback(folder.cleanup)
        stack.enter_context(variables_set(_variables(executed, past.row.step)))
        flow, file, graph = stack.enter_context(_flow_of(reader, executed, past, how, Path(folder.name)))
        if how.prepare is not None:
            flow = how.prepare(flow, past.row.step)
        steps = tuple(with_inline_values(_without(spec, how), flow) for spec in _steps(executed, graph, how))
        run = replace(executed, nodes=tuple(graph.nodes.values()), steps=steps)
        options = RunOptions(isolation=Isolation.NONE, post_mortem=how.post_mortem)
        plan = RunPlan(flow, file, graph, options, settings, steps)
        storage = LayeredStorage(layered_url(Path(folder.name) / "root", reader.root))
        record = _run(plan, run, storage, past, listener)
        undone.pop_all()  # the folder stays for whoever looks at what came of it
    own = ArtifactView(ArtifactStore(storage), record, lambda owner: _read(storage, past.run.flow, owner))
    before = reader.view(past.run.flow, past.row)
    return Replayed(past, record, compare_attempts(before, own, caught_in(executed)), own, folder)


def _read(storage: LayeredStorage, flow: str, owner: Owner) -> TaskRecord:
    return read_task(storage, flow, owner)


def _run(plan: RunPlan, run: RunRecord, storage: LayeredStorage, past: PastTask, listener: Listener) -> TaskRecord:
    row, record = past.row, past.record
    spec = TaskSpec(
        flow=run.flow,
        run_id=row.run_id,
        step=row.step,
        task_id=row.task_id,
        attempt=row.attempt,
        inputs=record.inputs,
        frames=record.frames,
    )
    host = InlineHost(loaded(plan.flow, in_process=True), foreground_work(plan.options.post_mortem))
    step = next(one for one in plan.steps if one.step == row.step)
    with open_executor(plan, storage, listener, host, RunLock(None)) as executor:
        executor.open(run)
        executor.submit(Launch(step, (spec,)))
        (ending,) = executor.wait(None)
    if ending.kind is EndingKind.REFUSED:
        raise SecretsError(f"{past.pathspec} could not be run again. {ending.detail}")
    place = (run.flow, row.run_id, row.step, row.task_id)
    own = LocalStorage(storage.folder)  # the original stands below
    for key in (layout.task(*place), layout.attempt(*place, row.attempt)):
        found = find_document(own, TaskRecord, key)
        if found is not None:
            return found
    raise NotFound(f"{past.pathspec} could not be run again: it has left no record.")


def _variables(run: RunRecord, step: str) -> dict[str, str]:
    """What @environment says."""
    spec = next(one for one in run.steps if one.step == step)
    environment = find_decorator(spec.decorators, Environment)
    return dict(environment.vars) if environment else {}


def _without(spec: StepSpec, how: Replay) -> StepSpec:
    """A failure is to be seen; nobody is to be hurried at the debugger; variables are there already."""
    dropped: tuple[type, ...] = (Retry, Catch, Environment)
    if how.debugged:
        dropped = (*dropped, Timeout)
    return replace(spec, decorators=tuple(one for one in spec.decorators if not isinstance(one, dropped)))


def _steps(run: RunRecord, graph: Graph, how: Replay) -> tuple[StepSpec, ...]:
    """The steps of the run, with the decorators that they have now where that is asked for."""
    if how.code is CodeOf.THEN:
        return run.steps
    nodes = graph.nodes
    return tuple(replace(one, decorators=nodes[one.step].decorators) if one.step in nodes else one for one in run.steps)


@contextmanager
def _flow_of(
    reader: Reader, run: RunRecord, past: PastTask, how: Replay, folder: Path
) -> Iterator[tuple[type[FlowSpec], Path, Graph]]:
    """The class, its file and its graph, while its modules can be imported."""
    spec = next(one for one in run.steps if one.step == past.row.step)
    choices = Choices(known_configs=load_configs(run.configs, reader.root))
    if how.code is CodeOf.NOW:
        file = Path(os.path.abspath(how.file or run.file))
        if not file.is_file():
            raise NotFound(f"There is no file {file}. Name it with --file, or leave out --code now.")
        flow = resolve_flow(load_flow(file, run.flow, None if how.file else spec.module), choices)
        graph = build_graph(flow)
        if past.row.step not in graph.nodes:
            raise NotFound(f"{file} has no step {past.row.step!r} any more. Leave out --code now.")
        yield flow, file, graph
        return
    code = reader.code(run.flow, run.run_id)
    if code.digest is None:
        raise FlowLoadError(f"{run.flow}/{run.run_id} kept no code. Run the task with the code as it is: --code now")
    code.extract(folder / "code")
    file = folder / "code" / code.script_name
    with PackageModules(str(folder / "code"), code.files).in_place():
        flow = resolve_flow(load_flow(file, run.flow, spec.module), choices)
        yield flow, file, Graph(run.flow, run.nodes, run.start, run.end)
