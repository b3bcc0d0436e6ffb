"""`run_step`: one step of a flow as a function, in this process, with nothing written anywhere.

    values ─► a run that never ran, in memory (`stage`) ─► the worker's own attempt ─► StepResult, or what it raised

The worker that runs it is the one of real runs: what it accepts here it accepts there.
"""

import os
import random
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from io import StringIO
from itertools import count
from pathlib import Path
from typing import Any, TextIO, cast
from weakref import finalize

import msgspec

from headwater.artifacts.view import ArtifactView, read_task
from headwater.client.task import Task
from headwater.errors import NotFound, RunFailed, UsageError
from headwater.flow.current import current
from headwater.flow.decorators import KINDS
from headwater.flow.parameter_values import resolve_parameters
from headwater.flow.parameters import parameters_of
from headwater.flow.resolve import Choices, resolve_flow
from headwater.flow.spec import FlowSpec
from headwater.graph.model import Graph
from headwater.records.decorators import Card, Retry, find_decorator
from headwater.records.step import StepSpec
from headwater.records.task import Outcome, TaskRecord, TaskSpec
from headwater.runner.api import check_class
from headwater.runner.context import parameter_context
from headwater.runner.options import RunOptions
from headwater.runner.plan import RunPlan, make_plan
from headwater.scheduler.events import Event
from headwater.settings import resolve_settings
from headwater.storage import layout
from headwater.storage.documents import find_document
from headwater.storage.memory import MemoryStorage
from headwater.testing.stage import Given, Stage, closes_a_foreach, set_stage
from headwater.testing.step_result import StepResult
from headwater.vault import hidden
from headwater.vault.steps import StepSecrets
from headwater.worker.attempt import run_attempt
from headwater.worker.failures import author_trace
from headwater.worker.variables import variables_set

_NOTHING = object()
#: What acts around a step. A card is filled within it, so its step needs it to be there.
_BUILT_IN = tuple(kind for kind in KINDS.values() if kind is not Card)
_numbers = count()


def run_step(
    flow_class: type[FlowSpec],
    step: str,
    /,
    inputs: Sequence[Any] | Mapping[str, Any] = (),
    *,
    input: Any = _NOTHING,
    index: int | None = None,
    foreach_stack: Sequence[tuple[int, int, Any]] = (),
    artifacts: Mapping[str, Any] | None = None,
    parameters: Mapping[str, Any] | None = None,
    configs: Mapping[str, Any] | None = None,
    decorators: bool = False,
    seed: int | None = None,
    tags: Iterable[str] = (),
    **values: Any,
) -> StepResult:
    """Run one step on what is given, and return what it left: `run_step(TrainFlow, "train", data=[1], rate=0.1).model`.

    Keywords are parameters of the flow, else artifacts that the step inherits (the mappings `parameters` and
    `artifacts` are for names that are taken); parameters that are not given have their defaults. The step gets copies,
    made by storing the values as a run does; what pickle cannot take, such as a mock, is handed over as it is.

    `inputs`: of a join, what its parents left: mappings, results of `run_step` or tasks of the client, in order, or by
    the name of the branch. `input`, `index`: `self.input` and `self.index` in a foreach; `foreach_stack`: all levels.
    `configs`: values of the flow's configs, by name. `decorators`: True lets the built-in ones act too (@retry without
    its pause, @catch, @timeout); by default only @card does, and those that authors write, as these are part of what
    the step does. `seed`: the state of `random` and `numpy.random` meanwhile.

    What the step raises is raised as it is. Nothing is written to a root.
    """
    __tracebackhide__ = True
    check_class(flow_class)
    plan = _plan(resolve_flow(flow_class, Choices(config_values=configs or {})), step, decorators)
    told, inherited = _sorted_out(plan.flow, {**values, **(parameters or {})}, dict(artifacts or {}), parameters or {})
    stack = list(foreach_stack) or _innermost(plan.graph, step, input, index)
    given = Given(
        parameters=_parameters(plan, told),
        parents=_parents(plan.graph, step, inputs, inherited),
        stack=stack,
        tags=tuple(tags),
    )
    storage = MemoryStorage(f"run-step-{os.getpid()}-{next(_numbers)}")
    stage, spec = set_stage(plan, step, given, storage)
    printed = (StringIO(), StringIO())
    with _seeded(seed):
        record, raised = _attempts(stage, spec, printed)
    if raised is not None or record.outcome is Outcome.FAILED:
        storage.forget()
        if raised is not None:
            raise raised.with_traceback(author_trace(raised))
        raise RunFailed(record.failure.message if record.failure else f"{step} failed.")
    store = stage.given.store
    view = ArtifactView(store, record, lambda owner: read_task(storage, record.flow, owner))
    items = [store.unpack(record.items, place, step) for place in range(record.items.count)] if record.items else None
    result = StepResult(view, items, (printed[0].getvalue(), printed[1].getvalue()), stack[-1][2] if stack else None)
    finalize(result, storage.forget)
    return result


