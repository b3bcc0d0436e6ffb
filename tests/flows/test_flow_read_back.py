"""Real runs read back by the client, in a process that cannot import the author's file."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from headwater.client import scope
from headwater.client.objects import Flow, Run, Task
from headwater.client.reader import close_readers, open_reader
from headwater.metadata.rebuild import rebuild

SOURCE = """
import os
from headwater import FlowSpec, Parameter, current, retry, step

class Box:
    def __init__(self, content):
        self.content = content

class ReadBackFlow(FlowSpec):
    width = Parameter("width", default=3)
    unit = "kg"

    @step
    def start(self):
        self.items = list(range(self.width))
        self.box = Box("apples")
        print("to be read")
        self.next(self.work, foreach="items")

    @retry(times=1, minutes_between_retries=0)
    @step
    def work(self):
        self.seen_by = current.retry_count
        self.value = self.input
        if self.input == 1 and current.retry_count == 0:
            raise ValueError("not yet")
        self.next(self.join)

    @step
    def join(self, inputs):
        self.total = sum(one.value for one in inputs)
        self.merge_artifacts(inputs, exclude=["seen_by", "value"])
        if os.environ.get("BREAK"):
            raise KeyError("broken")
        self.next(self.end)

    @step
    def end(self):
        pass

if __name__ == "__main__":
    ReadBackFlow()
"""


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Of two runs: the first failed in its join, the second resumed it. The flow's file is gone."""
    folder = tmp_path_factory.mktemp("read-back")
    (folder / "read_back.py").write_text(SOURCE, encoding="utf-8")
    environ = {**os.environ, "HEADWATER_DATASTORE_ROOT": str(folder / "root"), "HEADWATER_USER": "ann"}
    command = [sys.executable, "read_back.py"]
    broken = subprocess.run([*command, "run"], cwd=folder, env={**environ, "BREAK": "1"}, capture_output=True)
    assert broken.returncode == 1, broken.stderr
    resumed = subprocess.run([*command, "resume"], cwd=folder, env=environ, capture_output=True)
    assert resumed.returncode == 0, resumed.stderr
    (folder / "read_back.py").unlink()
    return folder / "root"


@pytest.fixture
def flow(root: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Flow]:
    monkeypatch.setattr(scope, "_chosen", "user:ann")
    yield Flow("ReadBackFlow", root=str(root))
    close_readers()


@pytest.fixture
def resumed(flow: Flow) -> Run:
    run = flow.latest_run
    assert run is not None
    return run


@pytest.fixture
def failed(flow: Flow, resumed: Run) -> Run:
    assert resumed.origin_pathspec is not None
    return flow[resumed.origin_pathspec.partition("/")[2]]


def test_a_failed_run_names_its_task_and_keeps_what_it_had_set(failed: Run) -> None:
    assert (failed.status, failed.successful, failed.finished, failed.end_task) == ("failed", False, False, None)
    (task,) = failed.failed_tasks
    assert task == failed["join"]["0"]
    assert task.exception is not None
    assert task.exception.type == "KeyError"
    assert task.data.total == 3


def test_a_resumed_run_is_read_as_one(resumed: Run, failed: Run) -> None:
    assert (resumed.status, resumed.successful, resumed.finished) == ("succeeded", True, True)
    assert [step.id for step in resumed] == ["start", "work", "join", "end"]
    assert [task.id for task in resumed["work"]] == ["0", "1", "2"]
    assert resumed["work"]["1"].origin_pathspec == failed["work"]["1"].pathspec
    assert resumed["start"].task.stdout == "to be read\n"  # type: ignore[union-attr]  # it was taken over
    assert resumed["join"]["0"].origin_pathspec is None
    assert resumed.data.total == 3  # type: ignore[union-attr]  # the end was reached


def test_a_retried_task_shows_each_attempt(failed: Run, resumed: Run) -> None:
    for run in (failed, resumed):
        task = run["work"]["1"]
        assert task.current_attempt == 1
        assert task.data.seen_by == 1
        first = task.attempts[0]
        assert first.data.seen_by == 0
        assert first.exception is not None
        assert "not yet" in first.exception.stacktrace


def test_tasks_are_linked_to_those_before_and_after(resumed: Run) -> None:
    start = resumed["start"]["0"]
    work = [f"{resumed.pathspec}/work/{index}" for index in range(3)]
    assert list(start.child_task_pathspecs) == work
    assert list(resumed["join"]["0"].parent_task_pathspecs) == work
    assert list(resumed["work"]["2"].child_task_pathspecs) == [f"{resumed.pathspec}/join/0"]


def test_values_of_the_authors_classes_come_with_the_runs_code(resumed: Run) -> None:
    assert resumed["end"]["0"].data.box.content == "apples"
    assert resumed.code is not None
    assert resumed.code.flowspec == SOURCE
    assert (resumed["end"]["0"].data.unit, dict(resumed.parameters)) == ("kg", {"width": 3})


def test_the_index_that_the_drivers_wrote_equals_its_rebuild(flow: Flow, root: Path) -> None:
    reader = open_reader(str(root))
    told = reader.index.dump()
    assert rebuild(reader.index, reader.storage) == []
    assert reader.index.dump() == told


def test_a_task_is_found_by_its_pathspec(flow: Flow, root: Path) -> None:
    assert Task("ReadBackFlow/latest-success/work/0", root=str(root)).index == 0
