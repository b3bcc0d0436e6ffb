"""The client's objects over runs made by hand."""

import os
import pickle
import re
from pathlib import Path

import pytest

from headwater.cli.reading import status_of
from headwater.client import scope
from headwater.client.headwater import Headwater
from headwater.client.objects import DataArtifact, Flow, Run, Step, Task
from headwater.client.reader import open_reader
from headwater.client.scope import default_namespace, get_namespace, namespace
from headwater.errors import InvalidName, NamespaceMismatch, NotFound
from headwater.metadata.query import RunQuery
from headwater.records.artifact import Inherited
from headwater.records.log import Stream
from headwater.records.run import RunOutcome
from headwater.records.task import Outcome, TaskRange, Transition
from headwater.storage.base import Storage
from headwater.storage.liveness import hold
from headwater.storage.open import open_storage
from headwater.testing.documents import FOREACH, RunOnPaper


def linear(storage: Storage, run_id: str = "1", **more: object) -> RunOnPaper:
    run = RunOnPaper(storage, run_id, **more)  # type: ignore[arg-type]  # passed through as given
    run.task("start", values={"x": 1, "_hidden": 2}, transition=Transition(steps=("end",)))
    run.task(
        "end",
        values={"y": [1, 2]},
        inherited=(Inherited(run_id=run_id, step="start", task_id="0", names=("x", "_hidden")),),
        inputs=(TaskRange(run_id=run_id, step="start", first="0"),),
        transition=Transition(),
        started_at=1003.0,
        ended_at=1004.0,
    )
    run.end()
    return run


def foreach(storage: Storage, run_id: str = "1", width: int = 12) -> RunOnPaper:
    run = RunOnPaper(storage, run_id, nodes=FOREACH, depths={"train": 1})
    run.task("start", transition=Transition(steps=("train",), splits=width))
    for index in range(width):
        run.task(
            "train",
            str(index),
            inputs=(TaskRange(run_id=run_id, step="start", first="0"),),
            transition=Transition(steps=("join",)),
        )
    run.task(
        "join",
        inputs=(TaskRange(run_id=run_id, step="train", first="0", count=width),),
        transition=Transition(steps=("end",)),
    )
    run.task("end", inputs=(TaskRange(run_id=run_id, step="join", first="0"),), transition=Transition())
    run.end()
    return run


def test_a_value_is_reached_by_names_from_the_flow_down(storage: Storage) -> None:
    linear(storage)
    assert Flow("PaperFlow")["1"]["start"]["0"]["x"].data == 1
    assert Flow("PaperFlow")["1"]["start"].task.data.x == 1  # type: ignore[union-attr]  # there is a task
    assert DataArtifact("PaperFlow/1/end/0/y").data == [1, 2]


def test_an_inherited_value_is_read_from_the_task_that_wrote_it(storage: Storage) -> None:
    linear(storage)
    assert Task("PaperFlow/1/end/0").data.x == 1


def test_parameters_and_the_flows_name_are_values_of_every_task(storage: Storage) -> None:
    linear(storage, parameters={"alpha": 0.5})
    task = Task("PaperFlow/1/end/0")
    assert (task.data.alpha, task["alpha"].data, task.data.name) == (0.5, 0.5, "PaperFlow")
    assert dict(Run("PaperFlow/1").parameters) == {"alpha": 0.5}


def test_names_with_an_underscore_are_found_but_not_listed(storage: Storage) -> None:
    linear(storage)
    task = Task("PaperFlow/1/end/0")
    assert [artifact.id for artifact in task] == ["name", "x", "y"]
    assert "_hidden" in task
    assert task["_hidden"].data == 2
    assert task.artifacts._fields == ("name", "x", "y")


def test_a_missing_value_is_an_attribute_error_or_a_key_error(storage: Storage) -> None:
    linear(storage)
    task = Task("PaperFlow/1/start/0")
    with pytest.raises(AttributeError, match="has no artifact 'nothing'"):
        _ = task.data.nothing
    with pytest.raises(KeyError):
        _ = task["nothing"]
    assert "nothing" not in task
    assert "x" in task.data
    assert "x" in dir(task.data)


@pytest.mark.parametrize("path", ["Nothing", "PaperFlow/9", "PaperFlow/1/middle", "PaperFlow/1/start/7"])
def test_what_does_not_exist_is_a_key_error(storage: Storage, path: str) -> None:
    linear(storage)
    kind = (Flow, Run, Step, Task)[path.count("/")]
    with pytest.raises(KeyError):
        kind(path)
    parent, _, last = path.rpartition("/")
    if parent:
        assert last not in (Flow, Run, Step, Task)[parent.count("/")](parent)


