"""`spin_flow`: one step of a flow as it is now, on the inputs of a past task, beside the runs.

    plan (checked) ─► fork host ─► past task found ─► run record and one attempt, in the spins' folder ─► comparison

The spins' folder lies over the root (`storage.spins`): inputs are read where they are, nothing is written there.
"""

from collections.abc import Mapping
from contextlib import ExitStack
from typing import Any, NamedTuple

from msgspec.structs import replace

from headwater.errors import NotFound, UsageError
from headwater.flow.resolve import resolve_flow
from headwater.flow.spec import FlowSpec
from headwater.graph.model import Graph
from headwater.records.base import tag_of
from headwater.records.decorators import Catch, Resources, Retry
from headwater.records.platforms import Batch, Kubernetes
from headwater.records.run import RunRecord
from headwater.records.step import StepSpec
from headwater.records.task import TaskRecord
from headwater.runner.options import RunOptions
from headwater.runner.plan import RunPlan, make_plan
from headwater.runner.run import open_host
from headwater.runner.words import read_words
from headwater.scheduler.events import Listener, Notice
from headwater.settings import Settings
from headwater.storage.layered import root_below

#: Decorators that are about a run as a whole: what to do about a failure, and where to find room.
_OF_RUNS = (Retry, Catch, Resources, Batch, Kubernetes)


class SpinOptions(NamedTuple):
    """What can be said about one spin, beside the options of a run."""

    skip_decorators: bool = False
    #: In place of the inputs'; of a join by pathspec: {"run/step/task": {name: value}}.
    artifacts: Mapping[str, Any] = {}
    persist: bool = False  # keep it beside later spins of the step, which otherwise replace it


class SpinResult(NamedTuple):
    """What one spin did."""

    run: RunRecord  # of the spin
    record: TaskRecord
    origin: str  # pathspec of the run whose inputs it had
    before: TaskRecord | None  # what the past task did; None: its step had not run there
    changes: tuple[Any, ...]  # compare.model.ValueChange: what either wrote
    root: str  # where the spin is kept
    interrupted: bool = False


def spin_flow(
    cls: type[FlowSpec],
    pathspec: str,
    spin: SpinOptions,
    options: RunOptions,
    settings: Settings,
    listener: Listener,
    *,
    embedded: bool = False,
) -> SpinResult:
    """Run one step again. `pathspec`: a step, or a task of one, as in `runner.past`."""
    settings = settings._replace(datastore_root=root_below(settings.datastore_root))
    cls = resolve_flow(cls, options.choices._replace(with_=options.with_))
    plan = make_plan(cls, options, settings, listener)._replace(embedded=embedded)
    step = _step_of(plan.graph, pathspec)
    plan = plan._replace(steps=_as_spun(plan, step, spin.skip_decorators, listener))
    with ExitStack() as stack:
        host = open_host(plan, listener, stack)
        from headwater.runner.spinning import Spinning

        return Spinning(plan, host, listener, stack).spin(pathspec, spin)


def _step_of(graph: Graph, pathspec: str) -> str:
    """The step that a pathspec names, as far as that can be told without its run."""
    step = read_words(pathspec, graph.name, graph.nodes).step
    if step not in graph.nodes:
        raise NotFound(
            f"{graph.name} has no step {step!r} as it is now. Its steps are {', '.join(graph.nodes)}. "
            "A task of a step that is gone is run again with its own code: headwater replay PATHSPEC"
        )
    if graph.nodes[step].parallel:
        raise UsageError(
            f"{step!r} is a node of a gang, which starts as a whole: it cannot be spun. Run the flow, or resume {step}."
        )
    return step


def _as_spun(plan: RunPlan, step: str, skip: bool, listener: Listener) -> tuple[StepSpec, ...]:
    """The steps of the plan, the one that is spun without what is about runs."""
    return tuple(_without(spec, skip, listener) if spec.step == step else spec for spec in plan.steps)


def _without(spec: StepSpec, skip: bool, listener: Listener) -> StepSpec:
    if skip:
        return replace(spec, decorators=())
    left_out = [f"@{tag_of(one)}" for one in spec.decorators if isinstance(one, _OF_RUNS)]
    if left_out:
        listener(Notice(f"A spin leaves out {', '.join(left_out)}: a failure of {spec.step!r} is shown as it is."))
    return replace(spec, decorators=tuple(one for one in spec.decorators if not isinstance(one, _OF_RUNS)))
