"""Random flows, run in random order with random failures and kills, against a slow and obvious model.

A flow is drawn as a tree of blocks. The graph is written out from the tree; the model walks the same tree and lists,
for every task, its inputs. It knows nothing of graphs, joins, tokens or queues, so it can only agree with `RunState`
when both are right.
"""

import random
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import count

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from headwater.graph.draft import Draft, DraftStep
from headwater.graph.lint import find_problems
from headwater.graph.model import Graph
from headwater.names import Position, position_range
from headwater.records.decorators import Parallel, Retry
from headwater.records.graph import Case, Node, NodeKind
from headwater.records.step import StepSpec
from headwater.records.task import Failure, FailureKind, Outcome, TaskRange, TaskRecord, TaskSpec, Transition
from headwater.scheduler.decision import DecisionKind
from headwater.scheduler.origin import Origin, steps_to_rerun
from headwater.scheduler.state import RunState

Task = tuple[str, str]  # step, task id

# The tree


@dataclass
class Line:
    name: str = ""


@dataclass
class Loop:
    name: str = ""


@dataclass
class Split:
    branches: list[list["Block"]]
    early: int  # how many branches a first join takes; fewer than 2: there is none
    shift: int  # which branches those are
    after: list["Block"]  # between the first join and the last
    name: str = ""
    first_join: str = ""
    join: str = ""

    def first(self) -> list[int]:
        width = len(self.branches)
        size = self.early if 2 <= self.early < width else 0
        return sorted((self.shift + number) % width for number in range(size))


@dataclass
class Fan:
    body: list["Block"]
    gang: bool
    name: str = ""
    member: str = ""
    join: str = ""


@dataclass
class Switch:
    arms: list[list["Block"]]  # an empty one leads on at once
    name: str = ""


Block = Line | Loop | Split | Fan | Switch


def blocks_of(block: st.SearchStrategy[Block]) -> st.SearchStrategy[list[Block]]:
    return st.lists(block, min_size=1, max_size=2)


def larger(block: st.SearchStrategy[Block]) -> st.SearchStrategy[Block]:
    some = blocks_of(block)
    return st.one_of(
        st.builds(
            Split,
            branches=st.lists(some, min_size=2, max_size=4),
            early=st.integers(0, 3),
            shift=st.integers(0, 3),
            after=st.lists(block, max_size=1),
        ),
        st.builds(Fan, body=some, gang=st.booleans()),
        st.builds(
            Switch,
            arms=st.tuples(st.lists(block, max_size=2), some).map(list) | st.lists(some, min_size=2, max_size=3),
        ),
    )


leaves: st.SearchStrategy[Block] = st.builds(Line) | st.builds(Loop)
programs = st.lists(st.recursive(leaves, larger, max_leaves=12) | larger(leaves), min_size=1, max_size=3)


class Writer:
    """The tree as nodes. Works backwards: each block is told the step that follows it."""

    def __init__(self) -> None:
        self.nodes: list[Node] = []
        self._numbers = count()

    def write(self, blocks: list[Block], then: str) -> str:
        """The first step of the blocks; `then` when there are none."""
        for block in reversed(blocks):
            then = self._write(block, then)
        return then

    def node(self, kind: NodeKind, *targets: str, **more: object) -> str:
        name = f"s{next(self._numbers)}"
        return self.named(name, kind, *targets, **more)

    def named(self, name: str, kind: NodeKind, *targets: str, **more: object) -> str:
        steps = tuple(dict.fromkeys(name if target == "self" else target for target in targets))
        self.nodes.append(Node(name=name, kind=kind, targets=steps, **more))  # type: ignore[arg-type]  # any field
        return name

    def _write(self, block: Block, then: str) -> str:
        match block:
            case Line():
                block.name = self.node(NodeKind.LINEAR, then)
            case Loop():
                block.name = self.node(NodeKind.SWITCH, "self", then, cases=())
            case Switch():
                heads = [self.write(arm, then) for arm in block.arms]
                cases = tuple(Case(value=number, step=head) for number, head in enumerate(heads))
                block.name = self.node(NodeKind.SWITCH, *heads, cases=cases)
            case Fan(gang=False):
                block.join = self.node(NodeKind.LINEAR, then, join=True)
                block.name = self.node(NodeKind.FOREACH, self.write(block.body, block.join), foreach="items")
            case Fan():
                block.join = self.node(NodeKind.LINEAR, then, join=True)
                block.member = self.node(NodeKind.LINEAR, block.join, parallel=True, decorators=(Parallel(),))
                block.name = self.node(NodeKind.GANG, block.member)
            case Split():
                block.join = self.node(NodeKind.LINEAR, then, join=True)
                first = block.first()
                if first:
                    block.first_join = self.node(NodeKind.LINEAR, self.write(block.after, block.join), join=True)
                heads = [
                    self.write(branch, block.first_join if number in first else block.join)
                    for number, branch in enumerate(block.branches)
                ]
                block.name = self.node(NodeKind.SPLIT, *heads)
        return block.name


