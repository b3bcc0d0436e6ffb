"""A Metaflow datastore as the client tells of it, whole and damaged."""

import gzip
import hashlib
import json
import shutil
import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from headwater import Flow, Run, Task, namespace, use_root
from headwater.cards import get_cards
from headwater.client.reader import Reader, close_readers, open_reader
from headwater.client.values import Data
from headwater.errors import ArtifactError, BlobError, ImportedRun, InvalidName, NotFound, RecordError, StorageError
from headwater.imports.bring import Brought, bring
from headwater.imports.catalogue import list_imports, remove_import
from headwater.metadata.query import RunOrder, RunQuery
from headwater.metadata.rebuild import rebuild
from headwater.records.base import encode
from headwater.records.imports import ImportRecord
from headwater.records.run import RunEnd, RunOutcome, RunRecord
from headwater.storage import layout
from headwater.storage.local import LocalStorage
from headwater.upkeep.collect import collect
from headwater.upkeep.policy import Policy
from metaflow_datastore import GRAPH, Datastore

Bring = Callable[..., Brought]


@pytest.fixture
def datastore(tmp_path: Path) -> Datastore:
    return Datastore(tmp_path / ".metaflow")


@pytest.fixture
def storage(tmp_path: Path) -> Iterator[LocalStorage]:
    root = tmp_path / "root"
    use_root(root)
    namespace(None)
    yield LocalStorage(root)
    close_readers()


@pytest.fixture
def bring_all(storage: LocalStorage, datastore: Datastore) -> Bring:
    def bring_now(*flows: str, dry_run: bool = False) -> Brought:
        wish = ImportRecord(number=0, kind="metaflow", folder=str(datastore.folder), imported_at=1.0, flows=flows)
        return bring(storage, wish, dry_run=dry_run)

    return bring_now


def _data(run: Run) -> Data:
    assert run.data is not None
    return run.data


def _reader(storage: LocalStorage) -> Reader:
    return open_reader(storage.url)


def test_an_import_is_one_document(datastore: Datastore, storage: LocalStorage, bring_all: Bring) -> None:
    datastore.run("17")
    done = bring_all()
    assert (done.new, done.added, done.flows, done.states) == (True, 1, {"SmallFlow": 1}, {"succeeded": 1})
    assert [entry.key for entry in storage.list("") if not entry.key.startswith("index")] == ["imports/1.json"]
    assert _data(Run("SmallFlow/17")).x == 2


def test_said_again_it_brings_what_is_new(datastore: Datastore, storage: LocalStorage, bring_all: Bring) -> None:
    datastore.run("17")
    bring_all()
    datastore.run("18")
    again = bring_all()
    assert (again.new, again.added, again.record.number) == (False, 1, 1)
    assert len(list_imports(storage)) == 1


def test_a_new_run_is_seen_without_another_import(
    datastore: Datastore, storage: LocalStorage, bring_all: Bring
) -> None:
    datastore.run("17")
    bring_all()
    assert [run.id for run in Flow("SmallFlow")] == ["17"]
    datastore.run("18", time=1_700_000_100_000)
    assert [run.id for run in Flow("SmallFlow")] == ["18", "17"]


def test_a_run_that_goes_on_shows_its_news(datastore: Datastore, bring_all: Bring) -> None:
    datastore.run("17", end=False)
    bring_all()
    run = Run("SmallFlow/17")
    assert (run.status, [step.id for step in run]) == ("lost", ["start"])
    datastore.task("17", "end", "2", {"x": 2, "_graph_info": GRAPH}, 1_700_000_002_000)
    (listed,) = Flow("SmallFlow").runs()
    assert (listed.status, [step.id for step in listed]) == ("succeeded", ["start", "end"])


def test_tags_that_metaflow_changes_are_seen(datastore: Datastore, bring_all: Bring) -> None:
    datastore.run("17")
    bring_all()
    datastore.run("17", tags=["good"])
    assert [run.id for run in Flow("SmallFlow").runs("good")] == ["17"]


def test_tags_that_are_changed_here_stand_here(datastore: Datastore, storage: LocalStorage, bring_all: Bring) -> None:
    datastore.run("17", tags=["old"])
    bring_all()
    before = {path: path.stat().st_mtime_ns for path in datastore.folder.rglob("*")}
    Run("SmallFlow/17").replace_tag("old", "new")
    assert Run("SmallFlow/17").user_tags == {"new"}
    reader = _reader(storage)
    rebuild(reader.index, reader.storage)
    for history in reader.histories:
        history.index.clear()
    assert [run.id for run in Flow("SmallFlow").runs("new")] == ["17"]
    assert {path: path.stat().st_mtime_ns for path in datastore.folder.rglob("*")} == before
    assert storage.exists("imports/1/tags/SmallFlow/17/1.json")


