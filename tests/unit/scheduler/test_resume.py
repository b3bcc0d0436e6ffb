"""Which tasks of an earlier run are taken over, and how it is read."""

from collections.abc import Iterator

import pytest

from headwater.errors import NotFound
from headwater.graph.model import Graph
from headwater.records.base import encode
from headwater.records.graph import Node, NodeKind
from headwater.records.run import OriginRecord, RunRecord
from headwater.records.step import StepSpec
from headwater.records.task import Outcome, TaskRange, TaskRecord, Transition
from headwater.scheduler.origin import steps_to_rerun
from headwater.scheduler.resume import read_origin
from headwater.scheduler.state import RunState
from headwater.storage import layout
from headwater.storage.base import Storage
from headwater.storage.open import open_storage

LINEAR, SPLIT, FOREACH, GANG, SWITCH, END = (
    NodeKind.LINEAR,
    NodeKind.SPLIT,
    NodeKind.FOREACH,
    NodeKind.GANG,
    NodeKind.SWITCH,
    NodeKind.END,
)


@pytest.fixture
def storage(request: pytest.FixtureRequest) -> Iterator[Storage]:
    with open_storage(f"memory://{request.node.name}") as opened:
        yield opened


def nodes(middle: NodeKind = LINEAR) -> tuple[Node, ...]:
    return (
        Node(name="start", kind=FOREACH, targets=("work",), foreach="items"),
        Node(name="work", kind=middle, targets=("gather",) if middle is LINEAR else ("work", "gather")),
        Node(name="gather", kind=LINEAR, targets=("end",), join=True),
        Node(name="end", kind=END),
    )


def gang_nodes() -> tuple[Node, ...]:
    return (
        Node(name="start", kind=GANG, targets=("work",)),
        Node(name="work", kind=LINEAR, targets=("gather",), parallel=True),
        Node(name="gather", kind=LINEAR, targets=("end",), join=True),
        Node(name="end", kind=END),
    )


def a_graph(steps: tuple[Node, ...]) -> Graph:
    return Graph("Flow", steps, "start", "end")


def a_run(run_id: str, steps: tuple[Node, ...]) -> RunRecord:
    return RunRecord(flow="Flow", run_id=run_id, user="ada", created_at=0, nodes=steps)


def write(storage: Storage, run_id: str, step: str, *task_ids: str, splits: int | None = None) -> None:
    for task_id in task_ids:
        record = TaskRecord(
            flow="Flow",
            run_id=run_id,
            step=step,
            task_id=task_id,
            attempt=0,
            outcome=Outcome.SUCCEEDED,
            started_at=0,
            ended_at=0,
            transition=Transition(steps=("work",), splits=splits),
        )
        storage.create(layout.task("Flow", run_id, step, task_id), encode(record))


def resumed(storage: Storage, run: RunRecord, graph: Graph, rerun: str | None = None) -> RunState:
    steps = {step: StepSpec(flow="Flow", step=step, file="", module="") for step in graph.nodes}
    return RunState(graph, steps, "Flow", "new", read_origin(storage, run, steps_to_rerun(graph, rerun)))


def taken(state: RunState) -> list[tuple[str, str, str, int]]:
    return [(one.run_id, one.step, one.first, one.count) for one in state.take_over()]


def ready(state: RunState) -> list[tuple[str, str]]:
    return [(spec.step, spec.task_id) for launch in state.ready(100, 0.0) for spec in launch.specs]


def test_a_success_is_taken_over_and_a_failed_attempt_is_not(storage: Storage) -> None:
    write(storage, "1", "start", "0", splits=4)
    write(storage, "1", "work", "0", "1", "3")
    storage.create(layout.attempt("Flow", "1", "work", "2", 0), b"{}")
    state = resumed(storage, a_run("1", nodes()), a_graph(nodes()))
    assert taken(state) == [("1", "start", "0", 1), ("1", "work", "0", 2), ("1", "work", "3", 1)]
    assert ready(state) == [("work", "2")]
    assert state.counts()["work"].done == 3


def test_nothing_is_taken_over_from_a_run_that_did_nothing(storage: Storage) -> None:
    state = resumed(storage, a_run("1", nodes()), a_graph(nodes()))
    assert taken(state) == []
    assert ready(state) == [("start", "0")]


def test_what_the_origin_had_taken_over_is_named_by_the_run_that_executed_it(storage: Storage) -> None:
    write(storage, "1", "start", "0", splits=3)
    write(storage, "1", "work", "0", "1")
    took = OriginRecord(
        origin_run_id="1",
        taken=(
            TaskRange(run_id="1", step="start", first="0"),
            TaskRange(run_id="1", step="work", first="0", count=2),
        ),
    )
    storage.create(layout.origin("Flow", "2", 0), encode(took))
    write(storage, "2", "work", "2")
    state = resumed(storage, a_run("2", nodes()), a_graph(nodes()))
    assert taken(state) == [("1", "start", "0", 1), ("1", "work", "0", 2), ("2", "work", "2", 1)]
    (launch,) = state.ready(1, 0.0)
    inputs = [(one.run_id, one.first, one.count) for one in launch.specs[0].inputs]
    assert inputs == [("1", "0", 2), ("2", "2", 1)]