def graph_of(program: list[Block]) -> Graph:
    writer = Writer()
    writer.named("start", NodeKind.LINEAR, writer.write(program, "end"))
    writer.named("end", NodeKind.END)
    return Graph("Flow", writer.nodes, "start", "end")


# What the author's code does: the same on every run, for one seed


@dataclass
class Behaviour:
    seed: int

    def choose(self, what: str, task: Task, limit: int) -> int:
        return random.Random(f"{self.seed} {what} {task}").randrange(limit)

    def splits(self, task: Task) -> int:
        return 1 + self.choose("splits", task, 3)

    def arm(self, task: Task, arms: int) -> int:
        return self.choose("arm", task, arms)

    def turns(self, step: str, position: Position) -> int:
        return self.choose("turns", (step, str(position)), 3)

    def failures(self, task: Task) -> int:
        return max(0, self.choose("failures", task, 5) - 2)

    def transition(self, graph: Graph, task: Task) -> Transition:
        node = graph.nodes[task[0]]
        if node.kind in (NodeKind.FOREACH, NodeKind.GANG):
            return Transition(steps=node.targets, splits=self.splits(task), gang=node.kind is NodeKind.GANG)
        if node.kind is NodeKind.SWITCH and node.name in node.targets:
            position = Position.parse(task[1], graph.depth(node.name))
            again = position.iteration < self.turns(node.name, position.base())
            onward = next(target for target in node.targets if target != node.name)
            return Transition(steps=(node.name if again else onward,))
        if node.kind is NodeKind.SWITCH:
            arms = [case.step for case in node.cases] or list(node.targets)
            return Transition(steps=(arms[self.arm(task, len(arms))],))
        return Transition(steps=node.targets)


# The model


class Model:
    """Every task of a run with its inputs, in order."""

    def __init__(self, program: list[Block], behaviour: Behaviour) -> None:
        self.inputs: dict[Task, list[Task]] = {}
        self._behaviour = behaviour
        start = self._task("start", Position(), [])
        self._task("end", Position(), [self._walk(program, Position(), start)])

    def _task(self, step: str, position: Position, inputs: list[Task]) -> Task:
        task = (step, str(position))
        assert task not in self.inputs
        self.inputs[task] = inputs
        return task

    def _walk(self, blocks: list[Block], place: Position, token: Task) -> Task:
        for block in blocks:
            token = self._block(block, place, token)
        return token

    def _block(self, block: Block, place: Position, token: Task) -> Task:
        match block:
            case Line():
                return self._task(block.name, place, [token])
            case Loop():
                for turn in range(self._behaviour.turns(block.name, place) + 1):
                    token = self._task(block.name, place.at_turn(turn), [token])
                return token
            case Switch():
                token = self._task(block.name, place, [token])
                return self._walk(block.arms[self._behaviour.arm(token, len(block.arms))], place, token)
            case Fan():
                split = self._task(block.name, place, [token])
                body: list[Block] = [Line(block.member)] if block.gang else block.body
                children = [place.child(index) for index in range(self._behaviour.splits(split))]
                return self._task(block.join, place, [self._walk(body, child, split) for child in children])
            case Split():
                split = self._task(block.name, place, [token])
                tokens = {number: self._walk(branch, place, split) for number, branch in enumerate(block.branches)}
                if first := block.first():
                    early = self._task(block.first_join, place, [tokens.pop(number) for number in first])
                    tokens[first[0]] = self._walk(block.after, place, early)
                return self._task(block.join, place, [tokens[number] for number in sorted(tokens)])