def test_an_import_that_is_removed_takes_its_runs_and_tags_with_it(
    datastore: Datastore, storage: LocalStorage, bring_all: Bring
) -> None:
    datastore.run("17")
    bring_all()
    Run("SmallFlow/17").add_tag("good")
    remove_import(storage, 1)
    with pytest.raises(NotFound, match="no run of a flow 'SmallFlow'"):
        Flow("SmallFlow")
    bring_all()
    assert Run("SmallFlow/17").user_tags == frozenset()


def test_only_the_flows_that_were_chosen_are_shown(
    datastore: Datastore, storage: LocalStorage, bring_all: Bring
) -> None:
    datastore.run("17")
    Datastore(datastore.folder, "OtherFlow").run("18")
    assert bring_all("OtherFlow").flows == {"OtherFlow": 1}
    assert _reader(storage).flows() == ["OtherFlow"]
    assert bring_all("OtherFlow").new is False
    assert bring_all().flows == {"OtherFlow": 1, "SmallFlow": 1}
    assert _reader(storage).flows() == ["OtherFlow", "SmallFlow"]
    assert len(list(Flow("OtherFlow"))) == 1
    with pytest.raises(NotFound, match=r"no flow Absent in .*OtherFlow, SmallFlow"):
        bring_all("Absent")


def test_a_folder_without_runs_is_not_imported(tmp_path: Path, storage: LocalStorage, bring_all: Bring) -> None:
    (tmp_path / ".metaflow").mkdir()
    with pytest.raises(NotFound, match=r"There is no run in .*--root"):
        bring_all()
    assert list_imports(storage) == []


def test_a_dry_run_keeps_nothing(datastore: Datastore, storage: LocalStorage, bring_all: Bring) -> None:
    datastore.run("17")
    assert bring_all(dry_run=True).flows == {"SmallFlow": 1}
    assert list(storage.list("")) == []


def test_runs_of_the_root_and_of_imports_are_listed_together(
    datastore: Datastore, storage: LocalStorage, bring_all: Bring
) -> None:
    for number, time in ((1, 1000.0), (2, 1_700_000_050.0), (3, 1_700_000_150.0)):
        run = RunRecord(flow="SmallFlow", run_id=str(number), user="bob", created_at=time)
        storage.create(layout.run_record("SmallFlow", run.run_id), encode(run))
        end = RunEnd(outcome=RunOutcome.FAILED, ended_at=time + number * 2)
        storage.create(layout.run_end("SmallFlow", run.run_id), encode(end))
    datastore.run("17", time=1_700_000_000_000)
    datastore.run("18", time=1_700_000_100_000)
    bring_all()
    reader = _reader(storage)

    def listed(query: RunQuery) -> list[str]:
        return [row.run_id for row in reader.runs(query)]

    assert listed(RunQuery()) == ["3", "18", "2", "17", "1"]
    assert listed(RunQuery(limit=2, offset=1)) == ["18", "2"]
    assert listed(RunQuery(ascending=True, limit=2)) == ["1", "17"]
    assert listed(RunQuery(order=RunOrder.USER, ascending=True)) == ["18", "17", "3", "2", "1"]
    assert listed(RunQuery(order=RunOrder.DURATION)) == ["3", "2", "18", "17", "1"]
    assert listed(RunQuery(outcome="succeeded")) == ["18", "17"]
    (flow,) = reader.flow_rows()
    assert (flow.runs, flow.succeeded, flow.users, flow.run_id) == (5, 2, ("ada", "bob"), "3")


def test_a_run_of_the_root_goes_before_an_imported_one_of_its_name(
    datastore: Datastore, storage: LocalStorage, bring_all: Bring
) -> None:
    run = RunRecord(flow="SmallFlow", run_id="17", user="bob", created_at=1000.0)
    storage.create(layout.run_record("SmallFlow", "17"), encode(run))
    datastore.run("17")
    datastore.run("18")
    done = bring_all()
    assert (done.flows, done.elsewhere) == ({"SmallFlow": 1}, 1)
    assert _reader(storage).run_row("SmallFlow", "17").user == "bob"


