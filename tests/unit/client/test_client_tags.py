"""Tags changed and seen through the client's objects."""

import os
import pickle
from pathlib import Path

import pytest

from headwater.client.objects import DataArtifact, Flow, Run, Step, Task
from headwater.client.reader import open_reader
from headwater.client.scope import namespace
from headwater.errors import NamespaceMismatch, NotFound, TagError
from headwater.metadata.tags import change_tags
from headwater.storage.base import Storage
from headwater.testing.documents import RunOnPaper


def paper(storage: Storage, run_id: str = "1", **more: object) -> RunOnPaper:
    run = RunOnPaper(storage, run_id, **more)  # type: ignore[arg-type]  # passed through as given
    run.task(values={"x": 1})
    run.end()
    return run


def test_tags_are_added_removed_and_replaced(storage: Storage) -> None:
    paper(storage, tags=("given",))
    run = Run("PaperFlow/1")
    run.add_tag("blue")
    run.add_tags(["red", "green"])
    run.remove_tag("given")
    run.replace_tag("red", "dark red")
    run.replace_tags(["green", "blue"], ["light green"])
    assert run.user_tags == {"dark red", "light green"}
    run.remove_tags(["dark red", "never there"])
    assert run.user_tags == {"light green"}


def test_the_singular_takes_lists_too(storage: Storage) -> None:
    paper(storage)
    run = Run("PaperFlow/1")
    run.add_tag(["a", "b"])
    run.replace_tag(("a",), {"c", "d"})
    run.remove_tag(["b"])
    assert run.user_tags == {"c", "d"}


def test_b69_tags_of_the_system_stay(storage: Storage) -> None:
    paper(storage, tags=("a",))
    run = Run("PaperFlow/1")
    run.add_tag(["user:ann", "b"])
    assert run.user_tags == {"a", "b"}
    with pytest.raises(TagError, match="'user:ann'"):
        run.remove_tags(["a", "user:ann"])
    with pytest.raises(TagError, match="begins with 'user:'"):
        run.add_tags(["c", "user:bob"])
    assert run.user_tags == {"a", "b"}
    assert run.system_tags == {"user:ann"}
    assert run.tags == {"a", "b", "user:ann"}


def test_what_is_below_a_run_shows_the_runs_tags_and_a_flow_has_none(storage: Storage) -> None:
    paper(storage)
    things = Step("PaperFlow/1/start"), Task("PaperFlow/1/start/0"), DataArtifact("PaperFlow/1/start/0/x")
    Run("PaperFlow/1").add_tag("late")
    assert [thing.user_tags for thing in things] == [{"late"}] * 3
    assert all(thing.tags == Run("PaperFlow/1").tags for thing in things)
    assert Flow("PaperFlow").tags == frozenset()
    assert [step.id for step in Run("PaperFlow/1").steps("late")] == ["start"]
    assert list(Run("PaperFlow/1").steps("late", "later")) == []
    assert list(Step("PaperFlow/1/start").tasks("later")) == []


def test_runs_are_found_by_the_tags_they_have_now(storage: Storage) -> None:
    for run_id in ("1", "2"):
        paper(storage, run_id, tags=("a",), created_at=1000.0 + int(run_id))
    Run("PaperFlow/1").replace_tag("a", "b")
    assert [run.id for run in Flow("PaperFlow").runs("a")] == ["2"]
    assert [run.id for run in Flow("PaperFlow").runs("b")] == ["1"]


def test_a_change_by_another_process_is_seen_at_once(storage: Storage) -> None:
    record = paper(storage, tags=("a",)).record
    run = Run("PaperFlow/1")
    assert run.user_tags == {"a"}
    # It wrote its document and died before it could tell the index.
    change_tags(storage, record, "bob", add=["b"])
    assert run.user_tags == {"a", "b"}
    assert [found.id for found in Flow("PaperFlow").runs("b")] == ["1"]


def test_tags_survive_the_loss_of_the_index(storage: Storage) -> None:
    paper(storage)
    Run("PaperFlow/1").add_tag("kept")
    for name in ("index.db", "index.db-wal", "index.db-shm"):
        (Path(storage.url) / name).unlink(missing_ok=True)
    assert [run.user_tags for run in Flow("PaperFlow").runs("kept")] == [{"kept"}]


def test_a_run_that_is_still_running_can_be_tagged(storage: Storage) -> None:
    run = RunOnPaper(storage)
    run.task()
    Run("PaperFlow/1").add_tag("early")
    run.end()
    assert Run("PaperFlow/1").user_tags == {"early"}
    assert [found.id for found in Flow("PaperFlow").runs("early")] == ["1"]


def test_a_tag_brings_a_run_into_a_namespace_and_out_of_it(storage: Storage) -> None:
    paper(storage)
    namespace("team")
    with pytest.raises(NamespaceMismatch):
        Run("PaperFlow/1")
    namespace(None)
    run = Run("PaperFlow/1")
    run.add_tag("team")
    namespace("team")
    assert Run("PaperFlow/1") == run
    run.remove_tag("team")
    assert not Run._at(open_reader(), run._spec, "team").is_in_namespace()


def test_a_latest_is_the_newest_run_of_the_namespace_and_of_no_other(storage: Storage) -> None:
    paper(storage, "1", user="ann")
    paper(storage, "2", user="bob", created_at=2000.0, tags=("team",))
    for scope, run_id in ((None, "2"), ("user:ann", "1"), ("user:bob", "2"), ("team", "2")):
        namespace(scope)
        latest = Flow("PaperFlow").latest_run
        assert latest is not None
        assert (Run("PaperFlow/latest").id, latest.id, open_reader().latest("PaperFlow", scope).run_id) == (run_id,) * 3
    namespace("user:eve")
    with pytest.raises(NotFound, match=r"namespace 'user:eve'\. The newest of all is PaperFlow/2, by bob"):
        Run("PaperFlow/latest")
    assert namespace("") is None
    with pytest.raises(NotFound, match="There is no run of Nowhere in"):
        Run("Nowhere/latest")


def test_every_object_travels_with_its_root_namespace_and_attempt(
    storage: Storage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    paper(storage, tags=("team",), parameters={"alpha": 0.5})
    namespace("team")
    task = Task("PaperFlow/1/start/0")
    things = [Flow("PaperFlow"), task.parent.parent, task.parent, task, task["x"], Task(task.pathspec, attempt=0)]
    values = [task.data, task.parent.parent.parameters, task.artifacts]
    packed = pickle.dumps((things, values))
    namespace("user:eve")
    monkeypatch.setenv("HEADWATER_DATASTORE_ROOT", str(tmp_path / "elsewhere"))
    monkeypatch.chdir(os.path.dirname(tmp_path))
    copies, (data, parameters, artifacts) = pickle.loads(packed)
    assert copies == things
    assert all(copy.is_in_namespace() and copy._scope == "team" for copy in copies)
    assert (copies[-1].current_attempt, copies[-2].data) == (0, 1)
    assert (data.x, dict(parameters), artifacts.x.data) == (1, {"alpha": 0.5}, 1)
