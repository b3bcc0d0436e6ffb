"""A run that was never run, with one task about to begin: its record, its parents and its spec, in storage of its own.

given values ─► parameters of the run · artifacts of the parents · items of the foreach around the task
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, NamedTuple

from headwater.errors import UsageError
from headwater.flow.config_value import plain_of
from headwater.flow.constants import constants_of
from headwater.flow.parameter_values import plain_values
from headwater.flow.resolve import configs_in
from headwater.graph.model import Graph
from headwater.names import Position
from headwater.records.base import encode
from headwater.records.graph import NodeKind
from headwater.records.run import RunRecord
from headwater.records.task import Outcome, SplitFrame, TaskRange, TaskRecord, TaskSpec
from headwater.runner.plan import RunPlan
from headwater.runner.tags import system_tags
from headwater.storage import layout
from headwater.storage.base import Storage
from headwater.testing.given import GivenStore
from headwater.worker import workplace
from headwater.worker.workplace import Workplace

RUN_ID = "test"
_GIVEN = "given"  # the step that is said to have set what the first step is given


class Given(NamedTuple):
    """What a test gives to a step, sorted out."""

    parameters: Mapping[str, Any]  # by Python name, complete
    parents: Sequence[tuple[str, Mapping[str, Any], Any]]  # (step, artifacts, its item of the foreach)
    stack: Sequence[tuple[int, int, Any]]  # (index, count, item) of each foreach around the task, the outermost first
    tags: tuple[str, ...] = ()


class Opened(NamedTuple):
    """Storage of the test's own, with what it gives."""

    storage: Storage
    store: GivenStore


class Stage(Workplace):
    """The workplace of one task, over storage that the test has."""

    def __init__(self, plan: RunPlan, run: RunRecord, opened: Opened) -> None:
        self.given = opened
        super().__init__(plan.flow, run, {spec.step: spec for spec in plan.steps}, opened.storage.url)
        self.prepare_cards()

    @contextmanager
    def storage(self) -> Iterator[workplace.Opened]:
        with self.given.storage.writing():
            yield workplace.Opened(*self.given)


def set_stage(plan: RunPlan, step: str, given: Given, storage: Storage) -> tuple[Stage, TaskSpec]:
    """Write what has to be there before the task begins."""
    opened = Opened(storage, GivenStore(storage))
    run = _run(plan, given, opened.store)
    storage.create(layout.run_record(run.flow, run.run_id), encode(run))
    frames = _frames(plan.graph, step, given, opened)
    spec = TaskSpec(
        flow=plan.graph.name,
        run_id=RUN_ID,
        step=step,
        task_id=str(Position(tuple(frame.index for frame in frames))),
        inputs=tuple(_parents(plan.graph, step, given, frames, opened)),
        frames=tuple(frames),
    )
    return Stage(plan, run, opened), spec


def _run(plan: RunPlan, given: Given, store: GivenStore) -> RunRecord:
    values = plain_values(plan.flow, given.parameters)
    user = plan.settings.user
    return RunRecord(
        flow=plan.graph.name,
        run_id=RUN_ID,
        user=user,
        created_at=0.0,
        file=str(plan.file),
        start=plan.graph.start,
        end=plan.graph.end,
        nodes=tuple(plan.graph.nodes.values()),
        steps=plan.steps,
        parameters={name: store.give(name, value) for name, value in values.items()},
        configs={name: store.give(name, plain_of(value)) for name, value in configs_in(plan.flow).items()},
        constants={name: store.give(name, value) for name, value in constants_of(plan.flow).items()},
        tags=given.tags,
        system_tags=system_tags(user, plan.project()),
        namespace=f"user:{user}",
        flow_decorators=plan.flow_decorators,
        project=plan.project(),
    )


def _frames(graph: Graph, step: str, given: Given, opened: Opened) -> list[SplitFrame]:
    """The foreach levels around the task, each opened by a task that has its items."""
    depth = graph.depth(step)
    if len(given.stack) != depth:
        raise UsageError(
            f"Step {step!r} stands in {depth} foreach levels, and {len(given.stack)} were given. "
            "Give the innermost with input= and index=, or all of them with foreach_stack=[(index, count, item), ...]."
        )
    frames: list[SplitFrame] = []
    for level, (index, count, item) in enumerate(given.stack):
        items = [None] * count
        items[index] = item
        (frame,) = _split(graph, f"split_{level}", frames, items, [index], opened)
        frames.append(frame)
    return frames


def _parents(graph: Graph, step: str, given: Given, frames: list[SplitFrame], opened: Opened) -> Iterator[TaskRange]:
    """The tasks before the one that begins, with the artifacts that were given; in the order of `inputs`."""
    position = Position(tuple(frame.index for frame in frames))
    inner: list[SplitFrame] = []
    if closes_a_foreach(graph, step):
        items = [item for _, _, item in given.parents]
        inner = _split(graph, "split", frames, items, range(len(items)), opened)
    for number, (parent, artifacts, _) in enumerate(given.parents):
        place = str(position.child(number) if inner else position)
        around = [*frames, inner[number]] if inner else frames
        refs = {name: opened.store.give(name, value) for name, value in artifacts.items()}
        _write(opened, _record(graph, parent or _GIVEN, place, around, artifacts=refs))
        yield TaskRange(run_id=RUN_ID, step=parent or _GIVEN, first=place)


def closes_a_foreach(graph: Graph, step: str) -> bool:
    """Whether the inputs of a step are the children of a foreach or a gang, rather than branches."""
    plan = graph.join(step)
    return plan is not None and plan.kind in (NodeKind.FOREACH, NodeKind.GANG)


def _split(
    graph: Graph, split: str, frames: list[SplitFrame], items: list[Any], indices: Iterable[int], opened: Opened
) -> list[SplitFrame]:
    """The frames of children of a task that splits."""
    place = str(Position(tuple(frame.index for frame in frames)))
    _write(opened, _record(graph, split, place, frames, items=opened.store.give_items(items)))
    return [SplitFrame(run_id=RUN_ID, step=split, task_id=place, index=index, count=len(items)) for index in indices]


def _write(opened: Opened, record: TaskRecord) -> None:
    opened.storage.create(layout.task(record.flow, RUN_ID, record.step, record.task_id), encode(record))


def _record(graph: Graph, step: str, task_id: str, frames: Sequence[SplitFrame], **values: Any) -> TaskRecord:
    return TaskRecord(
        flow=graph.name,
        run_id=RUN_ID,
        step=step,
        task_id=task_id,
        attempt=0,
        outcome=Outcome.SUCCEEDED,
        started_at=0.0,
        ended_at=0.0,
        frames=tuple(frames),
        **values,
    )