def test_a_store_that_is_away_is_named_and_the_rest_is_read(
    datastore: Datastore, storage: LocalStorage, bring_all: Bring, tmp_path: Path
) -> None:
    other = Datastore(tmp_path / "second" / ".metaflow", "OtherFlow")
    datastore.run("17")
    other.run("18")
    bring_all()
    bring(storage, ImportRecord(number=0, kind="metaflow", folder=str(other.folder), imported_at=1.0))
    shutil.move(datastore.folder, tmp_path / "elsewhere")
    assert _data(Run("OtherFlow/18")).x == 2
    assert [run.id for run in Flow("SmallFlow")] == ["17"]
    with pytest.raises(StorageError, match=r"Import 1 reads .*moved or removed.*headwater import remove 1"):
        Run("SmallFlow/17").parameters["alpha"]
    (trouble,) = _reader(storage).histories.troubles()
    assert "Import 1" in trouble
    shutil.move(tmp_path / "elsewhere", datastore.folder)
    assert Run("SmallFlow/17").parameters["alpha"] == 0.5


def test_a_damaged_import_document_leaves_the_others(
    datastore: Datastore, storage: LocalStorage, bring_all: Bring
) -> None:
    datastore.run("17")
    bring_all()
    storage.create("imports/2.json", b"{")
    reader = _reader(storage)
    assert reader.flows() == ["SmallFlow"]
    (trouble,) = reader.histories.troubles()
    assert "imports/2.json is damaged" in trouble


def test_a_truncated_run_is_left_out_and_told(datastore: Datastore, bring_all: Bring) -> None:
    datastore.run("17")
    datastore.run("18")
    (datastore.folder / "SmallFlow" / "18" / "_meta" / "_self.json").write_text('{"run_number": "1')
    done = bring_all()
    assert done.flows == {"SmallFlow": 1}
    (left,) = done.unreadable
    assert left.place == "SmallFlow/18"
    assert "damaged or cut off" in left.reason
    with pytest.raises(RecordError, match=r"_self\.json is damaged or cut off"):
        Run("SmallFlow/18")


def test_a_truncated_attempt_is_left_out_and_the_run_is_read(datastore: Datastore, bring_all: Bring) -> None:
    datastore.run("17")
    (datastore.folder / "SmallFlow" / "17" / "start" / "1" / "0.data.json").write_text('{"objects": {"x"')
    bring_all()
    run = Run("SmallFlow/17")
    assert [step.id for step in run] == ["end"]
    assert _data(run).x == 2


def test_an_attempt_that_is_damaged_after_it_was_listed_says_so(datastore: Datastore, bring_all: Bring) -> None:
    datastore.run("17")
    bring_all()
    assert Task("SmallFlow/17/start/1").successful
    (datastore.folder / "SmallFlow" / "17" / "start" / "1" / "0.data.json").write_text("torn")
    close_readers()
    with pytest.raises(
        NotFound, match=r"SmallFlow/17/start/1 cannot be read from .*0\.data\.json is damaged or cut off"
    ):
        _ = Task("SmallFlow/17/start/1").data.x


@pytest.mark.parametrize("parts", [("17", "_parameters"), ("17", "start"), ("17", "end", "2", "_meta")])
def test_a_run_of_which_a_part_is_missing_is_read_as_far_as_it_goes(
    parts: tuple[str, ...], datastore: Datastore, bring_all: Bring
) -> None:
    datastore.run("17")
    shutil.rmtree(datastore.folder.joinpath("SmallFlow", *parts))
    bring_all()
    run = Run("SmallFlow/17")
    assert run.status == "succeeded"
    assert _data(run).x == 2
    assert run._repr_html_()


def test_a_value_that_is_missing_or_damaged_is_named(datastore: Datastore, bring_all: Bring) -> None:
    datastore.run("17")
    text = "a text long enough not to be told of" * 100
    datastore.task("17", "start", "1", {"text": text, "other": text + "!", "cut": text + "?"}, 1_700_000_001_000)
    datastore.blob(text).unlink()
    datastore.blob(text + "!").write_bytes(b"not gzip")
    path = datastore.blob(text + "?")
    path.write_bytes(path.read_bytes()[:-20])
    bring_all()
    data = Task("SmallFlow/17/start/1").data
    with pytest.raises(BlobError, match=r"of Artifact 'text' of SmallFlow/17/start/1 is missing: there is no file"):
        _ = data.text
    for name in ("other", "cut"):
        with pytest.raises(BlobError, match=f"Artifact '{name}' of SmallFlow/17/start/1 is damaged"):
            getattr(data, name)