# What was given


def _plan(cls: type[FlowSpec], step: str, decorators: bool) -> RunPlan:
    plan = make_plan(cls, RunOptions(), resolve_settings(os.environ, Path.cwd()), _hear)
    if step not in plan.graph.nodes:
        raise NotFound(f"{cls.__name__} has no step {step!r}. Its steps are {', '.join(plan.graph.nodes)}.")
    if decorators:
        return plan
    return plan._replace(steps=tuple(_bare(spec) for spec in plan.steps))


def _bare(spec: StepSpec) -> StepSpec:
    return msgspec.structs.replace(
        spec, decorators=tuple(one for one in spec.decorators if not isinstance(one, _BUILT_IN))
    )


def _hear(event: Event) -> None:
    """Notices about a plan are for those who run it."""


def _sorted_out(
    cls: type, values: dict[str, Any], artifacts: dict[str, Any], parameters: Mapping[str, Any]
) -> tuple[dict[str, Any], dict[str, Any]]:
    """Parameters, and artifacts."""
    names = {spelling for name, one in parameters_of(cls).items() for spelling in (name, one.name)}
    told = {name: value for name, value in values.items() if name in names or name in parameters}
    inherited = {name: value for name, value in values.items() if name not in told}
    return told, {**inherited, **artifacts}


def _parameters(plan: RunPlan, told: Mapping[str, Any]) -> dict[str, Any]:
    return resolve_parameters(plan.flow, told, {}, parameter_context(plan.flow, plan.settings, _hear))


def _innermost(graph: Graph, step: str, item: Any, index: int | None) -> list[tuple[int, int, Any]]:
    """The levels of a foreach from `input` and `index`: the outer ones are at their first item."""
    if item is _NOTHING and index is None:
        return []
    place = index or 0
    outer = [(0, 1, None)] * (graph.depth(step) - 1)
    return [*outer, (place, place + 1, None if item is _NOTHING else item)]


def _parents(
    graph: Graph, step: str, inputs: Sequence[Any] | Mapping[str, Any], inherited: Mapping[str, Any]
) -> list[tuple[str, Mapping[str, Any], Any]]:
    before = [name for name in graph.predecessors(step) if name != step]
    if not graph.nodes[step].join:
        if inputs:
            raise UsageError(f"Step {step!r} is no join, so it takes no inputs. Give artifacts as keywords.")
        return [(before[0] if before else "", inherited, None)] if inherited else []
    if inherited:
        raise UsageError(
            f"Step {step!r} is a join and inherits nothing: {', '.join(map(repr, inherited))} cannot be given. "
            f'Give what its parents left: run_step(..., {step!r}, [{{"{next(iter(inherited))}": ...}}]).'
        )
    if isinstance(inputs, Mapping):
        unknown = [name for name in inputs if name not in before]
        if unknown:
            raise UsageError(f"{unknown[0]!r} does not lead to the join {step!r}. These do: {', '.join(before)}.")
        return [(name, *_left(inputs[name])) for name in _in_order(graph, step) if name in inputs]
    if not inputs:
        raise UsageError(
            f"Step {step!r} is a join. Give what its parents left: run_step(..., {step!r}, [{{...}}, ...])."
        )
    if closes_a_foreach(graph, step):
        return [(before[0], *_left(one)) for one in inputs]
    names = _in_order(graph, step)
    if len(inputs) > len(names):
        raise UsageError(f"Step {step!r} joins {', '.join(names)}, and {len(inputs)} inputs were given.")
    return [(name, *_left(one)) for name, one in zip(names, inputs, strict=False)]


