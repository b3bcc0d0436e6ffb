"""Records for attempts whose process died."""

import pytest

from headwater import FlowSpec, catch, step
from headwater.errors import FailureHandledByCatch
from headwater.records.base import encode
from headwater.records.task import Failure, FailureKind, Outcome, Transition
from headwater.storage import layout
from headwater.worker.endings import caught_record, failed_record
from worker_stage import RUN_ID, Stage


class Dying(FlowSpec):
    @step
    def start(self) -> None:
        self.kept = 1
        self.why = "an older value"
        self.next(self.named, self.plain)

    @catch(var="why")
    @step
    def named(self) -> None:
        self.next(self.join)

    @catch
    @step
    def plain(self) -> None:
        self.next(self.join)

    @step
    def join(self, inputs) -> None:  # type: ignore[no-untyped-def]  # as authors write it
        self.next(self.end)

    @step
    def end(self) -> None:
        pass


KILLED = Failure(kind=FailureKind.SIGNAL, message="The step's process was killed (SIGKILL).", signal=9)


@pytest.fixture
def stage() -> Stage:
    one = Stage(Dying)
    one.attempt("start")
    return one


def test_a_failed_record_tells_what_its_watcher_saw(stage: Stage) -> None:
    attempt = stage.place_of(stage.spec("named", "0", "start", attempt=2))
    record = failed_record(attempt, KILLED, 1.0, 2.0, pid=77)
    assert (record.outcome, record.attempt, record.pid, record.failure) == (Outcome.FAILED, 2, 77, KILLED)
    assert record.artifacts == {}
    assert record.inputs == attempt.spec.inputs


def test_a_caught_record_holds_the_reason_in_place_of_an_older_value(stage: Stage) -> None:
    attempt = stage.place_of(stage.spec("named", "0", "start"))
    record = caught_record(attempt, failed_record(attempt, KILLED, 1.0, 2.0), stage.storage)
    assert record.outcome is Outcome.CAUGHT
    assert record.transition == Transition(steps=("join",))
    stage.storage.create(layout.task("Dying", RUN_ID, "named", "0"), encode(record))
    why = stage.view("named").load("why")
    assert isinstance(why, FailureHandledByCatch)
    assert "SIGKILL" in str(why)
    assert stage.view("named").load("kept") == 1


def test_catch_without_an_artifact_hands_on_what_was_inherited(stage: Stage) -> None:
    attempt = stage.place_of(stage.spec("plain", "0", "start"))
    record = caught_record(attempt, failed_record(attempt, KILLED, 1.0, 2.0), stage.storage)
    assert record.artifacts == {}
    assert record.inherited[0].names == ("kept", "why")
