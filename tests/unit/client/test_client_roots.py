"""Which root the client reads, a root as a whole, and what objects tell of themselves."""

import pickle
from pathlib import Path
from typing import Any

import pytest

from headwater.client import scope
from headwater.client.base import ClientObject
from headwater.client.headwater import Headwater
from headwater.client.objects import DataArtifact, Flow, Run, Step, Task, own_run
from headwater.client.scope import default_root, get_root, namespace, use_root
from headwater.errors import InvalidName, NotFound
from headwater.records.task import Outcome, TaskRange, Transition
from headwater.storage.base import Storage
from headwater.storage.open import open_storage
from headwater.testing.documents import RunOnPaper


@pytest.fixture(autouse=True)
def no_choice(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scope, "_root", None)


def paper(storage: Storage, run_id: str = "1", **more: object) -> RunOnPaper:
    run = RunOnPaper(storage, run_id, **more)  # type: ignore[arg-type]  # passed through as given
    run.task(values={"x": 1}, transition=Transition(steps=("end",)))
    run.end()
    return run


def test_another_root_is_read_once_it_was_chosen(storage: Storage, tmp_path: Path) -> None:
    paper(storage)
    other = open_storage(str(tmp_path / "other"))
    paper(other, "7")
    before = Run("PaperFlow/1")
    assert get_root() == storage.url
    assert use_root(tmp_path / "other") == get_root() == str(tmp_path / "other")
    assert [run.id for run in Flow("PaperFlow")] == ["7"]
    assert before["start"].task.data.x == 1  # type: ignore[union-attr]  # there is a task
    assert Run("PaperFlow/1", root=storage.url) == before
    assert default_root() == get_root() == storage.url
    assert [run.id for run in Flow("PaperFlow")] == ["1"]


def test_a_folder_that_holds_a_root_stands_for_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "project" / ".headwater").mkdir(parents=True)
    monkeypatch.chdir(tmp_path)
    assert use_root("project") == str(tmp_path / "project" / ".headwater")
    assert use_root("s3://bucket/prefix") == get_root() == "s3://bucket/prefix"


@pytest.mark.parametrize("root", ["", "https://metadata.example", "service@https://metadata.example"])
def test_a_metadata_service_is_no_root(root: str) -> None:
    with pytest.raises(InvalidName, match="no metadata service"):
        use_root(root)


def test_a_running_task_finds_its_own_run_whatever_root_was_chosen(storage: Storage, tmp_path: Path) -> None:
    paper(storage)
    use_root(tmp_path)
    assert own_run("PaperFlow/1").status == "succeeded"


def test_a_root_lists_the_flows_that_have_a_run_in_the_namespace(storage: Storage) -> None:
    for flow, user in (("BFlow", "ann"), ("AFlow", "bob"), ("CFlow", "ann")):
        paper(storage, flow=flow, user=user)
    assert [flow.id for flow in Headwater()] == ["AFlow", "BFlow", "CFlow"]
    namespace("user:ann")
    here = Headwater()
    assert [flow.id for flow in here.flows] == ["BFlow", "CFlow"]
    assert here["BFlow"] == Flow("BFlow")
    assert ("BFlow" in here, "AFlow" in here, "Nothing" in here, 7 in here) == (True, False, False, False)
    with pytest.raises(LookupError):
        here["AFlow"]
    with pytest.raises(NotFound):
        here["Nothing"]
    with pytest.raises(InvalidName, match="it has the form Flow here"):
        here["BFlow/1"]
    namespace("user:eve")
    assert [flow.id for flow in pickle.loads(pickle.dumps(here))] == ["BFlow", "CFlow"]
    assert pickle.loads(pickle.dumps(here)) == here
    assert repr(here) == f"Headwater(root={storage.url!r})"


def test_what_all_objects_have_in_common(storage: Storage) -> None:
    paper(storage, parameters={"alpha": 1})
    things: list[ClientObject[Any]] = [
        Flow("PaperFlow"),
        Run("PaperFlow/1"),
        Step("PaperFlow/1/start"),
        Task("PaperFlow/1/start/0"),
        DataArtifact("PaperFlow/1/start/0/x"),
    ]
    for above, thing in zip([None, *things], things, strict=False):
        assert thing.parent == above
        assert thing.pathspec == "/".join(thing.path_components)
        assert thing.id == thing.path_components[-1]
        assert thing.created_at is not None
        assert thing.origin_pathspec is None
        assert thing.is_in_namespace()
        if above is not None:
            assert thing.id in above
            assert above[thing.id] == thing


def test_a_value_taken_over_tells_where_it_was_made(storage: Storage) -> None:
    paper(storage)
    resumed = RunOnPaper(storage, "2", origin_run_id="1")
    resumed.origin((TaskRange(run_id="1", step="start", first="0"),))
    resumed.end()
    assert DataArtifact("PaperFlow/2/start/0/x").origin_pathspec == "PaperFlow/1/start/0/x"
    assert Task("PaperFlow/2/start/0").metadata_dict["origin-run-id"] == "1"
    assert "origin-run-id" not in Task("PaperFlow/1/start/0").metadata_dict


def test_the_facts_of_a_task_are_those_of_all_its_attempts_or_of_the_one_asked_for(storage: Storage) -> None:
    run = RunOnPaper(storage)
    run.task(attempt=0, outcome=Outcome.FAILED)
    run.task(attempt=1)
    task = Task("PaperFlow/1/start/0")
    assert [fact.value for fact in task.metadata if fact.name == "attempt"] == ["0", "1"]
    assert all(fact.task is task and fact.created_at == task.finished_at for fact in task.metadata)
    assert (task.metadata_dict["outcome"], "failure" in task.metadata_dict) == ("succeeded", False)
    first = Task("PaperFlow/1/start/0", attempt=0)
    assert [fact.value for fact in first.metadata if fact.name == "attempt"] == ["0"]
    assert first.metadata_dict["failure"] == "it broke"
    assert task.runtime_name == "dev"
    assert Run("PaperFlow/1").trigger is None