def test_a_step_that_changed_its_kind_runs_again_with_all_behind_it(storage: Storage) -> None:
    write(storage, "1", "start", "0", splits=2)
    write(storage, "1", "work", "0", "1")
    write(storage, "1", "gather", "0")
    state = resumed(storage, a_run("1", nodes()), a_graph(nodes(SWITCH)))
    assert taken(state) == [("1", "start", "0", 1)]
    assert ready(state) == [("work", "0"), ("work", "1")]


def test_a_step_that_moved_into_a_split_runs_again(storage: Storage) -> None:
    """Its old task and its new first child both have the id 0."""
    before = (
        Node(name="start", kind=FOREACH, targets=("work",), foreach="items"),
        Node(name="work", kind=LINEAR, targets=("gather",)),
        Node(name="gather", kind=LINEAR, targets=("report",), join=True),
        Node(name="report", kind=LINEAR, targets=("end",)),
        Node(name="end", kind=END),
    )
    after = (
        before[0],
        Node(name="work", kind=LINEAR, targets=("report",)),
        Node(name="report", kind=LINEAR, targets=("gather",)),
        Node(name="gather", kind=LINEAR, targets=("end",), join=True),
        before[4],
    )
    write(storage, "1", "start", "0", splits=2)
    write(storage, "1", "work", "0", "1")
    write(storage, "1", "gather", "0")
    write(storage, "1", "report", "0")
    state = resumed(storage, a_run("1", before), a_graph(after))
    assert taken(state) == [("1", "start", "0", 1), ("1", "work", "0", 2)]
    assert ready(state) == [("report", "0"), ("report", "1")]


def test_a_task_behind_one_that_must_run_is_not_taken_over(storage: Storage) -> None:
    write(storage, "1", "start", "0", splits=2)
    write(storage, "1", "work", "0")
    write(storage, "1", "gather", "0")
    write(storage, "1", "end", "0")
    state = resumed(storage, a_run("1", nodes()), a_graph(nodes()))
    assert ("1", "gather", "0", 1) not in taken(state)
    assert ready(state) == [("work", "1")]


def test_a_named_step_runs_again_with_all_behind_it(storage: Storage) -> None:
    write(storage, "1", "start", "0", splits=2)
    write(storage, "1", "work", "0", "1")
    write(storage, "1", "gather", "0")
    state = resumed(storage, a_run("1", nodes()), a_graph(nodes()), rerun="gather")
    assert ready(state) == [("gather", "0")]


def test_a_step_that_is_not_there_cannot_be_named() -> None:
    with pytest.raises(NotFound, match="no step 'fit'"):
        steps_to_rerun(a_graph(nodes()), "fit")


def test_a_gang_is_taken_over_whole_or_not_at_all(storage: Storage) -> None:
    write(storage, "1", "start", "0", splits=3)
    write(storage, "1", "work", "0", "1")
    run, graph = a_run("1", gang_nodes()), a_graph(gang_nodes())
    assert ready(resumed(storage, run, graph)) == [("work", "0"), ("work", "1"), ("work", "2")]
    write(storage, "1", "work", "2")
    assert ready(resumed(storage, run, graph)) == [("gather", "0")]


def test_a_loop_goes_on_at_the_turn_that_it_had_reached(storage: Storage) -> None:
    write(storage, "1", "start", "0", splits=1)
    write(storage, "1", "work", "0", "0~1")
    state = resumed(storage, a_run("1", nodes(SWITCH)), a_graph(nodes(SWITCH)))
    assert ready(state) == [("work", "0~2")]


def test_an_arm_that_is_gone_is_chosen_anew(storage: Storage) -> None:
    def with_arms(*arms: str) -> tuple[Node, ...]:
        return (
            Node(name="start", kind=SWITCH, targets=arms),
            *(Node(name=arm, kind=LINEAR, targets=("end",)) for arm in arms),
            Node(name="end", kind=END),
        )

    write(storage, "1", "start", "0")  # it went to `work`
    state = resumed(storage, a_run("1", with_arms("work", "a")), a_graph(with_arms("a", "b")))
    assert taken(state) == []
    assert ready(state) == [("start", "0")]


def test_a_run_that_had_finished_has_nothing_left_to_do(storage: Storage) -> None:
    write(storage, "1", "start", "0", splits=1)
    for step in ("work", "gather", "end"):
        write(storage, "1", step, "0")
    state = resumed(storage, a_run("1", nodes()), a_graph(nodes()))
    assert state.finished
    assert not state.is_active()
