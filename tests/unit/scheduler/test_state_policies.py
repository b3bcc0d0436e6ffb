"""What happens after failures, in which order tasks start, and what a run keeps in memory."""

import tracemalloc
from collections.abc import Callable

import pytest

from headwater.errors import InvalidNext
from headwater.executors.base import Launch
from headwater.graph.model import Graph
from headwater.records.decorators import AnyDecorator, Catch, Parallel, Retry
from headwater.records.graph import Node, NodeKind
from headwater.records.step import StepSpec
from headwater.records.task import Failure, FailureKind, Outcome, TaskRecord, TaskSpec, Transition
from headwater.scheduler.decision import NOT_THE_TASKS, Decision, DecisionKind
from headwater.scheduler.state import RunState, StepCount

LINEAR, SPLIT, FOREACH, GANG, END = NodeKind.LINEAR, NodeKind.SPLIT, NodeKind.FOREACH, NodeKind.GANG, NodeKind.END


class Play:
    """A run driven by hand."""

    def __init__(self, nodes: list[Node], keep_going: bool = False, **decorators: tuple[AnyDecorator, ...]) -> None:
        self.graph = Graph("Flow", nodes, nodes[0].name, "end")
        steps = {
            step: StepSpec(flow="Flow", step=step, file="", module="", decorators=decorators.get(step, ()))
            for step in self.graph.nodes
        }
        self.state = RunState(self.graph, steps, "Flow", "1", keep_going=keep_going)

    def start(self, limit: int = 100, now: float = 0.0) -> list[TaskSpec]:
        return [spec for launch in self.launch(limit, now) for spec in launch.specs]

    def launch(self, limit: int = 100, now: float = 0.0) -> list[Launch]:
        return self.state.ready(limit, now)

    def succeed(self, spec: TaskSpec, splits: int | None = None, outcome: Outcome = Outcome.SUCCEEDED) -> Decision:
        transition = Transition(steps=self.graph.nodes[spec.step].targets, splits=splits)
        return self.state.done(a_record(spec, outcome, transition=transition), 0.0)

    def fail(self, spec: TaskSpec, kind: FailureKind = FailureKind.EXCEPTION, now: float = 0.0) -> Decision:
        return self.state.done(a_record(spec, Outcome.FAILED, failure=Failure(kind=kind, message="")), now)

    def open(self, width: int) -> list[TaskSpec]:
        """Run the first step, which splits; start all its children."""
        (first,) = self.start()
        self.succeed(first, splits=width)
        return self.start()


def a_record(
    spec: TaskSpec, outcome: Outcome, transition: Transition | None = None, failure: Failure | None = None
) -> TaskRecord:
    return TaskRecord(
        flow=spec.flow,
        run_id=spec.run_id,
        step=spec.step,
        task_id=spec.task_id,
        attempt=spec.attempt,
        outcome=outcome,
        started_at=0,
        ended_at=0,
        transition=transition,
        failure=failure,
    )


def a_line() -> list[Node]:
    return [Node(name="start", kind=LINEAR, targets=("end",)), Node(name="end", kind=END)]


def a_fan() -> list[Node]:
    return [
        Node(name="start", kind=FOREACH, targets=("work",), foreach="items"),
        Node(name="work", kind=LINEAR, targets=("more",)),
        Node(name="more", kind=LINEAR, targets=("gather",)),
        Node(name="gather", kind=LINEAR, targets=("end",), join=True),
        Node(name="end", kind=END),
    ]


def a_gang() -> list[Node]:
    return [
        Node(name="start", kind=GANG, targets=("train",)),
        Node(name="train", kind=LINEAR, targets=("gather",), parallel=True, decorators=(Parallel(),)),
        Node(name="gather", kind=LINEAR, targets=("end",), join=True),
        Node(name="end", kind=END),
    ]


def test_a_line_runs_to_its_end() -> None:
    play = Play(a_line())
    (start,) = play.start()
    assert (start.step, start.task_id, start.attempt, start.last_attempt, start.inputs) == ("start", "0", 0, True, ())
    assert play.start() == []
    assert play.succeed(start).kind is DecisionKind.FOLLOW
    (end,) = play.start()
    assert end.inputs[0].step == "start"
    assert play.state.is_active()
    play.succeed(end)
    assert play.state.finished
    assert not play.state.is_active()


def test_a_flow_of_one_step_finishes() -> None:
    play = Play([Node(name="end", kind=END)])
    (only,) = play.start()
    play.succeed(only)
    assert play.state.finished


def test_a_failure_is_tried_again_when_its_pause_is_over() -> None:
    play = Play(a_line(), start=(Retry(times=1, minutes_between_retries=2),))
    (first,) = play.start()
    assert not first.last_attempt
    decision = play.fail(first, now=1000.0)
    assert (decision.kind, decision.due_at) == (DecisionKind.RETRY, 1120.0)
    assert play.state.next_due() == 1120.0
    assert play.start(now=1119.0) == []
    (second,) = play.start(now=1120.0)
    assert (second.task_id, second.attempt, second.last_attempt) == ("0", 1, True)
    assert play.state.next_due() is None


