"""Changes of a run's tags as documents: none is lost, and the newest counts."""

import multiprocessing
import threading
from pathlib import Path

import pytest

from headwater.errors import NotFound, RecordError, TagError
from headwater.metadata.tags import change_tags, read_change, read_tags
from headwater.records.base import decode
from headwater.records.run import RunRecord
from headwater.records.tags import TagsRecord
from headwater.storage import layout
from headwater.storage.base import Storage
from headwater.storage.memory import MemoryStorage
from headwater.storage.open import open_storage
from headwater.testing.documents import RunOnPaper


@pytest.fixture
def storage(tmp_path: Path) -> Storage:
    return open_storage(str(tmp_path))


def numbers(storage: Storage) -> list[str]:
    return storage.list_names(layout.all_tags("PaperFlow", "1"))


def test_a_run_has_the_tags_it_was_given_until_they_are_changed(storage: Storage) -> None:
    run = RunOnPaper(storage, tags=("b", "a")).record
    assert read_tags(storage, run).tags == ("a", "b")
    change = change_tags(storage, run, "bob", add=["c"], remove=["a"])
    assert (change.added, change.removed, change.written) == (("c",), ("a",), True)
    assert read_tags(storage, run).tags == ("b", "c")
    stored = decode(TagsRecord, storage.read(layout.tags("PaperFlow", "1", 1)), "tags/1.json")
    assert (stored.number, stored.tags, stored.user) == (1, ("b", "c"), "bob")


def test_a_change_that_changes_nothing_writes_nothing(storage: Storage) -> None:
    run = RunOnPaper(storage, tags=("a",)).record
    assert not change_tags(storage, run, "ann", add=["a", "user:ann"], remove=["nowhere"]).written
    assert numbers(storage) == []


def test_a_refused_change_writes_nothing(storage: Storage) -> None:
    run = RunOnPaper(storage, tags=("a",)).record
    with pytest.raises(TagError):
        change_tags(storage, run, "ann", add=["b"], remove=["a", "user:ann"])
    assert numbers(storage) == []
    assert read_tags(storage, run).tags == ("a",)


def test_the_tenth_change_follows_the_ninth(storage: Storage) -> None:
    run = RunOnPaper(storage).record
    for number in range(12):
        change_tags(storage, run, "ann", add=[f"tag-{number}"])
    assert read_tags(storage, run).number == 12
    assert len(read_tags(storage, run).tags) == 12


def test_a_document_that_is_gone_or_damaged_is_told_by_its_name(storage: Storage) -> None:
    run = RunOnPaper(storage).record
    storage.create(layout.tags("PaperFlow", "1", 1), b"{")
    with pytest.raises(RecordError, match=r"tags/1\.json"):
        read_tags(storage, run)
    with pytest.raises(NotFound, match=r"tags/2\.json is missing"):
        read_change(storage, "PaperFlow", "1", 2)


def test_a_run_that_was_removed_meanwhile_is_not_brought_back_by_its_tags(storage: Storage) -> None:
    run = RunOnPaper(storage).record
    storage.delete(layout.run_record("PaperFlow", "1"))
    with pytest.raises(NotFound, match="PaperFlow/1 was removed"):
        change_tags(storage, run, "ann", add=["late"])
    assert numbers(storage) == []


def test_threads_that_change_the_tags_of_one_run_at_once_lose_nothing() -> None:
    storage = MemoryStorage("memory://racing-tags")
    run = RunOnPaper(storage, tags=("first",)).record
    start = threading.Barrier(8)

    def work(mine: int) -> None:
        start.wait()
        for number in range(5):
            change_tags(storage, run, "ann", add=[f"{mine}-{number}"])

    threads = [threading.Thread(target=work, args=(mine,)) for mine in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert set(read_tags(storage, run).tags) == {"first"} | {f"{mine}-{n}" for mine in range(8) for n in range(5)}
    assert read_tags(storage, run).number == 40


def _toggle(root: str, mine: int, rounds: int) -> None:
    storage = open_storage(root)
    run = decode(RunRecord, storage.read(layout.run_record("PaperFlow", "1")), "run.json")
    for number in range(rounds):
        change_tags(storage, run, "ann", add=[f"{mine}-{number}"], remove=[f"{mine}-{number - 1}"])


def test_a_tags_that_processes_change_at_once_are_not_lost(storage: Storage) -> None:
    run = RunOnPaper(storage, tags=("first",)).record
    spawn = multiprocessing.get_context("spawn")
    processes = [spawn.Process(target=_toggle, args=(storage.url, mine, 20)) for mine in range(3)]
    for process in processes:
        process.start()
    for process in processes:
        process.join()
        assert process.exitcode == 0
    assert read_tags(storage, run).tags == ("0-19", "1-19", "2-19", "first")
    assert read_tags(storage, run).number == 60
