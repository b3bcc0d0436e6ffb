"""An attempt: what it reads, what it leaves, and how it is committed."""

from pathlib import Path
from typing import NoReturn

import pytest

from headwater import FlowSpec, current, retry, step
from headwater.artifacts.view import Owner
from headwater.records.artifact import SplitItems
from headwater.records.task import FailureKind, Gang, Outcome, SplitFrame
from headwater.worker.attempt import EXIT_COMMITTED, EXIT_FAILED, EXIT_STORAGE, run_attempt
from headwater.worker.parents import Parents
from headwater.worker.workplace import Attempt, Workplace
from worker_stage import RUN_ID, Stage


class Fan(FlowSpec):
    constant = [1]

    @step
    def start(self) -> None:
        self.xs = ["a", "b", "c"]
        self.other = {"k": 1}
        self.next(self.work, foreach="xs")

    @retry
    @step
    def work(self) -> None:
        self.me = self.index, self.input, current.pathspec
        if self.input == "b":
            raise ValueError("b is no good")
        self.next(self.join)

    @step
    def join(self, inputs) -> None:  # type: ignore[no-untyped-def]  # as authors write it
        self.all = [each.me[1] for each in inputs]
        self.next(self.end)

    @step
    def end(self) -> None:
        self.copy = self.all, self.constant


def frame(index: int) -> SplitFrame:
    return SplitFrame(run_id=RUN_ID, step="start", task_id="0", index=index, count=3, variable="xs")


@pytest.fixture
def fan() -> Stage:
    stage = Stage(Fan)
    assert stage.attempt("start") == EXIT_COMMITTED
    return stage


def test_a_success_is_written_once_and_its_winner_stands(fan: Stage) -> None:
    first = fan.record("start")
    assert fan.attempt("start", attempt=1) == EXIT_COMMITTED
    assert fan.record("start") == first
    assert first.outcome is Outcome.SUCCEEDED


def test_a_foreach_hands_on_its_width_and_its_items(fan: Stage) -> None:
    record = fan.record("start")
    assert record.transition is not None
    assert (record.transition.steps, record.transition.splits) == (("work",), 3)
    assert isinstance(record.items, SplitItems)


def test_a_child_loads_its_own_item(fan: Stage) -> None:
    fan.attempt("work", "2", "start", frames=(frame(2),))
    assert fan.view("work", "2").load("me") == (2, "c", f"Fan/{RUN_ID}/work/2")


def test_a_failure_is_written_beside_the_success_that_may_follow(fan: Stage) -> None:
    assert fan.attempt("work", "1", "start", frames=(frame(1),), last_attempt=False) == EXIT_FAILED
    record = fan.record("work", "1", attempt=0)
    assert record.outcome is Outcome.FAILED
    assert record.failure is not None
    assert record.failure.message == "ValueError: b is no good"
    assert record.transition is None
    assert fan.view("work", "1", attempt=0).load("me")[1] == "b"


def test_a_join_reads_its_inputs_in_order_and_starts_empty(fan: Stage) -> None:
    fan.attempt("work", "0", "start", frames=(frame(0),))
    fan.attempt("work", "2", "start", frames=(frame(2),))
    fan.attempt("join", "0", "work/2", "work/0")
    assert fan.view("join").load("all") == ["c", "a"]
    assert fan.view("join").names() == {"all"}


def test_an_input_is_called_by_its_pathspec_without_being_read(fan: Stage) -> None:
    def open_view(owner: Owner) -> NoReturn:
        raise AssertionError(f"{owner} was read")

    parents = Parents(Attempt.of(fan.place, fan.spec("join", "0", "work/2", "work/0")), open_view, lambda frame: None)
    assert [repr(one) for one in parents] == [f"<input Fan/{RUN_ID}/work/2>", f"<input Fan/{RUN_ID}/work/0>"]


def test_inherited_values_are_referred_to_by_who_wrote_them(fan: Stage) -> None:
    fan.attempt("work", "0", "start", frames=(frame(0),))
    (group,) = fan.record("work", "0").inherited
    assert (group.step, group.names) == ("start", ("other", "xs"))


def test_the_success_of_a_gang_s_node_waits_aside_for_its_mates(fan: Stage) -> None:
    gang = Gang(size=2, index=0)
    assert fan.attempt("work", "0", "start", frames=(frame(0),), gang=gang) == EXIT_COMMITTED
    assert fan.record("work", "0", attempt=0).outcome is Outcome.SUCCEEDED
    with pytest.raises(KeyError):
        fan.record("work", "0")


def test_a_parent_without_a_record_is_said_by_name(fan: Stage) -> None:
    assert fan.attempt("end", "0", "join") == EXIT_FAILED
    failure = fan.record("end", attempt=0).failure
    assert failure is not None
    assert f"Fan/{RUN_ID}/join/0" in failure.message


def test_a_root_that_cannot_be_written_has_an_exit_code_of_its_own(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "file").touch()
    stage = Stage(Fan)
    place = Workplace(Fan, stage.place.run, stage.place.steps, str(tmp_path / "file"))
    assert run_attempt(place, stage.spec("start")) == EXIT_STORAGE
    assert f"Fan/{RUN_ID}/start/0" in capfd.readouterr().err
    current.set(None)


def test_a_resumed_run_has_the_constants_of_its_record(fan: Stage) -> None:
    stage = Stage(Fan, origin_run_id="0")
    for name in ("start", "work", "join"):
        stage.attempt(
            name,
            "0",
            *{"start": (), "work": ("start",), "join": ("work",)}[name],
            frames=(frame(0),) * (name == "work"),
        )
    Fan.constant = [2]
    try:
        stage.attempt("end", "0", "join")
    finally:
        Fan.constant = [1]
    assert stage.view("end").load("copy") == (["a"], [1])


class Refusing(FlowSpec):
    @step
    def start(self) -> None:
        self.fine = 1
        self.broken = (n for n in [1])
        self.next(self.end)

    @step
    def end(self) -> None:
        pass


def test_a_value_that_cannot_be_stored_fails_the_attempt_and_the_others_are_kept() -> None:
    stage = Stage(Refusing)
    assert stage.attempt("start") == EXIT_FAILED
    record = stage.record("start", attempt=0)
    assert record.failure is not None
    assert record.failure.kind is FailureKind.ARTIFACT
    assert "'broken'" in record.failure.message
    assert set(record.artifacts) == {"fine"}