def test_no_pause_means_at_once() -> None:
    play = Play(a_line(), start=(Retry(times=1, minutes_between_retries=0),))
    play.fail(play.start(now=5.0)[0], now=5.0)
    assert play.start(now=5.0)[0].attempt == 1


def test_the_last_failure_is_final() -> None:
    play = Play(a_line(), start=(Retry(times=1, minutes_between_retries=0),))
    play.fail(play.start()[0])
    (last,) = play.start()
    decision = play.fail(last)
    assert (decision.kind, decision.spec) == (DecisionKind.FAIL, last)
    assert decision.cause is not None
    assert not play.state.is_active()
    assert not play.state.finished
    assert play.state.counts()["start"] == StepCount(known=1, started=1, done=0, failed=1)


@pytest.mark.parametrize("kind", sorted(NOT_THE_TASKS))
def test_an_end_from_outside_is_no_reason_to_try_again(kind: FailureKind) -> None:
    play = Play(a_line(), start=(Retry(times=3, minutes_between_retries=0), Catch()))
    assert play.fail(play.start()[0], kind).kind is DecisionKind.FAIL


@pytest.mark.parametrize("kind", sorted(set(FailureKind) - NOT_THE_TASKS))
def test_every_failure_of_the_task_itself_is_tried_again(kind: FailureKind) -> None:
    play = Play(a_line(), start=(Retry(times=1),))
    assert play.fail(play.start()[0], kind).kind is DecisionKind.RETRY


def test_a_dead_process_is_caught_by_the_driver_after_the_last_attempt() -> None:
    play = Play(a_line(), start=(Catch(), Retry(times=1, minutes_between_retries=0)))
    assert play.fail(play.start()[0], FailureKind.SIGNAL).kind is DecisionKind.RETRY
    (last,) = play.start()
    decision = play.fail(last, FailureKind.SIGNAL)
    assert (decision.kind, decision.specs) == (DecisionKind.CATCH, (last,))
    assert play.state.is_active()
    assert play.succeed(last, outcome=Outcome.CAUGHT).kind is DecisionKind.FOLLOW
    assert play.start()[0].step == "end"


def test_nothing_starts_after_a_failure() -> None:
    play = Play(a_fan())
    first, second, *_ = play.open(3)
    play.fail(first)
    play.succeed(second)
    assert play.start() == []
    assert play.state.is_active()  # the third still runs


def test_what_was_ready_still_starts_when_going_on_was_asked_for() -> None:
    play = Play(a_fan(), keep_going=True)
    (start,) = play.start()
    play.succeed(start, splits=4)
    first, second = play.start(limit=2)
    play.fail(first)
    play.succeed(second)
    rest = play.start()
    assert [(spec.step, spec.task_id) for spec in rest] == [("work", "2"), ("work", "3")]
    for spec in rest:
        play.succeed(spec)
    assert not play.state.is_active()
    assert not play.state.finished


def test_a_stopped_run_only_waits_for_what_runs() -> None:
    play = Play(a_fan(), work=(Retry(times=5, minutes_between_retries=0),))
    first, second, third = play.open(3)
    play.fail(first)
    play.state.stop()
    assert play.state.next_due() is None
    assert play.start() == []
    assert play.succeed(second).kind is DecisionKind.FOLLOW
    assert play.fail(third).kind is DecisionKind.FAIL
    assert not play.state.is_active()


def test_retries_come_before_single_tasks_and_these_before_children_of_splits() -> None:
    play = Play(a_fan(), work=(Retry(times=1, minutes_between_retries=0),))
    (start,) = play.start()
    play.succeed(start, splits=5)
    first, second = play.start(limit=2)
    play.fail(first)
    play.succeed(second)
    order = [(spec.step, spec.task_id, spec.attempt) for spec in play.start()]
    assert order == [("work", "0", 1), ("more", "1", 0), ("work", "2", 0), ("work", "3", 0), ("work", "4", 0)]


def test_deeper_tasks_come_first_so_that_joins_drain() -> None:
    play = Play(
        [
            Node(name="start", kind=SPLIT, targets=("side", "outer")),
            Node(name="side", kind=LINEAR, targets=("both",)),
            Node(name="outer", kind=FOREACH, targets=("inner",), foreach="xs"),
            Node(name="inner", kind=FOREACH, targets=("leaf",), foreach="ys"),
            Node(name="leaf", kind=LINEAR, targets=("leaves",)),
            Node(name="leaves", kind=LINEAR, targets=("inners",), join=True),
            Node(name="inners", kind=LINEAR, targets=("both",), join=True),
            Node(name="both", kind=LINEAR, targets=("end",), join=True),
            Node(name="end", kind=END),
        ]
    )
    play.succeed(play.start()[0])
    _, outer = play.start()
    play.succeed(outer, splits=3)
    (first,) = play.start(limit=1)
    play.succeed(first, splits=2)
    order = [(spec.step, spec.task_id) for spec in play.start()]
    assert order == [("leaf", "0.0"), ("leaf", "0.1"), ("inner", "1"), ("inner", "2")]