@pytest.mark.parametrize(
    ("path", "message"),
    [
        ("Nothing", "It has runs of: PaperFlow. "),
        ("PaperFlow/1/middle", "Those that have are: start, train, join, end."),
        ("PaperFlow/1/train/77", "Those that have are: 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11 and 8 more."),
        ("PaperFlow/1/middle/0", "None has so far."),
    ],
)
def test_what_does_not_exist_is_answered_with_what_does(storage: Storage, path: str, message: str) -> None:
    foreach(storage, width=20)
    with pytest.raises(NotFound, match=re.escape(message)):
        (Flow, Run, Step, Task)[path.count("/")](path)


def test_a_pathspec_of_the_wrong_length_is_refused(storage: Storage) -> None:
    with pytest.raises(InvalidName, match="Flow/run here"):
        Run("PaperFlow")


def test_runs_come_newest_first(storage: Storage) -> None:
    for number in range(3):
        linear(storage, str(number), created_at=1000.0 + number)
    assert [run.id for run in Flow("PaperFlow")] == ["2", "1", "0"]
    assert Run("PaperFlow/latest").id == "2"
    assert [flow.id for flow in Headwater()] == ["PaperFlow"]


def test_the_latest_success_is_told_from_the_latest(storage: Storage) -> None:
    linear(storage, "1")
    RunOnPaper(storage, "2", created_at=2000.0).end(RunOutcome.FAILED)
    flow = Flow("PaperFlow")
    assert flow.latest_run == Run("PaperFlow/2")
    assert flow.latest_successful_run == Run("PaperFlow/1")
    assert Run("PaperFlow/latest-success").id == "1"
    assert (flow["latest"].id, flow["latest-success"].id) == ("2", "1")
    assert Task("PaperFlow/latest-success/start/0").data.x == 1


def test_a_run_tells_how_it_ended(storage: Storage) -> None:
    linear(storage)
    run = Run("PaperFlow/1")
    assert (run.status, run.successful, run.finished) == ("succeeded", True, True)
    assert run.finished_at is not None
    assert run.data.y == [1, 2]  # type: ignore[union-attr]  # the end was reached
    assert run.origin_pathspec is None
    assert [step.id for step in run] == ["start", "end"]


def test_a_run_that_ended_after_it_was_listed_is_not_taken_for_lost(storage: Storage) -> None:
    paper = RunOnPaper(storage)
    reader = open_reader()
    (row,) = reader.runs(RunQuery(flow="PaperFlow"))
    assert status_of(reader, row) == "lost"
    paper.end()
    assert status_of(reader, row) == "succeeded"


def test_a_run_without_an_end_is_running_while_a_process_holds_it_and_lost_after(storage: Storage) -> None:
    RunOnPaper(storage)
    run = Run("PaperFlow/1")
    with hold(storage, "PaperFlow", "1"):
        assert run.status == "running"
    assert (run.status, run.successful, run.finished, run.finished_at) == ("lost", False, False, None)


def test_a_task_of_which_no_attempt_ended_is_running_while_its_run_lives_and_lost_after(storage: Storage) -> None:
    RunOnPaper(storage).log([(Stream.STDOUT, b"so far")])
    task = Task("PaperFlow/1/start/0")
    with hold(storage, "PaperFlow", "1"):
        assert task.status == "running"
    assert (task.status, task.finished, task.stdout, task.record) == ("lost", False, "so far\n", None)


def test_a_task_that_failed_shows_why_and_what_it_had_set(storage: Storage) -> None:
    run = RunOnPaper(storage)
    run.task(outcome=Outcome.FAILED, values={"x": 3})
    run.end(RunOutcome.FAILED, failed=("PaperFlow/1/start/0",))
    task = Task("PaperFlow/1/start/0")
    assert (task.successful, task.finished, task.status) == (False, False, "failed")
    assert task.finished_at is not None
    assert task.exception is not None
    assert (task.exception.type, task.exception.exception) == ("ValueError", "it broke")
    assert task.exception.message == "it broke"
    assert "Traceback" in task.exception.stacktrace
    assert task.data.x == 3
    assert Run("PaperFlow/1").failed_tasks == [task]
    assert Run("PaperFlow/1").end_task is None