def _in_order(graph: Graph, step: str) -> list[str]:
    """The parents of a join in the order of `inputs`."""
    plan = graph.join(step)
    assert plan is not None
    return sorted(plan.order, key=lambda name: plan.order[name])


def _left(one: Any) -> tuple[Mapping[str, Any], Any]:
    """The artifacts of a parent, and its item of the foreach."""
    if isinstance(one, StepResult):
        return one.everything, one.input
    if isinstance(one, Task):
        return {artifact.id: artifact.data for artifact in one}, None
    if isinstance(one, Mapping):
        return one, None
    raise UsageError(
        f"An input of a join is {one!r:.80}. Give a mapping of artifacts, a result of run_step, or a client's task."
    )


# The attempt


def _attempts(
    stage: Stage, spec: TaskSpec, printed: tuple[StringIO, StringIO]
) -> tuple[TaskRecord, BaseException | None]:
    """The attempt that counts, and what it raised; @retry, where it acts, has no pause."""
    retry = find_decorator(stage.steps[spec.step].decorators, Retry)
    last = retry.times if retry else 0
    for attempt in range(last + 1):
        raised: list[BaseException] = []
        one = msgspec.structs.replace(spec, attempt=attempt, last_attempt=attempt == last)
        before = current.set(None)
        try:
            out, err = (cast(TextIO, _Tee(*pair)) for pair in ((sys.stdout, printed[0]), (sys.stderr, printed[1])))
            with redirect_stdout(out), redirect_stderr(err), _secrets(stage.steps[spec.step]):
                run_attempt(stage, one, raised.append)
        finally:
            current.set(before)
        record = _record_of(stage, one)
        if record.outcome is not Outcome.FAILED:
            return record, None
    return record, raised[0] if raised else None


def _record_of(stage: Stage, spec: TaskSpec) -> TaskRecord:
    place = (spec.flow, spec.run_id, spec.step, spec.task_id)
    storage = stage.given.storage
    for key in (layout.task(*place), layout.attempt(*place, spec.attempt)):
        record = find_document(storage, TaskRecord, key)
        if record is not None:
            return record
    raise RunFailed(f"{spec.step} left no record.")


@contextmanager
def _secrets(step: StepSpec) -> Iterator[None]:
    """What @secrets gives, where it acts; what the step fetches itself is hidden as long as it runs."""
    settings = resolve_settings(os.environ, Path.cwd())
    found = StepSecrets(settings.secrets_backend, settings.secrets_role, os.environ, lambda text: None).of(step)
    with variables_set(found.variables if found else {}), hidden.scope():
        if found:
            hidden.hide(found.variables.values())
            hidden.guard_output()
        yield


class _Tee:
    """A stream that is also kept: pytest shows what a failing test printed."""

    def __init__(self, stream: TextIO, kept: StringIO) -> None:
        self._stream = stream
        self._kept = kept

    def write(self, text: str) -> int:
        self._kept.write(text)
        return self._stream.write(text)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)


@contextmanager
def _seeded(seed: int | None) -> Iterator[None]:
    """Both global generators seeded, and as they were afterwards."""
    if seed is None:
        yield
        return
    numpy = sys.modules.get("numpy")
    state, other = random.getstate(), numpy.random.get_state() if numpy else None
    random.seed(seed)
    if numpy:
        numpy.random.seed(seed)
    try:
        yield
    finally:
        random.setstate(state)
        if numpy:
            numpy.random.set_state(other)