def test_a_gang_is_one_launch() -> None:
    play = Play(a_gang())
    play.succeed(play.start()[0], splits=3)
    (launch,) = play.launch(limit=1)
    gangs = [spec.gang for spec in launch.specs]
    assert [(gang.size, gang.index, gang.control_task_id) for gang in gangs if gang] == [
        (3, 0, "0"),
        (3, 1, "0"),
        (3, 2, "0"),
    ]


def test_a_gang_is_complete_with_its_last_member() -> None:
    play = Play(a_gang())
    members = play.open(3)
    assert [play.succeed(member).kind for member in reversed(members)] == [
        DecisionKind.WAIT,
        DecisionKind.WAIT,
        DecisionKind.GANG_COMPLETE,
    ]
    (gather,) = play.start()
    assert (gather.inputs[0].first, gather.inputs[0].count) == ("0", 3)


def test_one_failing_member_takes_the_gang_into_its_next_attempt() -> None:
    play = Play(a_gang(), train=(Retry(times=1, minutes_between_retries=0),))
    first, second, third = play.open(3)
    assert play.succeed(third).kind is DecisionKind.WAIT
    assert play.fail(second).kind is DecisionKind.WAIT
    decision = play.fail(first, FailureKind.CANCELLED)
    assert (decision.kind, decision.specs) == (DecisionKind.RETRY, (first, second, third))
    (launch,) = play.launch()
    assert [(spec.task_id, spec.attempt, spec.last_attempt) for spec in launch.specs] == [
        ("0", 1, True),
        ("1", 1, True),
        ("2", 1, True),
    ]
    assert [play.succeed(spec).kind for spec in launch.specs][-1] is DecisionKind.GANG_COMPLETE


def test_a_failed_gang_names_the_member_that_was_the_cause() -> None:
    play = Play(a_gang())
    first, second = play.open(2)
    play.fail(second)
    decision = play.fail(first, FailureKind.CANCELLED)
    assert decision.kind is DecisionKind.FAIL
    assert decision.cause is not None
    assert decision.cause.task_id == "1"
    assert not play.state.is_active()


def test_a_caught_gang_waits_for_the_caught_records_of_those_that_failed() -> None:
    play = Play(a_gang(), train=(Catch(),))
    first, second, third = play.open(3)
    play.fail(second, FailureKind.SIGNAL)
    play.succeed(third)
    decision = play.fail(first, FailureKind.CANCELLED)
    assert (decision.kind, decision.specs) == (DecisionKind.CATCH, (first, second))
    assert play.succeed(first, outcome=Outcome.CAUGHT).kind is DecisionKind.WAIT
    assert play.succeed(second, outcome=Outcome.CAUGHT).kind is DecisionKind.GANG_COMPLETE
    assert play.start()[0].step == "gather"


def test_a_split_into_nothing_cannot_be_followed() -> None:
    play = Play(a_fan())
    with pytest.raises(InvalidNext):
        play.succeed(play.start()[0], splits=0)


def test_a_way_that_the_graph_does_not_have_cannot_be_followed() -> None:
    play = Play(a_line())
    (start,) = play.start()
    with pytest.raises(InvalidNext, match="start/0"):
        play.state.done(a_record(start, Outcome.SUCCEEDED, transition=Transition(steps=("start",))), 0.0)


def test_only_what_runs_can_end() -> None:
    play = Play(a_line())
    (start,) = play.start()
    play.succeed(start)
    with pytest.raises(ValueError, match="not running"):
        play.succeed(start)


def test_counts_grow_with_what_becomes_known() -> None:
    play = Play(a_fan())
    play.open(3)
    counts = play.state.counts()
    assert list(counts) == ["start", "work", "more", "gather", "end"]
    assert counts["start"] == StepCount(1, 1, 1, 0)
    assert counts["work"] == StepCount(3, 3, 0, 0)
    assert counts["gather"] == StepCount()


@pytest.mark.parametrize("finish", [True, False])
def test_tasks_that_have_not_started_and_tasks_that_have_finished_take_no_memory(finish: bool) -> None:
    width = 5_000
    play = Play(a_fan())
    (start,) = play.start()
    tracemalloc.start()
    try:
        play.succeed(start, splits=width)
        before = tracemalloc.get_traced_memory()[0]
        if finish:
            _finish(play, lambda: play.state.counts()["more"].done < width - 1)
        used = tracemalloc.get_traced_memory()[0] - before
    finally:
        tracemalloc.stop()
    assert used < 10_000


def _finish(play: Play, going: Callable[[], bool]) -> None:
    while going():
        for spec in play.start(limit=1):
            play.succeed(spec)