def test_a_caught_task_is_finished_and_not_successful(storage: Storage) -> None:
    RunOnPaper(storage).task(outcome=Outcome.CAUGHT)
    task = Task("PaperFlow/1/start/0")
    assert (task.finished, task.successful, task.exception) == (True, False, None)
    assert task.failure is not None


def test_each_attempt_can_be_looked_at(storage: Storage) -> None:
    run = RunOnPaper(storage)
    run.task(attempt=0, outcome=Outcome.FAILED, values={"x": 0})
    run.task(attempt=1, values={"x": 1})
    run.log([(Stream.STDOUT, b"first")], attempt=0)
    run.log([(Stream.STDOUT, b"second")], attempt=1)
    task = Task("PaperFlow/1/start/0")
    assert (task.current_attempt, task.data.x, task.stdout) == (1, 1, "second\n")
    first = Task("PaperFlow/1/start/0", attempt=0)
    assert (first.successful, first.data.x, first.stdout) == (False, 0, "first\n")
    assert first["x"].data == 0
    assert [attempt.current_attempt for attempt in task.attempts] == [0, 1]
    with pytest.raises(NotFound, match="attempt 5"):
        Task("PaperFlow/1/start/0", attempt=5)


def test_streams_are_told_apart(storage: Storage) -> None:
    run = linear(storage)
    run.log([(Stream.STDOUT, b"out"), (Stream.STDERR, b"err"), (Stream.STDOUT, "é".encode())])
    task = Task("PaperFlow/1/start/0")
    assert (task.stdout, task.stderr) == ("out\né\n", "err\n")
    assert (task.stdout_size, task.stderr_size) == (7, 4)
    assert [text for _, text in task.loglines("stdout")] == ["out", "é"]
    assert Task("PaperFlow/1/end/0").stdout == ""


def test_tasks_come_in_position_order(storage: Storage) -> None:
    foreach(storage)
    assert [task.id for task in Step("PaperFlow/1/train")] == [str(index) for index in range(12)]
    assert [task.index for task in Step("PaperFlow/1/train")][:2] == [0, 1]
    assert Task("PaperFlow/1/start/0").index is None


def test_tasks_know_their_parents_and_children(storage: Storage) -> None:
    foreach(storage, width=3)
    train = [f"PaperFlow/1/train/{index}" for index in range(3)]
    assert list(Task("PaperFlow/1/start/0").child_task_pathspecs) == train
    assert list(Task("PaperFlow/1/join/0").parent_task_pathspecs) == train
    assert list(Task(train[1]).child_task_pathspecs) == ["PaperFlow/1/join/0"]
    assert [task.pathspec for task in Task(train[1]).parent_tasks] == ["PaperFlow/1/start/0"]
    assert [step.id for step in Step("PaperFlow/1/join").parent_steps] == ["train"]
    assert [step.id for step in Step("PaperFlow/1/join").child_steps] == ["end"]


def test_tasks_taken_over_are_the_resumed_runs_with_the_origins_values_and_logs(storage: Storage) -> None:
    origin = linear(storage, "1")
    origin.log([(Stream.STDOUT, b"said by the origin")])
    resumed = RunOnPaper(storage, "2", created_at=2000.0, origin_run_id="1")
    resumed.origin((TaskRange(run_id="1", step="start", first="0"),))
    resumed.task(
        "end",
        inherited=(Inherited(run_id="1", step="start", task_id="0", names=("x",)),),
        inputs=(TaskRange(run_id="1", step="start", first="0"),),
    )
    resumed.end()
    task = Task("PaperFlow/2/start/0")
    assert (task.pathspec, task.origin_pathspec) == ("PaperFlow/2/start/0", "PaperFlow/1/start/0")
    assert (task.data.x, task.stdout, task.successful) == (1, "said by the origin\n", True)
    assert [step.id for step in Run("PaperFlow/2")] == ["start", "end"]
    assert Task("PaperFlow/2/end/0").data.x == 1
    assert list(Task("PaperFlow/2/end/0").parent_task_pathspecs) == ["PaperFlow/2/start/0"]
    assert Run("PaperFlow/2").origin_pathspec == "PaperFlow/1"
    assert Step("PaperFlow/2/start").origin_pathspec == "PaperFlow/1/start"


