"""What follows a step: its call of `self.next`, held against the graph, as data."""

from typing import Any

from headwater.artifacts.iterables import materialise
from headwater.artifacts.store import ArtifactStore, InlineBudget
from headwater.errors import InvalidNext
from headwater.flow.next_call import NextCall
from headwater.flow.spec import FlowSpec
from headwater.records.artifact import SplitItems
from headwater.records.graph import DECIDED_BY_THE_STEP, Node, NodeKind
from headwater.records.task import Transition
from headwater.worker.workplace import Attempt

Followed = tuple[Transition, SplitItems | None]  # and for a foreach the items that it hands on


def follow(flow: FlowSpec, attempt: Attempt, store: ArtifactStore, budget: InlineBudget) -> Followed:
    """The transition that the step asked for; `InvalidNext` when it cannot be followed."""
    node = attempt.node
    call: NextCall | None = flow._hw_next
    if node.kind is NodeKind.END:
        return Transition(), None
    if call is None:
        raise InvalidNext(
            f"Step {node.name!r} ended without calling self.next. "
            f"End it with self.next({', '.join(f'self.{target}' for target in node.targets)})."
        )
    if node.kind is NodeKind.SWITCH:
        return _switch(flow, node, call), None
    if tuple(call.targets) != node.targets:
        raise InvalidNext(
            f"Step {node.name!r} called self.next with {_list(call.targets)} where its source says "
            f"{_list(node.targets)}. Write the targets out in self.next."
        )
    if node.kind is NodeKind.FOREACH:
        return _foreach(flow, attempt, call, store, budget)
    if node.kind is NodeKind.GANG:
        return Transition(steps=node.targets, splits=call.num_parallel, gang=True), None
    return Transition(steps=node.targets), None


def static_transition(node: Node) -> Transition | None:
    """The transition of a step that a failure kept from calling `self.next`; None: only the step itself knew."""
    return None if node.kind in DECIDED_BY_THE_STEP else Transition(steps=node.targets)


def _switch(flow: FlowSpec, node: Node, call: NextCall) -> Transition:
    if not call.condition:  # if/elif/else around several self.next
        (target,) = call.targets
        if target not in node.targets:
            raise InvalidNext(
                f"Step {node.name!r} went on to {target!r}, which its source does not name. "
                f"Its branches are {_list(node.targets)}."
            )
        return Transition(steps=(target,), case=target)
    value = getattr(flow, call.condition)
    return Transition(steps=(call.arm(value),), case=repr(value))


def _foreach(flow: FlowSpec, attempt: Attempt, call: NextCall, store: ArtifactStore, budget: InlineBudget) -> Followed:
    name = call.foreach
    assert name is not None
    try:
        value = getattr(flow, name)
    except AttributeError as exc:
        raise InvalidNext(
            f"Step {attempt.node.name!r} iterates over self.{name}, which is not set. "
            f"Set self.{name} before self.next(..., foreach={name!r})."
        ) from exc
    limit = attempt.step.max_splits
    try:
        items = materialise(value, limit + 1)  # one more tells that there are too many, even of an endless iterator
    except InvalidNext as exc:
        raise InvalidNext(f"Step {attempt.node.name!r}, self.{name}: {exc}") from exc
    if not items:
        raise InvalidNext(
            f"Step {attempt.node.name!r}: self.{name} produced zero splits. "
            "A foreach needs at least one item: check that it is not empty, or use a switch to go around it."
        )
    if len(items) > limit:
        count = len(value) if hasattr(value, "__len__") else len(items)
        raise InvalidNext(
            f"Step {attempt.node.name!r}: foreach over self.{name} has {count:,} items, and {limit:,} are "
            f"allowed. Raise the limit with --max-num-splits {count}."
        )
    if iter_once(value):
        flow.__dict__[name] = items
    packed = store.pack(name, items, budget)
    return Transition(steps=attempt.node.targets, splits=len(items)), packed


def iter_once(value: Any) -> bool:
    """A generator or other iterator: drained by the split, so the list takes its place as the artifact."""
    return hasattr(value, "__next__")


def _list(names: tuple[str, ...]) -> str:
    return ", ".join(names) or "nothing"
