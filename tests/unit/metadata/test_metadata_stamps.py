import os
import time
from pathlib import Path

from headwater.metadata import stamps
from headwater.metadata.index import Index
from headwater.metadata.rebuild import catch_up
from headwater.records.run import RunOutcome
from headwater.storage import layout
from headwater.storage.local import LocalStorage
from headwater.storage.memory import MemoryStorage
from headwater.testing.documents import RunOnPaper

YESTERDAY = time.time() - 86_400


def settle(root: Path) -> None:
    """As if nothing had happened in the root since yesterday."""
    for folder, _, _ in os.walk(root):
        os.utime(folder, (YESTERDAY, YESTERDAY))


def test_a_run_that_changed_a_moment_ago_has_no_stamp(tmp_path: Path) -> None:
    storage = LocalStorage(tmp_path)
    RunOnPaper(storage).task("start")
    assert stamps.take(storage, "PaperFlow", "1") is None
    settle(tmp_path)
    assert stamps.take(storage, "PaperFlow", "1") is not None
    assert stamps.take(MemoryStorage("stamps"), "PaperFlow", "1") is None


def test_every_document_that_comes_or_goes_changes_the_stamp(tmp_path: Path) -> None:
    storage = LocalStorage(tmp_path)
    paper = RunOnPaper(storage)
    paper.task("start")
    settle(tmp_path)
    first = stamps.take(storage, "PaperFlow", "1")
    for change in (lambda: paper.task("start", "1"), lambda: paper.task("end"), paper.end):
        change()
        assert stamps.take(storage, "PaperFlow", "1") != first
        settle(tmp_path)
    assert stamps.take(storage, "PaperFlow", "1") != first  # there are more folders


def test_a_lost_run_is_read_once_and_again_when_it_has_news(tmp_path: Path) -> None:
    storage = LocalStorage(tmp_path)
    paper = RunOnPaper(storage)
    paper.task("start")
    settle(tmp_path)
    with Index(None) as index:
        catch_up(index, storage)
        assert ("PaperFlow", "1") in index.seen()
        # What stands in the folder now is not looked at: its time is as it was.
        os.rename(tmp_path / layout.task("PaperFlow", "1", "start", "0"), tmp_path / "aside")
        settle(tmp_path)
        assert catch_up(index, storage) == []
        paper.task("end")
        paper.end()
        catch_up(index, storage)
        assert [task.step for task in index.tasks("PaperFlow", "1")] == ["end", "start"]
        assert [run.outcome for run in index.runs()] == [RunOutcome.SUCCEEDED]


def test_a_run_with_a_damaged_document_is_read_each_time(tmp_path: Path) -> None:
    storage = LocalStorage(tmp_path)
    RunOnPaper(storage)
    storage.create(layout.task("PaperFlow", "1", "start", "0"), b"{")
    settle(tmp_path)
    with Index(None) as index:
        assert len(catch_up(index, storage)) == 1
        assert index.seen() == {}
        assert len(catch_up(index, storage)) == 1