def test_what_a_card_held_is_read_and_told_when_it_is_damaged(datastore: Datastore, bring_all: Bring) -> None:
    datastore.run("17")
    datastore.task("17", "start", "1", {}, 1_700_000_001_000)
    kept = datastore.folder / "mf.cards" / "SmallFlow" / "runs" / "17" / "steps" / "start" / "tasks" / "1"
    names = {"blank-mine-a1": '{"data": {"part": 1}}', "blank-torn-b2": '{"data": {"pa', "default-c3": None}
    for name, data in names.items():
        files = {kept / "cards" / f"{name}.html": f"<p>{name}</p>", kept / "runtime" / f"{name}.data.json": data}
        for path, text in files.items():
            path.parent.mkdir(parents=True, exist_ok=True)
            if text is not None:
                path.write_text(text)
    bring_all()
    cards = {card.id: card for card in get_cards("SmallFlow/17/start/1")}
    assert [cards[name].get() for name in ("mine", "torn", None)] == [f"<p>{name}</p>" for name in names]
    assert cards["mine"].get_data() == {"data": {"part": 1}}
    (kept / "cards" / "blank-torn-b2.html").write_bytes(b"<p>half \xff")
    assert get_cards("SmallFlow/17/start/1", id="torn")[0].get() == "<p>half \N{REPLACEMENT CHARACTER}"
    assert cards[None].get_data() is None
    with pytest.raises(BlobError, match="The data of the card 'blank' of SmallFlow/17/start/1 are damaged"):
        cards["torn"].get_data()


def test_a_value_under_another_hash_is_refused(datastore: Datastore, bring_all: Bring) -> None:
    datastore.run("17")
    good, bad = "g" * 5000, "b" * 5000
    datastore.task("17", "start", "1", {"text": good}, 1_700_000_001_000)
    datastore.blob(good).write_bytes(datastore.blob(bad).read_bytes())
    bring_all()
    with pytest.raises(BlobError, match="not what its name says"):
        _ = Task("SmallFlow/17/start/1").data.text


@pytest.mark.parametrize("name", ["../../../etc/passwd", "0" * 39 + "/", "", "Z" * 40])
def test_a_hash_that_leads_elsewhere_is_refused(name: str, datastore: Datastore, bring_all: Bring) -> None:
    datastore.run("17")
    path = datastore.data("17", "start", "1", {"text": "x" * 5000, "_task_ok": True, "_success": True})
    sha = datastore.save("x" * 5000)[0]
    path.write_text(path.read_text().replace(sha, name))
    bring_all()
    with pytest.raises(BlobError, match="no sha1"):
        _ = Task("SmallFlow/17/start/1").data.text


def test_links_out_of_the_store_are_not_followed(datastore: Datastore, bring_all: Bring, tmp_path: Path) -> None:
    datastore.run("17")
    outside = Datastore(tmp_path / "outside" / ".metaflow")
    outside.run("99")
    value = "secret" * 1000
    datastore.task("17", "start", "1", {"text": value}, 1_700_000_001_000)
    moved = tmp_path / "secret"
    shutil.move(datastore.blob(value), moved)
    blob = datastore.folder / "SmallFlow" / "data" / datastore.save(value)[0][:2] / datastore.save(value)[0]
    blob.unlink()
    blob.symlink_to(moved)
    (datastore.folder / "SmallFlow" / "99").symlink_to(outside.folder / "SmallFlow" / "99")
    (datastore.folder / "LinkFlow").symlink_to(outside.folder / "SmallFlow")
    bring_all()
    assert [run.id for run in Flow("SmallFlow")] == ["17"]
    with pytest.raises(NotFound):
        Run("SmallFlow/99")
    with pytest.raises(NotFound):
        Run("LinkFlow/99")
    with pytest.raises(BlobError, match="lies outside of"):
        _ = Task("SmallFlow/17/start/1").data.text


def test_foreign_files_and_names_are_passed_over(datastore: Datastore, bring_all: Bring) -> None:
    datastore.run("17")
    flow = datastore.folder / "SmallFlow"
    (flow / "latest_run").write_text("17")
    (flow / "..hidden").mkdir()
    (flow / "a b").mkdir()
    (flow / "17" / "Not A Step").mkdir()
    (flow / "17" / "start" / "not-a-task").mkdir()
    (flow / "17" / "start" / "1" / "99999999999.data.json").write_text("{}")
    (flow / "17" / "start" / "1" / "_meta" / "sysmeta_x.json").write_text("no")
    (datastore.folder / "notes.txt").write_text("mine")
    done = bring_all()
    assert (done.flows, done.unreadable) == ({"SmallFlow": 1}, ())
    assert [task.id for task in Run("SmallFlow/17")["start"]] == ["1"]