# Driving RunState


@dataclass
class Storage:
    """What runs leave behind, over all of them."""

    executed_by: dict[Task, str] = field(default_factory=dict)
    starts: dict[Task, int] = field(default_factory=dict)


class Driver:
    """A caller of RunState that checks every promise as it goes."""

    def __init__(self, graph: Graph, behaviour: Behaviour, chance: random.Random, storage: Storage) -> None:
        self.graph = graph
        self.behaviour = behaviour
        self.chance = chance
        self.storage = storage
        self.steps = {
            step: StepSpec(flow="Flow", step=step, file="", module="", decorators=(*node.decorators, Retry(times=2)))
            for step, node in graph.nodes.items()
        }
        self.executed: set[Task] = set()

    def run(self, run_id: str, origin: Origin | None = None, kill_after: int | None = None) -> RunState:
        state = RunState(self.graph, self.steps, "Flow", run_id, origin)
        self.executed = set()
        taken = dict(expand(state.take_over()))
        assert all(self.storage.executed_by[task] == run for task, run in taken.items())
        self.finished = set(taken)
        running: list[TaskSpec] = []
        now = 0.0
        while state.is_active() and (kill_after is None or len(self.executed) < kill_after):
            for launch in state.ready(self.chance.randrange(1, 5), now) if self.chance.random() < 0.5 else []:
                for spec in launch.specs:
                    self.check(spec, run_id)
                running += launch.specs
            if running:
                spec = running.pop(self.chance.randrange(len(running)))
                self.end(state, spec, now)
            elif (due := state.next_due()) is not None:
                now = max(now, due)
        return state

    def check(self, spec: TaskSpec, run_id: str) -> None:
        """A task starts once everything it needs is there, and is told where it stands."""
        task = (spec.step, spec.task_id)
        assert task not in self.finished
        assert spec.run_id == run_id
        position = Position.parse(spec.task_id, self.graph.depth(spec.step))
        assert position.indices == tuple(frame.index for frame in spec.frames)
        for source, run in expand(spec.inputs):
            assert source in self.finished
            assert self.storage.executed_by[source] == run
        for frame in spec.frames:
            split = (frame.step, frame.task_id)
            assert split in self.finished
            assert self.storage.executed_by[split] == frame.run_id
            assert self.behaviour.splits(split) == frame.count
        self.storage.starts[task] = self.storage.starts.get(task, 0) + (spec.attempt == 0)

    def end(self, state: RunState, spec: TaskSpec, now: float) -> None:
        task = (spec.step, spec.task_id)
        # All members of a gang fail as their first does, some of them because the others did.
        guide = task if spec.gang is None else (spec.step, spec.gang.control_task_id)
        failed = spec.attempt < self.behaviour.failures(guide)
        kind = FailureKind.CANCELLED if spec.gang is not None and spec.gang.index else FailureKind.EXCEPTION
        record = TaskRecord(
            flow="Flow",
            run_id=spec.run_id,
            step=spec.step,
            task_id=spec.task_id,
            attempt=spec.attempt,
            outcome=Outcome.FAILED if failed else Outcome.SUCCEEDED,
            started_at=0,
            ended_at=0,
            transition=None if failed else self.behaviour.transition(self.graph, task),
            failure=Failure(kind=kind, message="") if failed else None,
        )
        decision = state.done(record, now)
        match decision.kind:
            case DecisionKind.RETRY:
                assert decision.due_at == now + 120
            case DecisionKind.FOLLOW | DecisionKind.GANG_COMPLETE:
                for done in decision.specs:
                    self.succeeded((done.step, done.task_id), done.run_id)
            case DecisionKind.WAIT:
                assert spec.gang is not None
            case _:
                raise AssertionError(decision)

    def succeeded(self, task: Task, run_id: str) -> None:
        assert task not in self.finished
        self.finished.add(task)
        self.executed.add(task)
        self.storage.executed_by[task] = run_id

    def origin(self, run_id: str, rerun: str | None = None) -> Origin:
        tasks: dict[str, dict[str, str]] = {}
        for (step, task_id), run in self.storage.executed_by.items():
            tasks.setdefault(step, {})[task_id] = run
        return Origin(
            run_id=run_id,
            graph=self.graph,
            tasks=tasks,
            transition=lambda step, task_id: self.behaviour.transition(self.graph, (step, task_id)),
            rerun=steps_to_rerun(self.graph, rerun),
        )


