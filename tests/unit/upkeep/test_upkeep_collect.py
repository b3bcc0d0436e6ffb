"""Removing runs and values from a root that is quiet."""

import os
from pathlib import Path

import pytest

from headwater.artifacts.store import ArtifactStore
from headwater.errors import NotFound, RecordError, StorageError
from headwater.metadata.tags import change_tags
from headwater.records.base import decode
from headwater.records.run import Code, RunOutcome, RunRecord
from headwater.records.task import Outcome
from headwater.storage import layout
from headwater.storage.liveness import borrow, hold
from headwater.storage.memory import MemoryStorage
from headwater.testing.documents import RunOnPaper
from headwater.upkeep.collect import collect, remove_to_trash, undo
from headwater.upkeep.policy import Policy, RunKey
from unit.upkeep.conftest import Root

BIG = b"a value that stands in a blob " * 400


def test_runs_go_and_with_them_what_only_they_refer_to(root: Root) -> None:
    root.run("1", values={"x": BIG, "own": BIG + b"1"})
    root.run("2", values={"x": BIG})
    assert root.blobs() == 2
    done = collect(root.storage, root.index, Policy(keep_last=1))
    assert [str(run.key) for run in done.runs] == ["PaperFlow/1"]
    assert (done.values.blobs, root.blobs(), root.keys()) == (1, 1, {"PaperFlow/2"})
    assert done.bytes > len(BIG)
    assert {run.run_id for run in root.index.runs()} == {"2"}
    assert collect(root.storage, root.index, Policy()).values.blobs == 0


def test_values_that_no_document_refers_to_go_without_any_policy(root: Root) -> None:
    root.run("1", values={"x": BIG})
    ArtifactStore(root.storage).save_blob(b"a writer died before it committed")
    done = collect(root.storage, root.index, Policy())
    assert (done.runs, done.values.blobs, root.blobs()) == ((), 1, 1)


def test_every_kind_of_document_keeps_its_values(root: Root) -> None:
    store = ArtifactStore(root.storage)
    file = store.save_blob(b"print('flow')")
    manifest = store.save_blob(b'[["flow.py","%b",13,""]]' % file.hash.encode())
    paper = RunOnPaper(root.storage, parameters={"p": BIG}, code=Code(manifest=manifest))
    paper.task("start", values={"x": BIG + b"x"})
    paper.task("end", outcome=Outcome.FAILED, values={"y": BIG + b"y"})
    paper.task("end", "1", provisional=True, values={"z": BIG + b"z"})
    assert root.blobs() == 6
    assert collect(root.storage, root.index, Policy()).values.blobs == 0


def test_a_document_that_cannot_be_read_keeps_every_value_where_it_is(root: Root) -> None:
    root.run("1", values={"x": BIG})
    ArtifactStore(root.storage).save_blob(b"nobody's")
    root.storage.create(layout.task("PaperFlow", "1", "end", "0"), b'{"document": "task/1", "fl')
    with pytest.raises(RecordError, match=r"not known which values PaperFlow/1 needs.*headwater rm PaperFlow/1"):
        collect(root.storage, root.index, Policy())
    assert root.blobs() == 2
    remove_to_trash(root.storage, root.index, [RunKey("PaperFlow", "1")])
    assert collect(root.storage, root.index, Policy()).values.blobs == 2


def test_a_run_that_is_used_or_pinned_since_it_was_chosen_stays(root: Root) -> None:
    alive, borrowed, pinned, needed, goes = (root.run(str(number)) for number in range(1, 6))
    index = root.index
    run = decode(RunRecord, root.storage.read(layout.run_record(*pinned)), "")
    change_tags(root.storage, run, "ann", add=["keep"])
    root.run("9", origin=needed.run_id)
    hold(root.storage, *borrowed).close()
    with hold(root.storage, *alive), borrow(root.storage, *borrowed):
        removed = remove_to_trash(root.storage, index, [goes, needed, pinned, borrowed, alive])
    assert removed.runs == (goes,)
    assert removed.spared == (needed, pinned, borrowed, alive)


def test_what_was_removed_comes_back_the_last_removal_first(root: Root) -> None:
    one, two, three = (root.run(str(number), values={"x": BIG}) for number in (1, 2, 3))
    before = root.index.dump()
    remove_to_trash(root.storage, root.index, [two, one])
    remove_to_trash(root.storage, root.index, [three])
    assert root.keys() == set()
    assert root.index.runs() == []
    assert undo(root.storage) == [three]
    assert undo(root.storage) == [one, two]
    assert root.index.dump() == before
    with pytest.raises(NotFound, match=r"nothing in .* to bring back"):
        undo(root.storage)


def test_a_removal_that_removed_nothing_is_none_to_bring_back(root: Root) -> None:
    one, two = root.run("1"), root.run("2")
    remove_to_trash(root.storage, root.index, [one])
    with hold(root.storage, *two):
        assert remove_to_trash(root.storage, root.index, [two]).spared == (two,)
    assert undo(root.storage) == [one]


def test_after_a_collection_nothing_comes_back(root: Root) -> None:
    remove_to_trash(root.storage, root.index, [root.run("1", values={"x": BIG})])
    done = collect(root.storage, root.index, Policy())
    assert (done.values.blobs, root.blobs()) == (1, 0)
    with pytest.raises(NotFound):
        undo(root.storage)


def test_what_is_brought_back_does_not_replace_what_is_there(root: Root) -> None:
    key = root.run("1")
    remove_to_trash(root.storage, root.index, [key])
    root.run("1")
    with pytest.raises(StorageError, match="cannot be brought back"):
        undo(root.storage)
    assert root.keys() == {"PaperFlow/1"}


def test_what_killed_writers_left_goes_once_it_is_old(root: Root) -> None:
    root.run("1")
    temp = root.path / ".tmp"
    child = os.fork()
    if child == 0:
        os._exit(0)
    os.waitpid(child, 0)
    for name in (f"{child}-abc-0", f"{os.getpid()}-abc-0"):
        (temp / name).write_bytes(b"half a value")
    assert collect(root.storage, root.index, Policy()).leftovers.blobs == 0
    assert len(list(temp.iterdir())) == 2


def test_only_one_looks_after_a_root_at_a_time(root: Root) -> None:
    root.run("1")
    with root.storage.writers.alone(), pytest.raises(StorageError, match="Another `headwater gc` or `rm`"):
        collect(root.storage, root.index, Policy())


def test_a_root_without_locks_is_not_collected(root: Root) -> None:
    with pytest.raises(StorageError, match="cannot be removed from memory://x yet"):
        collect(MemoryStorage("x"), root.index, Policy())


def test_a_lost_run_goes_like_a_failed_one(root: Root) -> None:
    root.run("1", outcome=None)
    root.run("2", outcome=RunOutcome.FAILED)
    root.run("3")
    collect(root.storage, root.index, Policy(keep_last=1))
    assert root.keys() == {"PaperFlow/3"}


def test_an_empty_root_is_collected_too(tmp_path: Path) -> None:
    root = Root(tmp_path / "empty")
    done = collect(root.storage, root.index, Policy(keep_last=1))
    root.close()
    assert (done.runs, done.bytes) == ((), 0)