def test_what_a_class_is_missing_is_named(datastore: Datastore, bring_all: Bring) -> None:
    datastore.run("17")
    pickled = b"\x80\x04\x8c\x0eabsent_library\x8c\x05Thing\x93)\x81."
    broken = {"thing": _Pickled(pickled), "own": _Pickled(pickled.replace(b"\x0eabsent_library", b"\x08__main__"))}
    datastore.task("17", "start", "1", {"_graph_info": GRAPH}, 1_700_000_001_000)
    _put_raw(datastore, {name: one.data for name, one in broken.items()})
    bring_all()
    data = Task("SmallFlow/17/start/1").data
    with pytest.raises(ArtifactError, match=r"'thing' of SmallFlow/17/start/1 .*No module named 'absent_library'"):
        _ = data.thing
    with pytest.raises(ArtifactError, match="Can't get attribute 'Thing'"):
        _ = data.own


def test_telling_of_a_task_runs_no_code(datastore: Datastore, bring_all: Bring, tmp_path: Path) -> None:
    trap = tmp_path / "sprung"
    datastore.run("17")
    datastore.task("17", "start", "1", {"trap": _Trap(str(trap))}, 1_700_000_001_000)
    path = datastore.folder / "SmallFlow" / "17" / "start" / "1" / "0.data.json"
    path.write_text(path.read_text().replace(str(_Trap), "<class 'dict'>"))
    bring_all()
    task = Task("SmallFlow/17/start/1")
    assert task["trap"].summary == {}
    task._repr_html_()
    assert not trap.exists()
    _ = task["trap"].data  # whoever asks for the value runs what it is made by
    assert trap.exists()


def test_older_encodings_are_read(datastore: Datastore, bring_all: Bring) -> None:
    datastore.run("17")
    datastore.data("17", "start", "1", {"old": [1, 2], "_task_ok": True, "_success": True}, encoding="gzip+pickle-v2")
    bring_all()
    assert Task("SmallFlow/17/start/1").data.old == [1, 2]


def test_a_task_that_died_failed_with_its_signal(datastore: Datastore, bring_all: Bring) -> None:
    datastore.run("17", end=False)
    for task_id, told in (("2", {"return_code": -9}), ("3", {"return_code": 4}), ("4", {"killed": True})):
        datastore.write({"ts_epoch": 1_700_000_001_000}, "17", "end", task_id, "_meta", "_self.json")
        datastore.write(told, "17", "end", task_id, "0.runtime")
    bring_all()
    run = Run("SmallFlow/17")
    assert run.status == "failed"
    failures = {task.id: task.failure for task in run.failed_tasks}
    assert [str(failure and failure.kind) for failure in failures.values()] == ["signal", "exit", "cancelled"]
    assert failures["2"] is not None
    assert failures["2"].signal == 9
    assert "resume(" not in run._repr_html_()


def test_a_failure_tells_the_authors_lines(datastore: Datastore, bring_all: Bring) -> None:
    datastore.run("17", end=False)
    trace = (
        'Traceback (most recent call last):\n  File "/x/site-packages/metaflow/task.py", line 9, in run_step\n'
        '    step()\n  File "/home/ada/small.py", line 12, in end\n    raise ValueError("no")\nValueError: no\n'
    )
    raised = _Pickled(b"")
    datastore.task("17", "end", "2", {"_exception": raised, "_graph_info": GRAPH}, 1_700_000_002_000, ok=False)
    state = {"exception": "no", "type": "builtins.ValueError", "stacktrace": trace}
    _put_raw(datastore, {"_exception": _wrapper(state)}, "end/2")
    bring_all()
    (task,) = Run("SmallFlow/17").failed_tasks
    assert task.failure is not None
    assert [(frame.line, frame.author) for frame in task.failure.frames] == [(9, False), (12, True)]
    assert task.failure.frames[1].source == 'raise ValueError("no")'
    assert (task.failure.message, task.exception and task.exception.exception) == ("ValueError: no", "no")