def expand(ranges: tuple[TaskRange, ...]) -> Iterator[tuple[Task, str]]:
    for one in ranges:
        for task_id in position_range(one.first, one.count):
            yield (one.step, task_id), one.run_id


def all_done(state: RunState, model: Model) -> bool:
    """The run is over, and its counts are those of the model."""
    expected: Mapping[str, int] = {step: sum(task[0] == step for task in model.inputs) for step in state.counts()}
    counts = state.counts()
    assert {step: one.done for step, one in counts.items()} == expected
    assert {step: one.known for step, one in counts.items()} == expected
    return state.finished and not state.is_active() and not state.running()


FEW = settings(max_examples=150, deadline=None)


@FEW
@given(program=programs, seed=st.integers(0, 2**32))
def test_every_task_runs_once_with_its_inputs_in_order(program: list[Block], seed: int) -> None:
    graph, behaviour = graph_of(program), Behaviour(seed)
    model = Model(program, behaviour)
    seen: dict[Task, list[Task]] = {}

    class Recorder(Driver):
        def check(self, spec: TaskSpec, run_id: str) -> None:
            super().check(spec, run_id)
            seen[spec.step, spec.task_id] = [source for source, _ in expand(spec.inputs)]

    driver = Recorder(graph, behaviour, random.Random(seed), Storage())
    state = driver.run("1")
    assert seen == model.inputs
    assert driver.finished == set(model.inputs)
    assert set(driver.storage.starts.values()) == {1}
    assert all_done(state, model)


@FEW
@given(program=programs, seed=st.integers(0, 2**32), kills=st.lists(st.integers(0, 12), min_size=1, max_size=3))
def test_a_killed_run_is_resumed_without_running_any_success_again(
    program: list[Block], seed: int, kills: list[int]
) -> None:
    graph, behaviour = graph_of(program), Behaviour(seed)
    model = Model(program, behaviour)
    storage = Storage()
    driver = Driver(graph, behaviour, random.Random(seed), storage)
    executed: list[Task] = []
    origin: Origin | None = None
    for number, kill in enumerate(kills):
        driver.run(str(number), origin, kill_after=kill)
        executed += driver.executed
        origin = driver.origin(str(number))
    state = driver.run("last", origin)
    executed += driver.executed
    assert sorted(executed) == sorted(model.inputs)
    assert driver.finished == set(model.inputs)
    assert all_done(state, model)


@settings(max_examples=30, deadline=None)
@given(program=programs, seed=st.integers(0, 2**32), data=st.data())
def test_a_named_step_and_all_behind_it_run_again(program: list[Block], seed: int, data: st.DataObject) -> None:
    graph, behaviour = graph_of(program), Behaviour(seed)
    model = Model(program, behaviour)
    driver = Driver(graph, behaviour, random.Random(seed), Storage())
    driver.run("1")
    step = data.draw(st.sampled_from(sorted(graph.nodes)))
    state = driver.run("2", driver.origin("1", rerun=step))
    again = steps_to_rerun(graph, step)
    assert driver.executed == {task for task in model.inputs if task[0] in again}
    assert all_done(state, model)


