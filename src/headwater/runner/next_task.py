"""The inputs of a task that a past run did not come to: those that it would have if the run were resumed."""

from headwater.errors import NotFound
from headwater.executors.base import Launch
from headwater.graph.model import Graph
from headwater.records.run import RunRecord
from headwater.records.task import TaskSpec
from headwater.runner.past import Inputs
from headwater.runner.plan import RunPlan
from headwater.runner.words import Words
from headwater.scheduler.resume import read_origin
from headwater.scheduler.state import RunState
from headwater.storage.base import Storage

_AT_ONCE = 256  # launches that are looked at before more are made


def inputs_as_resumed(plan: RunPlan, storage: Storage, run: RunRecord, words: Words) -> Inputs:
    """The inputs of the task that was named, else of the first; NotFound when a parent of it has not succeeded."""
    graph = plan.graph
    origin = read_origin(storage, run, graph.descendants(words.step) | {words.step})
    state = RunState(graph, {spec.step: spec for spec in plan.steps}, run.flow, run.run_id, origin)
    while launches := state.ready(_AT_ONCE, 0.0):
        for launch in launches:
            spec = _spec_of(launch, words)
            if spec is not None:
                return Inputs(spec.task_id, spec.inputs, spec.frames)
    raise NotFound(_reason(graph, run, words, {step for step, tasks in origin.tasks.items() if tasks}))


def _spec_of(launch: Launch, words: Words) -> TaskSpec | None:
    """The attempt of a launch that was meant."""
    if launch.step.step != words.step:
        return None
    return next((spec for spec in launch.specs if words.task in (None, spec.task_id)), None)


def _reason(graph: Graph, run: RunRecord, words: Words, done: set[str]) -> str:
    place = f"{run.flow}/{run.run_id}"
    missing = [step for step in graph.predecessors(words.step) if step not in done]
    if missing:
        needs = f"what comes before it has not succeeded there: {', '.join(missing)}"
    elif words.task is not None:
        needs = f"it has no task {words.task} there"
    elif graph.nodes[words.step].join:
        needs = "not all of its inputs are there"
    else:
        needs = "the run did not go that way"
    return (
        f"{words.step!r} has no inputs in {place}: {needs}. "
        f"Name another run (RUN/{words.step}), or bring this one there: resume --origin-run-id {run.run_id}"
    )