def test_nodes_of_a_gang_keep_their_names(datastore: Datastore, bring_all: Bring) -> None:
    datastore.run("17")
    datastore.task("17", "start", "3_node_1", {"x": 5}, 1_700_000_001_500)
    bring_all()
    assert Task("SmallFlow/17/start/3_node_1").data.x == 5
    assert [task.id for task in Run("SmallFlow/17")["start"]] == ["1", "3_node_1"]
    with pytest.raises(InvalidName):
        Task("SmallFlow/17/start/3_nodes_1")


def test_what_takes_a_run_of_our_own_is_refused(datastore: Datastore, storage: LocalStorage, bring_all: Bring) -> None:
    datastore.run("17")
    bring_all()
    histories = _reader(storage).histories
    with pytest.raises(ImportedRun, match=r"SmallFlow/17 cannot be removed: it is imported.*headwater import remove 1"):
        histories.refuse("SmallFlow", "17", "removed")
    with pytest.raises(ImportedRun, match="SmallFlow cannot be"):
        histories.refuse_flow("SmallFlow", "removed")
    with pytest.raises(StorageError, match="never changed"):
        _reader(storage).documents.create(layout.run_end("SmallFlow", "17"), b"{}")
    histories.refuse("OtherFlow", "17", "removed")


def test_a_sweep_leaves_the_import_and_its_store(datastore: Datastore, storage: LocalStorage, bring_all: Bring) -> None:
    datastore.run("17")
    bring_all()
    before = sorted(path for path in datastore.folder.rglob("*"))
    reader = _reader(storage)
    collect(storage, reader.index, Policy(keep_last=0, before=None))
    assert sorted(path for path in datastore.folder.rglob("*")) == before
    assert [run.id for run in Flow("SmallFlow")] == ["17"]


def test_an_index_that_becomes_damaged_is_made_anew(
    datastore: Datastore, storage: LocalStorage, bring_all: Bring
) -> None:
    datastore.run("17")
    bring_all()
    assert [run.id for run in Flow("SmallFlow")] == ["17"]
    close_readers()
    file = storage.path("index-import-1.db")
    file.write_bytes(b"no database" * 1000)
    assert [run.id for run in Flow("SmallFlow")] == ["17"]
    assert _data(Run("SmallFlow/17")).x == 2
    (history,) = _reader(storage).histories
    with sqlite3.connect(file) as connection:
        connection.execute("DROP TABLE runs")
    connection.close()
    assert [run.id for run in Flow("SmallFlow")] == ["17"]
    assert history.index.path is None


def test_listing_runs_reads_no_task(datastore: Datastore, storage: LocalStorage, bring_all: Bring) -> None:
    datastore.run("17")
    bring_all()
    (history,) = _reader(storage).histories
    assert [row.run_id for row in _reader(storage).runs()] == ["17"]
    assert history.index.task_keys("SmallFlow", "17") == set()
    assert [task.id for task in Run("SmallFlow/17")["end"]] == ["2"]
    assert len(history.index.task_keys("SmallFlow", "17")) == 2


class _Pickled:
    def __init__(self, data: bytes) -> None:
        self.data = data


class _Trap:
    """A value whose loading leaves a mark."""

    def __init__(self, path: str) -> None:
        self.path = path

    def __reduce__(self) -> tuple[object, ...]:
        return _spring, (self.path,)


def _spring(path: str) -> str:
    Path(path).touch()
    return "sprung"


def _wrapper(state: dict[str, str]) -> bytes:
    """Metaflow's wrapper of an exception, pickled."""
    fields = "".join(f"V{name}\nV{_escaped(value)}\ns" for name, value in state.items())
    return f"cmetaflow.exception\nMetaflowExceptionWrapper\n(NtR(d{fields}b.".encode()


def _escaped(text: str) -> str:
    return text.replace("\n", "\\u000a")


def _put_raw(datastore: Datastore, pickles: dict[str, bytes], place: str = "start/1") -> None:
    """Values as these bytes in a task of run 17."""
    path = datastore.folder / "SmallFlow" / "17" / place / "0.data.json"
    document = json.loads(path.read_text())
    for name, data in pickles.items():
        sha = hashlib.sha1(data, usedforsecurity=False).hexdigest()
        blob = datastore.folder / "SmallFlow" / "data" / sha[:2] / sha
        blob.parent.mkdir(parents=True, exist_ok=True)
        blob.write_bytes(gzip.compress(data))
        document["objects"][name] = sha
        document["info"][name] = {"size": 5000, "type": "<class 'x.Thing'>", "encoding": "pickle-v4"}
    path.write_text(json.dumps(document))
