"""Tags that are being changed while processes are killed: each change has happened or has not, and is seen."""

import subprocess
import sys
from itertools import pairwise
from pathlib import Path

import pytest

from headwater.client import scope
from headwater.client.objects import Flow, Run
from headwater.client.reader import close_readers
from headwater.metadata.index import Index
from headwater.metadata.rebuild import rebuild, tag_numbers
from headwater.metadata.tags import read_change
from headwater.storage.base import Storage
from headwater.storage.open import open_storage
from headwater.testing.documents import RunOnPaper
from processes import wait_for

#: Moves a tag of its own along for ever: `name-0`, `name-1`, ...
MOVER = """
import itertools, sys
from headwater import Run, namespace
namespace(None)
run, name = Run("PaperFlow/1"), sys.argv[1]
for number in itertools.count():
    run.replace_tag(f"{name}-{number - 1}", f"{name}-{number}")
"""


def changes(storage: Storage) -> int:
    return max(tag_numbers(storage, "PaperFlow", "1"), default=0)


def move_until_killed(storage: Storage, enough: int) -> None:
    """Two processes change tags, until there are so many changes; then both are killed."""
    movers = [subprocess.Popen([sys.executable, "-c", MOVER, name]) for name in ("a", "b")]
    try:
        wait_for(lambda: changes(storage) > enough)
    finally:
        for mover in movers:
            mover.kill()
            mover.wait()


def test_processes_that_are_killed_while_they_change_tags_leave_whole_changes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HEADWATER_DATASTORE_ROOT", str(tmp_path))
    monkeypatch.setattr(scope, "_chosen", None)
    storage = open_storage(str(tmp_path))
    RunOnPaper(storage, tags=("first",)).end()
    for _ in range(5):
        move_until_killed(storage, changes(storage) + 20)
        assert sorted(tag_numbers(storage, "PaperFlow", "1")) == list(range(1, changes(storage) + 1))
    tags = [set(read_change(storage, "PaperFlow", "1", number + 1).tags) for number in range(changes(storage))]
    for before, after in pairwise([{"first"}, *tags]):
        assert "first" in after
        assert len(before ^ after) in (1, 2), "one tag moves at a time, and no other is lost"
    newest = tags[-1]
    assert Run("PaperFlow/1").user_tags == newest
    assert [run.id for run in Flow("PaperFlow").runs(*newest)] == ["1"]
    close_readers()
    with Index(tmp_path / "index.db") as index, Index(None) as fresh:
        assert rebuild(fresh, storage) == []
        assert index.dump() == fresh.dump()
