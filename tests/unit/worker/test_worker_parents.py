"""The inputs of a join: in order, as long as the join is wide, loaded when they are looked at."""

import pytest

from headwater import FlowSpec, step
from headwater.artifacts.view import ArtifactView, Owner
from headwater.flow.inputs import Inputs
from headwater.records.task import SplitFrame
from headwater.worker.parents import Parents, view_of
from worker_stage import RUN_ID, Stage


class Wide(FlowSpec):
    @step
    def start(self) -> None:
        self.xs = range(4)
        self.next(self.work, foreach="xs")

    @step
    def work(self) -> None:
        self.value = 1
        self.next(self.join)

    @step
    def join(self, inputs) -> None:  # type: ignore[no-untyped-def]  # as authors write it
        self.next(self.end)

    @step
    def end(self) -> None:
        pass


class Opened:
    """Parents, and the views that were opened of them."""

    def __init__(self) -> None:
        self.stage = Stage(Wide)
        self.stage.attempt("start")
        for index in range(4):
            frame = SplitFrame(run_id=RUN_ID, step="start", task_id="0", index=index, count=4, variable="xs")
            self.stage.attempt("work", str(index), "start", frames=(frame,))
        self.owners: list[Owner] = []
        attempt = self.stage.place_of(self.stage.spec("join", "0", "work/0*3", "work/3"))
        self.parents = Parents(attempt, self.open, lambda frame: f"item {frame.index} of {frame.variable}")

    def open(self, owner: Owner) -> ArtifactView:
        self.owners.append(owner)
        return self.stage.view(owner.step, owner.task_id)


@pytest.fixture
def opened() -> Opened:
    return Opened()


def test_ranges_are_counted_without_reading_a_record(opened: Opened) -> None:
    assert len(opened.parents) == 4
    assert [each.index for each in opened.parents] == [0, 1, 2, 3]
    assert opened.owners == []


def test_places_may_be_negative_or_slices(opened: Opened) -> None:
    assert opened.parents[-1].index == 3
    assert [each.index for each in opened.parents[1:3]] == [1, 2]
    with pytest.raises(IndexError):
        opened.parents[4]


def test_a_record_is_read_once_when_an_artifact_is_asked_for(opened: Opened) -> None:
    one = opened.parents[2]
    assert one.value == 1
    assert "xs" in dir(one)
    assert [owner.task_id for owner in opened.owners] == ["2"]
    assert view_of(one).names() == {"value", "xs"}


def test_the_item_of_an_input_is_looked_up_when_it_is_asked_for(opened: Opened) -> None:
    assert opened.parents[3].input == "item 3 of xs"


def test_an_unknown_artifact_names_those_that_are_there(opened: Opened) -> None:
    with pytest.raises(AttributeError, match="value, xs"):
        _ = opened.parents[0].missing


def test_inputs_are_named_by_their_step_and_the_last_of_several_counts(opened: Opened) -> None:
    inputs = Inputs(opened.parents)
    assert inputs.work.index == 3
    assert len(inputs) == 4
    with pytest.raises(AttributeError, match="work"):
        _ = inputs.elsewhere