def test_whatever_lint_accepts_runs_to_its_end() -> None:
    """Graphs that were bent at random: most are refused, and none that is accepted may wait for ever or run twice."""
    accepted = 0

    @settings(max_examples=200, deadline=None)
    @given(program=programs, seed=st.integers(0, 2**32))
    def bend(program: list[Block], seed: int) -> None:
        nonlocal accepted
        chance = random.Random(seed)
        nodes = list(graph_of(program).nodes.values())
        for _ in range(chance.choice([1, 1, 2, 3])):
            bend_one(nodes, chance)
        steps = tuple(DraftStep(node, 1 + node.join, bool(node.targets)) for node in nodes)
        if find_problems(Draft("Flow", "flow.py", 1, steps)):
            return
        accepted += 1
        driver = Driver(Graph("Flow", nodes, "start", "end"), Behaviour(seed), chance, Storage())
        state = driver.run("1")
        assert state.finished
        assert not state.is_active()

    bend()
    assert accepted > 5


def bend_one(nodes: list[Node], chance: random.Random) -> None:
    """One target changed, or one step made a join or none."""
    number = chance.randrange(len(nodes))
    node = nodes[number]
    if chance.random() < 0.3 or not node.targets:
        nodes[number] = replace(node, join=not node.join)
        return
    targets = list(node.targets)
    old, new = chance.randrange(len(targets)), chance.choice(nodes).name
    cases = tuple(replace(case, step=new) if case.step == targets[old] else case for case in node.cases)
    targets[old] = new
    nodes[number] = replace(node, targets=tuple(dict.fromkeys(targets)), cases=cases)


def test_the_generator_makes_every_shape() -> None:
    """So that the tests above do not pass because they test nothing."""
    kinds: set[str] = set()

    @settings(max_examples=150, deadline=None, database=None, derandomize=True)
    @given(program=programs)
    def look(program: list[Block]) -> None:
        graph = graph_of(program)
        plans = [plan for step in graph.nodes if (plan := graph.join(step))]
        kinds.update(f"{plan.kind} {plan.closes}" for plan in plans)
        kinds.update(node.kind for node in graph.nodes.values())
        kinds.update(f"depth {graph.depth(step)}" for step in graph.nodes)
        kinds.update("arm into join" for plan in plans if len(plan.weights) > plan.need)
        kinds.update("loop" for step in graph.nodes if graph.loops(step))

    look()
    expected = {*NodeKind, "split True", "split False", "foreach True", "gang True", "depth 2", "arm into join", "loop"}
    assert expected <= kinds


@pytest.mark.parametrize("width", [1, 2, 1000])
def test_a_wide_foreach_is_one_range_at_its_join(width: int) -> None:
    program: list[Block] = [Fan([Line()], gang=False)]
    graph = graph_of(program)

    class Wide(Behaviour):
        def splits(self, task: Task) -> int:
            return width

        def failures(self, task: Task) -> int:
            return 0

    state = RunState(graph, Driver(graph, Wide(0), random.Random(0), Storage()).steps, "Flow", "1")
    behaviour = Wide(0)
    inputs: tuple[TaskRange, ...] = ()
    while state.is_active():
        for launch in state.ready(64, 0.0):
            (spec,) = launch.specs
            inputs = spec.inputs if graph.nodes[spec.step].join else inputs
            transition = behaviour.transition(graph, (spec.step, spec.task_id))
            state.done(
                TaskRecord(
                    flow="Flow",
                    run_id="1",
                    step=spec.step,
                    task_id=spec.task_id,
                    attempt=0,
                    outcome=Outcome.SUCCEEDED,
                    started_at=0,
                    ended_at=0,
                    transition=transition,
                ),
                0.0,
            )
    (only,) = inputs
    assert (only.first, only.count) == ("0", width)
