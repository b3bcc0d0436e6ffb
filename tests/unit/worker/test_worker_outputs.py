"""What a step leaves: set, changed in place, read only, deleted."""

import threading

import pytest

from headwater import FlowSpec, step
from worker_stage import Stage


class Leaving(FlowSpec):
    @step
    def start(self) -> None:
        self.number = 1
        self.items = [1]
        self.words = set(map(str, range(100)))  # many meet in the same place of the set
        self.gone = 1
        self.back = 1
        self._private = 1
        self.next(self.middle)

    @step
    def middle(self) -> None:
        self.number = self.number
        self.items.append(2)
        sorted(self.words)
        del self.gone
        del self.back
        self.back = 2
        self.next(self.end)

    @step
    def end(self) -> None:
        self.gone_here = hasattr(self, "gone")


@pytest.fixture(scope="module")
def stage() -> Stage:
    one = Stage(Leaving)
    for name, parents in (("start", ()), ("middle", ("start",)), ("end", ("middle",))):
        assert one.attempt(name, "0", *parents) == 0
    return one


def test_only_what_is_new_is_stored(stage: Stage) -> None:
    assert set(stage.record("middle").artifacts) == {"items", "back"}
    assert stage.view("middle").load("items") == [1, 2]


def test_what_was_deleted_is_inherited_no_more_unless_it_was_set_again(stage: Stage) -> None:
    record = stage.record("middle")
    assert record.deleted == ("gone",)
    assert stage.view("middle").names() == {"number", "items", "words", "back", "_private"}
    assert stage.view("end").load("gone_here") is False


def test_inheritance_is_one_hop_long(stage: Stage) -> None:
    groups = {group.step: group.names for group in stage.record("end").inherited}
    assert groups == {"start": ("_private", "number", "words"), "middle": ("back", "items")}


class Locking(FlowSpec):
    @step
    def start(self) -> None:
        lock = threading.Lock()
        self.locked = lambda: lock
        self.next(self.end)

    @step
    def end(self) -> None:
        self.read = self.locked


def test_a_function_that_cannot_be_stored_is_warned_of_and_its_reading_says_why(
    capfd: pytest.CaptureFixture[str],
) -> None:
    stage = Stage(Locking)
    assert stage.attempt("start") == 0
    assert "self.locked, set in step 'start'" in capfd.readouterr().err
    assert stage.attempt("end", "0", "start") == 1
    failure = stage.record("end", attempt=0).failure
    assert failure is not None
    assert "locked" in failure.message
    assert "start" in failure.message
