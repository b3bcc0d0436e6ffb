"""Where an index is, and that it opens whatever is wrong with its file."""

import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from headwater.errors import IndexUnusable
from headwater.metadata.index import Index
from headwater.metadata.open import index_path, open_index
from headwater.metadata.rebuild import rebuild
from headwater.records.base import encode
from headwater.records.run import RunRecord
from headwater.storage import layout
from headwater.storage.base import Storage
from headwater.storage.memory import MemoryStorage
from headwater.storage.open import open_storage
from headwater.testing.documents import RunOnPaper


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return tmp_path / "root"


@pytest.fixture
def storage(root: Path) -> Iterator[Storage]:
    with open_storage(str(root)) as storage:
        paper = RunOnPaper(storage)
        paper.task("start")
        paper.end()
        yield storage


def steps(index: Index) -> list[str]:
    return [task.step for task in index.tasks("PaperFlow", "1")]


def test_the_index_of_a_folder_lies_in_it(storage: Storage, root: Path) -> None:
    with open_index(storage) as index:
        assert index.path == root / "index.db"
        assert steps(index) == ["start"]


def test_the_index_of_a_bucket_lies_in_the_users_cache(tmp_path: Path) -> None:
    class Bucket(MemoryStorage):
        url = "s3://bucket/prefix"

    environ = {"XDG_CACHE_HOME": str(tmp_path)}
    with open_index(Bucket("test-index-of-a-bucket"), environ) as index:
        assert index.path is not None
        assert index.path.parent == tmp_path / "headwater" / "index"
        assert index.path == index_path(open_storage("s3://bucket/prefix"), environ)


def test_one_bucket_has_one_index_however_its_address_is_written() -> None:
    one, same, other = (open_storage(root) for root in ("s3://bucket/prefix", "s3://bucket/prefix/", "s3://bucket/q"))
    assert index_path(one, {}) == index_path(same, {})
    assert index_path(one, {}) != index_path(other, {})


def test_the_index_of_a_root_in_memory_is_in_memory() -> None:
    storage = MemoryStorage("memory://test-index-in-memory")
    with open_index(storage) as index:
        assert index.path is None


@pytest.mark.parametrize("content", [b"not a database, certainly not one", b"SQLite format 3\x00" + b"\xff" * 4096])
def test_a_damaged_file_is_made_anew(storage: Storage, root: Path, content: bytes) -> None:
    (root / "index.db").write_bytes(content)
    with open_index(storage) as index:
        assert index.path == root / "index.db"
        assert steps(index) == ["start"]


def test_damage_behind_the_first_page_is_met_by_making_the_file_anew(storage: Storage, root: Path) -> None:
    with open_index(storage) as index:
        index.add_tasks([])
    whole = (root / "index.db").read_bytes()
    (root / "index.db").write_bytes(whole[:4096] + b"\xff" * (len(whole) - 4096))
    with open_index(storage) as index:
        assert steps(index) == ["start"]


def test_a_file_of_an_older_version_is_made_anew(storage: Storage, root: Path) -> None:
    other = sqlite3.connect(root / "index.db")
    other.execute("CREATE TABLE runs (something TEXT)")
    other.execute("PRAGMA user_version = -1")
    other.close()
    with open_index(storage) as index:
        assert index.path == root / "index.db"
        assert steps(index) == ["start"]


def test_a_file_of_a_newer_version_is_left_alone(storage: Storage, root: Path) -> None:
    other = sqlite3.connect(root / "index.db")
    other.execute("PRAGMA journal_mode = WAL")
    other.execute("PRAGMA user_version = 999")
    other.close()
    before = (root / "index.db").read_bytes()
    with pytest.raises(IndexUnusable, match="version 999"):
        Index(root / "index.db")
    with open_index(storage) as index:
        assert index.path is None
        assert steps(index) == ["start"]
    assert (root / "index.db").read_bytes() == before


def test_where_no_file_can_be_written_the_index_is_in_memory(storage: Storage, root: Path) -> None:
    # A folder of that name stands in the way, for the superuser too.
    (root / "index.db").mkdir()
    with open_index(storage) as index:
        assert index.path is None
        assert steps(index) == ["start"]


_WRITER = """
import sys
from pathlib import Path
from headwater.metadata.index import Index
from headwater.testing.metadata import task_record
with Index(Path(sys.argv[1])) as index:
    for task in range(20):
        index.add_tasks([task_record(str(task), run_id=sys.argv[2])])
"""


def test_several_processes_make_and_write_one_index(tmp_path: Path) -> None:
    path = tmp_path / "index.db"
    writers = [subprocess.Popen([sys.executable, "-c", _WRITER, str(path), str(number)]) for number in range(3)]
    assert [writer.wait() for writer in writers] == [0, 0, 0]
    with Index(path) as index:
        assert [len(index.tasks("PaperFlow", str(number))) for number in range(3)] == [20, 20, 20]


def test_what_a_living_driver_adds_while_the_index_is_rebuilt_stays(storage: Storage, root: Path) -> None:
    with open_index(storage) as index, Index(root / "index.db") as drivers:
        rebuild(index, storage)
        paper = RunOnPaper(storage, "2")
        drivers.add_run(paper.record)
        drivers.add_tasks([paper.task("start")])
        told = index.dump()
        rebuild(index, storage)
        assert index.dump() == told


def test_a_run_does_not_die_of_its_index(tmp_path: Path) -> None:
    said: list[str] = []
    with Index(tmp_path / "index.db") as index:
        other = sqlite3.connect(tmp_path / "index.db")
        other.execute("DROP TABLE tasks")
        other.close()
        with pytest.raises(IndexUnusable):
            index.clear()
        index.on_trouble = said.append
        index.clear()
        index.clear()
    assert len(said) == 1


def test_who_opens_hears_of_it_when_many_runs_are_to_be_read(storage: Storage) -> None:
    for number in range(1, 101):
        record = RunRecord(flow="F", run_id=str(number), user="ann", created_at=float(number))
        storage.create(layout.run_record("F", str(number)), encode(record))
    heard: list[str] = []
    for _ in range(2):
        with open_index(storage, {}, heard.append):
            pass
    assert len(heard) == 1
    assert "Reading 101 runs" in heard[0]
