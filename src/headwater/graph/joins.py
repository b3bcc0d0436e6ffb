"""Which split each join closes, found by walking the graph once with the stack of splits that are open at each step.

A *frame* is an open split. A static split's frame carries the numbers of the branches that a token stands for; the
frames of a foreach and of a gang carry none, since an index says which token it is. Arms of a switch are alternatives
of one token, so they share its frames; they may meet again in a plain step, or go straight into a join.

A join takes tokens whose stacks differ only in the branches of the innermost frame. When these are all branches of the
split the frame is closed; otherwise it stays open, and the join's token stands for the branches it took.

Two things make every run of an accepted graph end. Tokens of one frame always carry disjoint branches, so a plain step
runs once per position. And all arms of a switch lead to the same next join, so no join waits for a token that went
elsewhere.
"""

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from headwater.records.graph import Node, NodeKind


class Frame(NamedTuple):
    """A split that is open at a step."""

    split: str
    kind: NodeKind  # SPLIT, FOREACH or GANG
    branches: frozenset[int] = frozenset()  # of a static split: those this token stands for


Stack = tuple[Frame, ...]

_BEFORE_IT = "Add a step that takes `inputs` before it, to join the branches."


class JoinPlan(NamedTuple):
    """How a join counts its tokens."""

    split: str
    kind: NodeKind  # of the split: SPLIT, FOREACH or GANG
    closes: bool  # False: some branches are joined, the others later
    need: int  # a static split: how many branches; a foreach or gang: 1 for each index
    weights: Mapping[str, int]  # source step -> how many branches its token stands for
    order: Mapping[str, int]  # source step -> its smallest branch number, as the split named its branches


class Flaw(NamedTuple):
    """Something about splits and joins that cannot work."""

    step: str
    message: str
    remedy: str


class Analysis(NamedTuple):
    """What the walk found."""

    stacks: Mapping[str, Stack]  # step -> the splits open while it runs; steps behind a flaw are left out
    joins: Mapping[str, JoinPlan]
    flaws: tuple[Flaw, ...]


def analyse(nodes: Mapping[str, Node], start: str) -> Analysis:
    """Walk from `start`. Targets that do not exist and loops of several steps are passed over; lint reports them."""
    order = topological_order(nodes, start)
    walk = _Walk(nodes)
    walk.arrive("", start, ())
    for step in order:
        walk.visit(nodes[step])
    walk.check_arms(reversed(order))
    return Analysis(walk.stacks, walk.joins, tuple(walk.flaws))


def topological_order(nodes: Mapping[str, Node], start: str) -> list[str]:
    """The steps reachable from `start`, each after its predecessors; steps in or behind a loop of several are left out.

    A switch that leads to itself is no loop here.
    """
    reachable = reach(nodes, start)
    waiting = dict.fromkeys(reachable, 0)
    for step in reachable:
        for target in _onward(nodes, nodes[step]):
            waiting[target] += 1
    order = [start] if start in waiting and waiting[start] == 0 else []
    for step in order:
        for target in _onward(nodes, nodes[step]):
            waiting[target] -= 1
            if waiting[target] == 0:
                order.append(target)
    return order


def reach(nodes: Mapping[str, Node], start: str) -> dict[str, None]:
    """`start` and every step behind it, as an ordered set."""
    found = {start: None} if start in nodes else {}
    todo = list(found)
    while todo:
        for target in nodes[todo.pop()].targets:
            if target in nodes and target not in found:
                found[target] = None
                todo.append(target)
    return found


def _onward(nodes: Mapping[str, Node], node: Node) -> list[str]:
    return [target for target in dict.fromkeys(node.targets) if target in nodes and target != node.name]


