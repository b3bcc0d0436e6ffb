"""Runs as a data frame."""

import sys
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from flow_project import Finished, Project
from headwater import Flow, namespace
from headwater.errors import NotFound, PluginError, UsageError

FLOW = """
class ComparedFlow(FlowSpec):
    rate = Parameter("rate", default=0.1)
    label = Parameter("label", default="x" * 100)
    shape = Parameter("shape", type=JSONType, default='{"layers": [1, 2]}')
    user = Parameter("user", default="me")
    fail = Parameter("fail", default=False)

    @step
    def start(self):
        import numpy
        self.score = numpy.float64(self.rate * 2)
        self.good = self.rate > 0.15
        self.worst = float("inf")
        self.huge = 2**70
        self.words = "short"
        self._private = 1
        self.sizes = [10, 20]
        self.next(self.fit, foreach="sizes")

    @step
    def fit(self):
        if self.fail and self.input == 20:
            raise ValueError("told to")
        self.error = self.rate / self.input
        self.next(self.join)

    @step
    def join(self, inputs):
        self.merge_artifacts(inputs, exclude=["error"])
        self.status = 3
        self.next(self.end)

    @step
    def end(self):
        pass
"""


@pytest.fixture(scope="module")
def runs(new_project: Callable[[], Project]) -> list[Finished]:
    """The oldest first."""
    project = new_project()
    return [
        project.run(FLOW, "--rate", "0.1", "--tag", "b", "--tag", "a").done(),
        project.run(FLOW, "--rate", "0.2").done(),
        project.run(FLOW, "--fail", "true", "--on-failure", "finish").failed(),
    ]


@pytest.fixture
def flow(runs: list[Finished], monkeypatch: pytest.MonkeyPatch) -> Iterator[Flow]:
    monkeypatch.setenv("HEADWATER_DATASTORE_ROOT", str(runs[0].project.root))
    namespace(None)
    yield Flow("ComparedFlow")
    namespace(None)


def rows(frame: Any) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = frame.to_dict("records")
    return found


def test_a_frame_has_a_row_for_each_run_with_parameters_and_metrics(flow: Flow, runs: list[Finished]) -> None:
    failed, good, first = rows(flow.runs_frame())
    assert [row["run_id"] for row in (failed, good, first)] == [run.run_id for run in reversed(runs)]
    assert (first["tags"], first["status"], first["rate"], first["score"]) == (["a", "b"], "succeeded", 0.1, 0.2)
    assert (good["rate"], good["score"], good["good"], first["good"]) == (0.2, 0.4, True, False)
    assert first["duration_s"] > 0
    assert first["created_at"] == flow[runs[0].run_id].created_at
    assert first["user"] == "tester"
    assert failed["status"] == "failed"
    assert failed["score"] != failed["score"]  # there is none


def test_numbers_are_read_whole_whatever_their_size(flow: Flow) -> None:
    first = rows(flow.runs_frame())[-1]
    assert first["worst"] == float("inf")
    assert first["huge"] == 2**70


def test_parameters_are_values_and_not_their_descriptions(flow: Flow) -> None:
    first = rows(flow.runs_frame())[-1]
    assert first["label"] == "x" * 100
    assert first["shape"] == {"layers": [1, 2]}


def test_a_name_that_a_column_has_already_gets_its_kind_before_it(flow: Flow) -> None:
    first = rows(flow.runs_frame())[-1]
    assert (first["user"], first["parameters.user"]) == ("tester", "me")
    assert (first["status"], first["artifacts.status"]) == ("succeeded", 3)


def test_only_numbers_and_truth_values_are_taken_unasked(flow: Flow) -> None:
    names = set(flow.runs_frame().columns)
    assert {"score", "good"} <= names
    assert not {"words", "sizes", "_private", "error"} & names


def test_artifacts_are_chosen_by_name_and_told_in_words_where_they_are_no_scalars(flow: Flow) -> None:
    first = rows(flow.runs_frame(artifacts=["sizes", "words"], step="start"))[-1]
    assert (first["sizes"], first["words"]) == ("[10, 20] (length 2)", "short")
    assert "score" not in first


def test_a_step_has_a_row_for_each_of_its_tasks(flow: Flow, runs: list[Finished]) -> None:
    frame = flow.runs_frame(step="fit", artifacts=["error"])
    found = {(row["run_id"], row["task_id"]): (row["task_status"], row["error"]) for row in rows(frame)}
    assert found[runs[0].run_id, "0"] == ("succeeded", 0.01)
    assert found[runs[1].run_id, "1"] == ("succeeded", 0.01)
    assert found[runs[2].run_id, "1"][0] == "failed"
    assert len(found) == 6


def test_the_conditions_are_those_of_a_list_of_runs(flow: Flow) -> None:
    assert len(flow.runs_frame("a")) == 1
    assert len(flow.runs_frame(status="succeeded")) == 2
    assert len(flow.runs_frame(parameters={"rate": 0.2})) == 1
    assert len(flow.runs_frame(limit=2)) == 2
    assert list(flow.runs_frame("no such tag").columns)[:2] == ["run_id", "created_at"]


def test_polars_gives_the_same(flow: Flow) -> None:
    frame = flow.runs_frame(library="polars")
    assert frame["rate"].to_list() == flow.runs_frame()["rate"].to_list()
    assert frame["tags"].to_list() == [[], [], ["a", "b"]]
    assert frame["score"].to_list() == [None, 0.4, 0.2]
    assert frame["shape"].to_list() == ["{'layers': [1, 2]}"] * 3


def test_what_cannot_be_meant_is_told_with_what_can(flow: Flow, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(NotFound, match=r"has a step 'fitt'\. They have: start, fit, join, end"):
        flow.runs_frame(step="fitt")
    with pytest.raises(NotFound, match=r"has an artifact 'scor'\. They have: "):
        flow.runs_frame(artifacts=["scor"])
    with pytest.raises(UsageError, match=r"Give a list of names: \['score'\]"):
        flow.runs_frame(artifacts="score")
    with pytest.raises(UsageError, match="'pandas' or 'polars'"):
        flow.runs_frame(library="numpy")
    monkeypatch.setitem(sys.modules, "polars", None)
    with pytest.raises(PluginError, match="pip install polars"):
        flow.runs_frame(library="polars")
