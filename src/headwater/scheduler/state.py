"""What may run next: a pure object that knows a run's place in its graph.

It has the shape of `graphlib.TopologicalSorter`. The caller runs tasks; this object says which:

    state = RunState(graph, steps, flow, run_id)
    while state.is_active():
        for launch in state.ready(room, now): submit(launch)
        ...
        decision = state.done(record, now)

No disk, clock, network or process. A task in flight is its TaskSpec; a finished task leaves nothing but a number in a
counter and a token at a join. All state there is:

    _running   (step, task id) -> the attempt that `ready` gave out and `done` has not yet answered
    _gangs     (step, task id) -> the gang in flight that the attempt belongs to
    _queue     what is ready; a foreach is a cursor there, never a list of children
    _tokens    (join step, position) -> what that join has got so far
    _counts    step -> how many tasks are known, started, done, failed
"""

from collections.abc import Mapping
from typing import NamedTuple

import msgspec

from headwater.errors import InvalidNext
from headwater.executors.base import Launch
from headwater.graph.model import Graph
from headwater.names import Position
from headwater.records.graph import NodeKind
from headwater.records.step import StepSpec
from headwater.records.task import Gang, Outcome, SplitFrame, TaskRange, TaskRecord, TaskSpec, Transition
from headwater.scheduler.decision import NOT_THE_TASKS, Decision, DecisionKind, RetryPolicy, failure_kind
from headwater.scheduler.fan import Fan
from headwater.scheduler.origin import Origin
from headwater.scheduler.place import Finished, Frames, Place, allows, indices
from headwater.scheduler.queue import ReadyQueue
from headwater.scheduler.replay import Replay
from headwater.scheduler.tokens import BranchTokens, IndexTokens, Source


class StepCount(NamedTuple):
    """The tasks of one step."""

    known: int = 0  # those of which a split or predecessor has told; more may follow
    started: int = 0
    done: int = 0  # succeeded, caught or taken over
    failed: int = 0  # for good


class _Mates:
    """A gang in flight."""

    __slots__ = ("records", "specs")

    def __init__(self, specs: tuple[TaskSpec, ...]) -> None:
        self.specs = specs
        self.records: dict[str, TaskRecord] = {}  # by task id; those that ended


