"""Which tasks come before and after a task, told from positions alone."""

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from headwater.names import Position, position_range
from headwater.records.graph import NodeKind
from headwater.records.run import RunRecord
from headwater.records.task import TaskRecord


class Place(NamedTuple):
    """A task within its run."""

    step: str
    task_id: str


def depths(run: RunRecord) -> Mapping[str, int]:
    """Foreach and gang levels around each step."""
    return {spec.step: spec.depth for spec in run.steps}


def foreach_path(run: RunRecord, step: str, position: Position) -> str:
    """The place of a task in each foreach and gang around it: `train:3,fold:0`, by the first step inside each."""
    depth_of = depths(run)
    nodes = {node.name: node for node in run.nodes}
    inside: dict[str, tuple[str, ...]] = {run.start: ()}
    waiting = [run.start]
    while waiting and step not in inside:
        node = nodes[waiting.pop()]
        for target in node.targets:
            if target not in inside:
                opened = (target,) if node.kind in (NodeKind.FOREACH, NodeKind.GANG) else ()
                inside[target] = (*inside[node.name], *opened)[: depth_of.get(target, 0)]
                waiting.append(target)
    return ",".join(f"{name}:{index}" for name, index in zip(inside.get(step, ()), position.indices, strict=False))


def parents(record: TaskRecord) -> Iterator[Place]:
    """The tasks whose results a task took in, in the order of its inputs."""
    for some in record.inputs:
        for task_id in position_range(some.first, some.count):
            yield Place(some.step, task_id)


def children(record: TaskRecord, depth_of: Mapping[str, int]) -> Iterator[Place]:
    """Where a task handed on to, whether that has run yet or not; of an imported task, as far as it has.

    The turn of a loop is counted by the step that loops to itself; any other step leaves the loop.
    """
    transition = record.transition
    if transition is None:
        return
    if transition.tasks is not None:
        yield from (Place(some.step, some.first) for some in transition.tasks)
        return
    own = Position.parse(record.task_id, depth_of.get(record.step))
    for step in transition.steps:
        if transition.splits is not None:
            for index in range(transition.splits):
                yield Place(step, str(own.child(index)))
            continue
        indices = own.indices[: depth_of.get(step, own.depth)]
        turn = own.iteration + 1 if step == record.step else 0
        yield Place(step, str(Position(indices, turn)))


def parent_steps(run: RunRecord, step: str) -> list[str]:
    """Steps that can hand on to a step, in the order of the source."""
    return [node.name for node in run.nodes if step in node.targets]


def child_steps(run: RunRecord, step: str) -> list[str]:
    """Steps that a step can hand on to, in the order written."""
    return [target for node in run.nodes if node.name == step for target in node.targets]


def is_gang(run: RunRecord, step: str) -> bool:
    """Whether the tasks of a step start, fail and end together."""
    return any(node.kind is NodeKind.GANG and step in node.targets for node in run.nodes)