def test_a_namespace_hides_other_peoples_runs(storage: Storage) -> None:
    linear(storage, "1", user="ann")
    linear(storage, "2", user="bob", created_at=2000.0, tags=("shared",))
    assert namespace("user:ann") == "user:ann"
    assert [run.id for run in Flow("PaperFlow")] == ["1"]
    assert "2" not in Flow("PaperFlow")
    assert Run("PaperFlow/latest").id == "1"
    with pytest.raises(NamespaceMismatch):
        Task("PaperFlow/2/start/0")
    namespace("shared")
    assert [run.id for run in Flow("PaperFlow")] == ["2"]
    namespace("user:nobody")
    assert list(Headwater()) == []
    with pytest.raises(NamespaceMismatch):
        Flow("PaperFlow")
    assert default_namespace() == get_namespace() == "user:ann"


def test_runs_are_selected_by_their_tags(storage: Storage) -> None:
    linear(storage, "1", tags=("a", "b"))
    linear(storage, "2", tags=("a",), created_at=2000.0)
    assert [run.id for run in Flow("PaperFlow").runs("a")] == ["2", "1"]
    assert [run.id for run in Flow("PaperFlow").runs("a", "b")] == ["1"]
    assert Run("PaperFlow/1").user_tags == {"a", "b"}
    assert "user:ann" in Run("PaperFlow/1").tags


def test_objects_survive_pickling_and_are_true(storage: Storage) -> None:
    run = RunOnPaper(storage)
    run.task(attempt=0, outcome=Outcome.FAILED, values={"x": None})
    run.task(attempt=1, values={"x": 1})
    task = Task("PaperFlow/1/start/0", attempt=0)
    artifact = task["x"]
    for thing in (Flow("PaperFlow"), Run("PaperFlow/1"), Step("PaperFlow/1/start"), task, artifact):
        copy = pickle.loads(pickle.dumps(thing))
        assert copy == thing
        assert thing
    assert pickle.loads(pickle.dumps(artifact)).data is None
    assert repr(task) == "Task('PaperFlow/1/start/0', attempt=0)"


def test_an_artifact_tells_about_its_value_without_loading_it(storage: Storage) -> None:
    linear(storage)
    artifact = DataArtifact("PaperFlow/1/end/0/y")
    assert artifact.type == "builtins.list"
    assert artifact.size > 0
    assert artifact.sha == DataArtifact("PaperFlow/1/end/0/y").sha
    assert artifact.finished_at == Task("PaperFlow/1/end/0").finished_at


def test_what_happens_after_an_object_was_made_is_seen(storage: Storage) -> None:
    run = RunOnPaper(storage)
    read = Run("PaperFlow/1")
    assert list(read) == []
    run.task()
    run.end()
    assert [step.id for step in read] == ["start"]
    assert read.successful
    assert [run.id for run in Flow("PaperFlow")] == ["1"]


def test_reading_does_not_make_a_root_and_sees_it_once_it_is_made(storage: Storage, tmp_path: Path) -> None:
    with pytest.raises(NotFound):
        Flow("PaperFlow", root=str(tmp_path / "late"))
    assert not (tmp_path / "late").exists()
    linear(open_storage(str(tmp_path / "late")))
    assert Flow("PaperFlow", root=str(tmp_path / "late")).latest_run is not None


def test_an_index_that_was_removed_is_made_again(storage: Storage) -> None:
    linear(storage)
    assert Run("PaperFlow/1").successful
    for name in ("index.db", "index.db-wal", "index.db-shm"):
        (Path(storage.url) / name).unlink(missing_ok=True)
    assert [task.id for task in Step("PaperFlow/1/start")] == ["0"]
    assert (Path(storage.url) / "index.db").exists()


# Python 3.12 warns of forks beside threads; those are of pytest-xdist, and the child leaves them alone.
@pytest.mark.filterwarnings("ignore:This process:DeprecationWarning")
def test_an_object_can_be_used_in_a_forked_process(storage: Storage) -> None:
    linear(storage)
    run = Run("PaperFlow/1")
    child = os.fork()
    if child == 0:
        try:
            os._exit(0 if [task.data.x for task in run["start"]] == [1] else 1)
        finally:
            os._exit(2)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    assert run["start"].task.data.x == 1  # type: ignore[union-attr]  # there is a task


def test_a_run_that_was_given_a_namespace_looks_at_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scope, "_chosen", None)
    monkeypatch.setenv("HEADWATER_NAMESPACE", "nightly")
    assert default_namespace() == get_namespace() == "nightly"
