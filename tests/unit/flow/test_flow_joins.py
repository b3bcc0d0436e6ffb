"""Inputs of a join, merging, and `current`."""

import pickle
from collections.abc import Sequence
from typing import Any

import pytest

from headwater.errors import FlowError, MergeError, MissingInMerge, UnhandledInMerge
from headwater.flow.current import CurrentTask, ParallelInfo, current
from headwater.flow.inputs import Input, Inputs
from headwater.flow.merge import outside_join, plan_merge
from headwater.records.artifact import ArtifactRef
from headwater.records.graph import Node, NodeKind


def make_input(step: str, index: int | None = None, **values: Any) -> Input:
    return Input(
        values.__getitem__, values.keys(), step, pathspec=f"Sample/1/{step}/0", index=index, item=lambda: "item"
    )


def test_an_input_loads_an_artifact_once() -> None:
    loads: list[str] = []

    def load(name: str) -> Any:
        loads.append(name)
        return [name]

    one = Input(load, {"x"}, "a")
    assert one.x is one.x
    assert loads == ["x"]
    assert not hasattr(one, "y")
    assert one.input is None


def test_a_missing_artifact_names_the_input_and_what_it_has() -> None:
    with pytest.raises(AttributeError, match=r"<input Sample/1/a/0> has no artifact 'z'. It has x, y"):
        _ = make_input("a", x=1, y=2).z


def test_an_input_is_read_only() -> None:
    one: Any = make_input("a", x=1)
    with pytest.raises(AttributeError, match="read-only"):
        one.x = 2
    with pytest.raises(AttributeError, match="read-only"):
        del one.x
    with pytest.raises(FlowError, match="cannot be pickled"):
        pickle.dumps(one)
    with pytest.raises(FlowError, match="cannot be pickled"):
        pickle.dumps(Inputs([one]))


def test_inputs_are_reached_by_place_in_loops_and_by_step() -> None:
    a, b = make_input("a", x=1), make_input("b", x=2)
    inputs = Inputs([a, b])
    assert len(inputs) == 2
    assert inputs[0] is a
    assert inputs[-1] is b
    assert list(inputs[:1]) == [a]
    assert [one.x for one in inputs] == [1, 2]
    assert inputs.b is b
    with pytest.raises(AttributeError, match=r"step 'c'. The inputs come from a, b"):
        _ = inputs.c


def test_of_a_foreach_the_step_names_the_last_split() -> None:
    splits = [make_input("mid", index) for index in range(3)]
    assert Inputs(splits).mid is splits[2]
    assert Inputs(splits).mid.index == 2
    assert Inputs(splits).mid.input == "item"


def ref(hash_: str) -> ArtifactRef:
    return ArtifactRef(type="builtins.int", serializer="json", size=1, hash=hash_)


def plan(
    *inputs: dict[str, str],
    taken: Sequence[str] = (),
    equal: Sequence[str] = (),
    exclude: Sequence[str] | None = None,
    include: Sequence[str] | None = None,
) -> dict[str, int]:
    references = [{name: ref(hash_) for name, hash_ in one.items()} for one in inputs]
    return plan_merge(references, taken.__contains__, lambda name, a, b: name in equal, exclude, include)


def test_equal_and_one_sided_artifacts_are_merged() -> None:
    assert plan({"x": "1", "_y": "2"}, {"x": "1", "z": "3"}) == {"x": 0, "_y": 0, "z": 1}


def test_a_conflict_names_every_artifact_once() -> None:
    with pytest.raises(UnhandledInMerge) as caught:
        plan({"x": "1", "y": "1", "z": "1"}, {"x": "2", "y": "2", "z": "1"}, {"x": "3"})
    assert caught.value.artifact_names == ["x", "y"]
    assert "x, y" in str(caught.value)


def test_what_is_the_same_when_serialized_again_is_no_conflict() -> None:
    assert plan({"x": "1"}, {"x": "2"}, {"x": "1"}, equal=["x"]) == {"x": 0}


def test_a_name_that_the_join_set_wins() -> None:
    assert plan({"x": "1", "y": "1"}, {"x": "2"}, taken=["x"]) == {"y": 0}


def test_exclude_leaves_names_out_and_may_name_unknown_ones() -> None:
    assert plan({"x": "1", "y": "1"}, {"x": "2"}, exclude=["x", "nothing"]) == {"y": 0}


def test_include_takes_only_what_it_names() -> None:
    assert plan({"x": "1", "y": "1"}, {"y": "2"}, include=["x"]) == {"x": 0}
    assert plan({"x": "1"}, {}, include=["x", "own"], taken=["own"]) == {"x": 0}


def test_include_of_what_is_nowhere_is_an_error() -> None:
    with pytest.raises(MissingInMerge) as caught:
        plan({"x": "1"}, {}, include=["x", "gone", "lost"])
    assert caught.value.artifact_names == ["gone", "lost"]


def test_include_and_exclude_together_are_an_error() -> None:
    with pytest.raises(MergeError, match="both exclude and include"):
        plan({}, {}, include=["x"], exclude=["y"])


def test_merging_outside_a_join_names_the_step() -> None:
    assert "step 'train', which is no join" in str(outside_join("train"))


@pytest.fixture
def running() -> Any:
    node = Node(name="train", kind=NodeKind.LINEAR, targets=("end",), doc="Fit.", line=3)
    current.set(
        CurrentTask(
            flow_name="Sample",
            run_id="7",
            step_name="train",
            task_id="0",
            username="ann",
            tags=frozenset({"t"}),
            parameter_names=("b", "a"),
            graph={"train": node},
        )
    )
    yield
    current.set(None)


def test_outside_a_task_current_knows_nothing() -> None:
    assert not current.is_running_flow
    assert (current.flow_name, current.run_id, current.pathspec, current.task, current.run) == (None,) * 5
    assert current.get("run_id", "none") == "none"
    assert "run_id" not in current
    assert "graph" not in current
    assert not current.is_parallel
    with pytest.raises(RuntimeError, match="no graph"):
        _ = current.graph
    with pytest.raises(AttributeError, match="has no attribute 'whatever'"):
        _ = current.whatever


@pytest.mark.usefixtures("running")
def test_in_a_task_current_answers() -> None:
    assert current.is_running_flow
    assert current.pathspec == "Sample/7/train/0"
    assert (current.step_name, current.retry_count, current.username) == ("train", 0, "ann")
    assert current.tags == frozenset({"t"})
    assert current.parameter_names == ["a", "b"]
    assert current.get("run_id") == "7"
    assert "run_id" in current
    assert "origin_run_id" not in current
    assert "whatever" not in current
    assert current.graph["steps"]["train"]["next"] == ["end"]
    with pytest.raises(AttributeError, match="@parallel"):
        _ = current.parallel


def test_in_a_gang_current_knows_its_place() -> None:
    place = ParallelInfo("10.0.0.1", 4, 2, "0")
    current.set(CurrentTask("Sample", "7", "train", "0.2", parallel=place))
    try:
        assert current.is_parallel
        assert current.parallel.num_nodes == 4
    finally:
        current.set(None)