class _Walk:
    """The walk in progress."""

    def __init__(self, nodes: Mapping[str, Node]) -> None:
        self.nodes = nodes
        self.stacks: dict[str, Stack] = {}
        self.joins: dict[str, JoinPlan] = {}
        self.flaws: list[Flaw] = []
        self._arrivals: dict[str, list[tuple[str, Stack | None]]] = {}
        self._closers: dict[str, str] = {}  # split -> the join that closes it

    def arrive(self, source: str, step: str, stack: Stack | None) -> None:
        """`None` stands for a stack that a flaw has made unknown: what follows from one flaw is not reported."""
        self._arrivals.setdefault(step, []).append((source, stack))

    def visit(self, node: Node) -> None:
        arrivals = self._arrivals.get(node.name, [])
        known = [(source, stack) for source, stack in arrivals if stack is not None]
        stack: Stack | None = None
        if known and len(known) == len(arrivals):
            stack = self._join(node, known) if node.join else self._converge(node, known)
        if stack is not None:
            self.stacks[node.name] = stack
        if node.kind is NodeKind.END and stack:
            self._flaw(
                node.name,
                f"The {_words(stack[-1].kind)} of {stack[-1].split!r} is not joined before {node.name!r}.",
                _BEFORE_IT,
            )
        for number, target in enumerate(_onward(self.nodes, node)):
            self.arrive(node.name, target, None if stack is None else self._opened(node, stack, number))

    def _opened(self, node: Node, stack: Stack, number: int) -> Stack:
        if node.kind is NodeKind.SPLIT:
            return (*stack, Frame(node.name, node.kind, frozenset({number})))
        if node.kind in (NodeKind.FOREACH, NodeKind.GANG):
            return (*stack, Frame(node.name, node.kind))
        return stack

    def _converge(self, node: Node, arrivals: list[tuple[str, Stack]]) -> Stack | None:
        first = arrivals[0][1]
        for source, stack in arrivals[1:]:
            if stack != first:
                self._flaw(
                    node.name,
                    f"Step {node.name!r} is reached from {arrivals[0][0]!r} and {source!r}, "
                    "which are different branches of a split.",
                    _BEFORE_IT
                    if node.kind is NodeKind.END
                    else f"If it should join them, let it take `inputs`: def {node.name}(self, inputs).",
                )
                return None
        return first

    def _join(self, node: Node, arrivals: list[tuple[str, Stack]]) -> Stack | None:
        sources = [source for source, _ in arrivals]
        outer, frame = arrivals[0][1][:-1], arrivals[0][1][-1:]
        if not frame:
            self._flaw(
                node.name,
                f"Step {node.name!r} takes `inputs`, but no split is open where it stands.",
                "Remove the argument `inputs`, or add the split that it should join.",
            )
            return None
        for source, stack in arrivals[1:]:
            if not stack or stack[-1].split != frame[0].split:  # a split has one place, so the outer frames agree too
                self._flaw(node.name, *self._unequal(node.name, arrivals[0], (source, stack)))
                return None
        split = self.nodes[frame[0].split]
        if split.name in sources:
            self._flaw(
                node.name,
                f"The {_words(split.kind)} of {split.name!r} leads straight into the join {node.name!r}.",
                "Put a step between the two.",
            )
            return None
        if split.kind is not NodeKind.SPLIT:
            self.joins[node.name] = JoinPlan(
                split.name, split.kind, True, 1, dict.fromkeys(sources, 1), dict.fromkeys(sources, 0)
            )
            self._closers[split.name] = node.name
            return outer
        return self._join_branches(node, split, arrivals)

    def _join_branches(self, node: Node, split: Node, arrivals: list[tuple[str, Stack]]) -> Stack | None:
        carried = {source: stack[-1].branches for source, stack in arrivals}
        union = frozenset[int]().union(*carried.values())
        if len(set(carried.values())) == 1:
            self._flaw(
                node.name,
                f"Step {node.name!r} takes `inputs`, but only one branch of the split of {split.name!r} reaches it.",
                "Remove the argument `inputs`, or lead another branch to it.",
            )
            return None
        closes = len(union) == len(_onward(self.nodes, split))
        weights = {source: len(branches) for source, branches in carried.items()}
        smallest = {source: min(branches) for source, branches in carried.items()}
        self.joins[node.name] = JoinPlan(split.name, split.kind, closes, len(union), weights, smallest)
        outer = arrivals[0][1][:-1]
        if closes:
            self._closers[split.name] = node.name
            return outer
        return (*outer, Frame(split.name, split.kind, union))

    def _unequal(self, join: str, one: tuple[str, Stack], other: tuple[str, Stack]) -> tuple[str, str]:
        return (
            f"The join {join!r} is reached from {one[0]!r}, {_inside(one[1])}, "
            f"and from {other[0]!r}, {_inside(other[1])}.",
            "A join takes branches of one split: join the inner split first, in a step of its own.",
        )

    def check_arms(self, backwards: Iterable[str]) -> None:
        """All arms of a switch must lead to the same next join ("" when none is ahead)."""
        ahead: dict[str, str | None] = {}
        for step in backwards:
            node = self.nodes[step]
            if node.kind in (NodeKind.SPLIT, NodeKind.FOREACH, NodeKind.GANG):
                ahead[step] = ahead.get(self._closers.get(step, ""))
                continue
            arms = {
                target: target if self.nodes[target].join else ahead.get(target) for target in _onward(self.nodes, node)
            }
            joins = {join: target for target, join in arms.items() if join is not None}
            ahead[step] = next(iter(joins)) if len(joins) == 1 else None if arms else ""
            if len(joins) > 1:
                self._flaw(step, *_parted(step, joins))

    def _flaw(self, step: str, message: str, remedy: str) -> None:
        self.flaws.append(Flaw(step, message, remedy))


def _parted(step: str, joins: Mapping[str, str]) -> tuple[str, str]:
    one, other = (
        f"{target!r} leads {f'to the join {join!r}' if join else 'past every join'}"
        for join, target in list(joins.items())[:2]
    )
    return (
        f"The arms of the switch in {step!r} part ways: {one}, {other}.",
        "Whichever arm is taken, a join must get its branch: lead all arms to the same join.",
    )


def _inside(stack: Stack) -> str:
    if not stack:
        return "which is in no split"
    return f"which is in the {_words(stack[-1].kind)} of {stack[-1].split!r}"


def _words(kind: NodeKind) -> str:
    return {NodeKind.FOREACH: "foreach", NodeKind.GANG: "gang"}.get(kind, "split")