class RunState:
    """The progress of one run."""

    def __init__(
        self,
        graph: Graph,
        steps: Mapping[str, StepSpec],
        flow: str,
        run_id: str,
        origin: Origin | None = None,
        keep_going: bool = False,
    ) -> None:
        """`keep_going`: after a failure, what was ready still starts; nothing new becomes ready."""
        self.finished = False  # the end step succeeded
        self._graph = graph
        self._steps = steps
        self._flow = flow
        self._run_id = run_id
        self._keep_going = keep_going
        self._policies = {step: RetryPolicy.of(spec) for step, spec in steps.items()}
        self._stopped = False  # nothing starts any more
        self._frozen = False  # nothing becomes ready any more
        self._running: dict[tuple[str, str], TaskSpec] = {}
        self._gangs: dict[tuple[str, str], _Mates] = {}  # by any member's key
        self._queue = ReadyQueue()
        self._tokens: dict[tuple[str, tuple[int, ...]], BranchTokens | IndexTokens] = {}
        self._known = dict.fromkeys(graph.nodes, 0)
        self._started = dict.fromkeys(graph.nodes, 0)
        self._done = dict.fromkeys(graph.nodes, 0)
        self._failed = dict.fromkeys(graph.nodes, 0)
        self._replay: Replay | None = None  # only while tasks are taken over
        self._taken: tuple[TaskRange, ...] = ()
        first = Place(graph.start, (), ())
        if origin is None:
            self._enable(first)
        else:
            self._take_over(origin, first)

    def ready(self, limit: int, now: float) -> list[Launch]:
        """At most `limit` launches to start now: retries that are due, then single tasks, then children of splits."""
        launches: list[Launch] = []
        while len(launches) < limit and not self._stopped:
            entry = self._queue.pop(now)
            if entry is None:
                break
            launch = self._launch(entry) if isinstance(entry, Place) else entry
            self._start(launch)
            launches.append(launch)
        return launches

    def done(self, record: TaskRecord, now: float) -> Decision:
        """Take in how a running attempt ended, and say what is to be done about it."""
        key = (record.step, record.task_id)
        spec = self._running.get(key)
        if spec is None:
            raise ValueError(f"{record.step}/{record.task_id} is not running.")
        if key in self._gangs:
            return self._gang_done(self._gangs[key], record, now)
        if record.outcome is not Outcome.FAILED:
            transition = self._checked(record)
            del self._running[key]
            self._complete(Finished(record.step, spec.frames, _iteration(record.task_id), record.run_id), transition)
            return Decision(DecisionKind.FOLLOW, (spec,))
        return self._unsuccessful((spec,), [record], now)

    def is_active(self) -> bool:
        """True while something runs, or may start."""
        return bool(self._running) or (bool(self._queue) and not self._stopped)

    def next_due(self) -> float | None:
        """When the next retry may start; None when none waits."""
        return None if self._stopped else self._queue.next_due()

    def stop(self) -> None:
        """Nothing starts any more; `done` is still called for what runs."""
        self._stopped = self._frozen = True

    def running(self) -> tuple[TaskSpec, ...]:
        """The attempts that were given out and have not ended."""
        return tuple(self._running.values())

    def counts(self) -> Mapping[str, StepCount]:
        """Steps in the order of the source, those of which nothing is known yet included."""
        return {
            step: StepCount(self._known[step], self._started[step], self._done[step], self._failed[step])
            for step in self._graph.nodes
        }

    def take_over(self) -> tuple[TaskRange, ...]:
        """What was taken over from the origin, and the runs that really executed it."""
        return self._taken

    # Starting

    def _start(self, launch: Launch) -> None:
        step = launch.step.step
        gang = _Mates(launch.specs) if launch.specs[0].gang is not None else None
        for spec in launch.specs:
            key = (step, spec.task_id)
            self._running[key] = spec
            if spec.attempt == 0:
                self._started[step] += 1
            if gang is not None:
                self._gangs[key] = gang

    def _launch(self, place: Place) -> Launch:
        return Launch(self._steps[place.step], (self._spec(place),))

    def _gang_launch(self, fan: Fan) -> Launch:
        size = len(fan)
        control = str(Position((*indices(fan.outer), 0)))
        gangs = (Gang(size=size, index=index, control_task_id=control) for index in range(size))
        return Launch(self._steps[fan.step], tuple(self._spec(fan.take(), gang) for gang in gangs))

    def _spec(self, place: Place, gang: Gang | None = None) -> TaskSpec:
        return TaskSpec(
            flow=self._flow,
            run_id=self._run_id,
            step=place.step,
            task_id=str(place.position),
            last_attempt=self._policies[place.step].is_last(0),
            inputs=place.inputs,
            frames=place.frames,
            gang=gang,
        )

    def _enable(self, place: Place) -> None:
        """All parents of a single task are done."""
        if self._replay is not None:
            self._replay.places.append(place)
        elif not self._frozen:
            self._known[place.step] += 1
            self._queue.add(self._launch(place))

    def _open(self, fan: Fan) -> None:
        """A task has split."""
        if self._replay is not None:
            self._replay.fans.append(fan)
        elif not self._frozen:
            self._known[fan.step] += len(fan)
            if fan.gang:
                self._queue.add(self._gang_launch(fan))
            else:
                self._queue.add_fan(fan)

    # Ending

    def _unsuccessful(self, mates: tuple[TaskSpec, ...], failed: list[TaskRecord], now: float) -> Decision:
        """`mates` started together; `failed` are the records of those of them that did not succeed."""
        step, attempt = mates[0].step, mates[0].attempt
        policy = self._policies[step]
        cause = next((record for record in failed if failure_kind(record) not in NOT_THE_TASKS), failed[0])
        kind = policy.decide(attempt, failure_kind(cause))
        ids = {record.task_id for record in failed}
        missing = tuple(spec for spec in mates if spec.task_id in ids)
        if kind is DecisionKind.CATCH:
            return Decision(kind, missing, cause=cause)  # they stay in `_running` until their caught records arrive
        for spec in mates:
            self._running.pop((step, spec.task_id), None)
            self._gangs.pop((step, spec.task_id), None)
        if kind is DecisionKind.RETRY and not self._stopped:
            due_at = now + policy.pause_s
            last = policy.is_last(attempt + 1)
            again = tuple(msgspec.structs.replace(spec, attempt=attempt + 1, last_attempt=last) for spec in mates)
            self._queue.add_retry(Launch(self._steps[step], again), due_at)
            return Decision(kind, mates, due_at, cause)
        self._failed[step] += len(missing)
        self._frozen = True
        if not self._keep_going:
            self.stop()
        return Decision(DecisionKind.FAIL, missing, cause=cause)

    def _gang_done(self, gang: _Mates, record: TaskRecord, now: float) -> Decision:
        if record.outcome is not Outcome.FAILED:
            self._checked(record)
        gang.records[record.task_id] = record
        ended = [gang.records.get(spec.task_id) for spec in gang.specs]
        if any(mate is None for mate in ended):
            return Decision(DecisionKind.WAIT, (self._running[record.step, record.task_id],))
        records = [mate for mate in ended if mate is not None]
        failed = [mate for mate in records if mate.outcome is Outcome.FAILED]
        if failed:
            for mate in failed:
                del gang.records[mate.task_id]  # a caught record may take its place
            return self._unsuccessful(gang.specs, failed, now)
        for spec in gang.specs:
            key = (spec.step, spec.task_id)
            del self._running[key], self._gangs[key]
        for spec, mate in zip(gang.specs, records, strict=True):
            self._complete(Finished(spec.step, spec.frames, 0, mate.run_id), mate.transition or Transition())
        return Decision(DecisionKind.GANG_COMPLETE, gang.specs)

    def _checked(self, record: TaskRecord) -> Transition:
        """The record's transition, when the graph allows it."""
        transition = record.transition
        node = self._graph.nodes[record.step]
        if transition is None or not allows(node, transition):
            raise InvalidNext(
                f"{record.step}/{record.task_id} went on in a way that the graph of {self._flow} does not have: "
                f"{transition!r}. Run the flow again from the file as it is now."
            )
        return transition

    # Following

    def _complete(self, task: Finished, transition: Transition) -> None:
        """A task succeeded: make ready what follows."""
        self._done[task.step] += 1
        node = self._graph.nodes[task.step]
        if node.kind is NodeKind.END:
            self.finished = True
        elif node.kind is NodeKind.SWITCH:
            self._hand_on(task, transition.steps[0])
        elif node.kind in (NodeKind.FOREACH, NodeKind.GANG):
            self._fan_out(task, transition.splits or 0)
        else:
            for target in node.targets:
                self._hand_on(task, target)

    def _hand_on(self, task: Finished, target: str) -> None:
        """One token goes from a task to a step that follows."""
        plan = self._graph.join(target)
        if plan is None:
            iteration = task.iteration + 1 if target == task.step else 0
            self._enable(Place(target, task.frames, (task.as_range(),), iteration))
            return
        source = Source(task.run_id, task.step, task.iteration)
        tokens: BranchTokens | IndexTokens | None
        if plan.kind is NodeKind.SPLIT:
            frames = task.frames
            key = (target, indices(frames))
            tokens = self._tokens.get(key)
            if tokens is None:
                tokens = self._tokens[key] = BranchTokens(plan, key[1])
            assert isinstance(tokens, BranchTokens)
            complete = tokens.add(source)
        else:
            frames, frame = task.frames[:-1], task.frames[-1]
            key = (target, indices(frames))
            tokens = self._tokens.get(key)
            if tokens is None:
                tokens = self._tokens[key] = IndexTokens(key[1], frame.count)
            assert isinstance(tokens, IndexTokens)
            complete = tokens.add(frame.index, source)
        if complete:
            del self._tokens[key]
            self._enable(Place(target, frames, tokens.inputs()))

    def _fan_out(self, task: Finished, splits: int) -> None:
        """A foreach or gang opens: children 0 to `splits` - 1 of the one target."""
        node = self._graph.nodes[task.step]
        (target,) = node.targets
        frame = SplitFrame(
            run_id=task.run_id,
            step=task.step,
            task_id=str(task.position),
            index=0,
            count=splits,
            variable=node.foreach,
        )
        self._open(Fan(target, task.frames, frame, (task.as_range(),), gang=node.kind is NodeKind.GANG))

    # Resuming

    def _take_over(self, origin: Origin, first: Place) -> None:
        """Follow what the origin has done, as if it had just happened; queue where that ends."""
        self._replay = replay = Replay(origin, self._graph)
        replay.places.append(first)
        places: list[Place] = []
        fans: list[Fan] = []
        while replay.places or replay.fans:
            while replay.places:
                place = replay.places.popleft()
                if not self._taken_over(replay, place.step, place.frames, place.iteration):
                    places.append(place)
            while replay.fans:
                fan = replay.fans.popleft()
                if not self._whole_fan_taken_over(replay, fan):
                    fans.append(fan)
        self._replay = None
        self._taken = replay.ranges()
        for place in places:
            self._enable(place)
        for fan in fans:
            self._open(fan)

    def _whole_fan_taken_over(self, replay: Replay, fan: Fan) -> bool:
        """Take over the children that can be, of a gang all or none; the fan keeps the others."""
        if fan.gang and not replay.has_all(fan):
            return False
        every = range(fan.frame.count)
        fan.keep([index for index in every if not self._taken_over(replay, fan.step, fan.frames(index), 0)])
        return fan.is_empty()

    def _taken_over(self, replay: Replay, step: str, frames: Frames, iteration: int) -> bool:
        taken = replay.take(step, Position(indices(frames), iteration))
        if taken is None:
            return False
        run_id, transition = taken
        self._known[step] += 1
        self._complete(Finished(step, frames, iteration, run_id), transition)
        return True


def _iteration(task_id: str) -> int:
    _, mark, turn = task_id.partition("~")
    return int(turn) if mark else 0
