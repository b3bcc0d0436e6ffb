"""Bytes that are missing or not what they were: an error that names the thing and the remedy, never a wrong value."""

import os
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from flow_project import Finished, Project
from headwater.records.task import FailureKind
from processes import headwater

KEEPING = """
class Keeping(FlowSpec):
    @step
    def start(self):
        self.big = os.urandom(100_000)
        self.note = "kept"
        self.next(self.middle)

    @step
    def middle(self):
        if not os.path.exists("go"):
            raise RuntimeError("not yet")
        self.size = len(self.big)
        self.next(self.end)

    @step
    def end(self):
        print("size", self.size, self.note)
"""


@pytest.fixture
def failed(project: Project) -> Finished:
    """A run whose middle step failed, which may be resumed now."""
    run = project.run(KEEPING).failed("not yet")
    (project.folder / "go").touch()
    return run


def _blob(run: Finished) -> Path:
    """The file of `big`."""
    (blob,) = (path for path in (run.project.root / "blobs").rglob("b3-*") if path.stat().st_size > 90_000)
    return blob


def test_a_missing_blob_fails_the_task_that_reads_it_by_name(failed: Finished) -> None:
    blob = _blob(failed)
    kept = blob.read_bytes()
    blob.unlink()

    again = failed.project.call("resume").failed("middle/0 failed", "big", "missing", blob.name[3:15], "resume")
    assert again.record("middle", attempt=0).failure is not None
    shown = headwater(failed.project, "show", f"{failed.pathspec}/start/0/big")
    assert "Traceback" not in shown.stderr

    blob.write_bytes(kept)
    assert "size 100000 kept" in failed.project.call("resume").done().stdout


def test_a_corrupt_blob_fails_the_task_that_reads_it_by_name(failed: Finished) -> None:
    blob = _blob(failed)
    kept = blob.read_bytes()
    blob.chmod(0o644)
    blob.write_bytes(kept[:50_000] + b"\0" + kept[50_001:])

    failed.project.call("resume").failed("middle/0 failed", "big", blob.name[3:15], "resume")

    blob.unlink()
    blob.write_bytes(kept)
    assert "size 100000 kept" in failed.project.call("resume").done().stdout


def test_a_truncated_record_of_a_parent_is_named_and_its_task_can_run_again(failed: Finished) -> None:
    record = failed.project.root / f"flows/{failed.pathspec}/tasks/start/0.json"
    kept = record.read_bytes()
    record.write_bytes(kept[: len(kept) // 2])

    failed.project.call("resume", "--origin-run-id", failed.run_id).failed(
        "start/0.json", "is damaged or cut off", "Restore it"
    )

    again = failed.project.call("resume", "start", "--origin-run-id", failed.run_id).done()
    assert "size 100000 kept" in again.stdout
    record.write_bytes(kept)
    assert failed.project.call("resume", "--origin-run-id", failed.run_id).done().taken.keys() == {"start"}


def test_a_truncated_record_of_the_origin_is_named(failed: Finished) -> None:
    record = failed.project.root / f"flows/{failed.pathspec}/run.json"
    kept = record.read_bytes()
    record.write_bytes(kept[:100])

    failed.project.call("resume").failed("run.json", "is damaged or cut off", "Restore it")

    record.write_bytes(kept)
    failed.project.call("resume").done()


@pytest.mark.parametrize("name", ["end.json", "run.json", "tasks/middle/0@0.json"])
def test_reading_commands_go_round_a_document_that_cannot_be_read(failed: Finished, name: str) -> None:
    """A second run beside it is listed all the same."""
    sound = failed.project.call("run").done()
    for content in (b"", b"[1]"):
        (failed.project.root / f"flows/{failed.pathspec}/{name}").write_bytes(content)
        for path in failed.project.root.glob("index.db*"):
            path.unlink()

        listed = headwater(failed.project, "runs")
        broken = headwater(failed.project, "show", failed.pathspec)

        assert listed.returncode == 0, listed.stderr
        assert sound.run_id in listed.stdout
        assert "Traceback" not in listed.stderr + broken.stderr + broken.stdout


def test_an_end_that_cannot_be_read_does_not_stop_a_resume(failed: Finished) -> None:
    (failed.project.root / f"flows/{failed.pathspec}/end.json").write_bytes(b"{")
    failed.project.call("resume").done()


@pytest.mark.parametrize("damage", ["zeros", "not a database", "a folder", "another schema", "newer"])
def test_a_damaged_index_is_made_anew_and_loses_nothing(failed: Finished, damage: str) -> None:
    root = failed.project.root
    for path in root.glob("index.db-*"):
        path.unlink()
    index = root / "index.db"
    if damage == "zeros":
        index.write_bytes(bytes(index.stat().st_size))
    elif damage == "not a database":
        index.write_bytes(b"what is this?" * 1000)
    elif damage == "a folder":
        index.unlink()
        index.mkdir()
    elif damage == "newer":
        with sqlite3.connect(index) as connection:
            connection.execute("PRAGMA user_version = 9999")
        connection.close()
    else:
        with sqlite3.connect(index) as connection:
            for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall():
                connection.execute(f"DROP TABLE {name}")
        connection.close()

    listed = headwater(failed.project, "runs")
    again = failed.project.call("resume").done()

    assert failed.run_id in listed.stdout, listed.stderr
    assert again.taken.keys() == {"start"}
    assert again.run_id in headwater(failed.project, "runs").stdout


SPOILER = """
def spoil():
    with open("root/index.db", "r+b") as file:
        file.write(b"spoiled " * 4096)
    with open("root/index.db-wal", "r+b") as file:
        file.write(b"spoiled " * 512)

"""


def test_an_index_that_is_damaged_while_the_run_goes_on_does_not_end_it(project: Project) -> None:
    (project.folder / "go").touch()

    run = project.run(SPOILER + KEEPING.replace("self.big =", "spoil(); self.big =")).done()

    assert "size 100000 kept" in run.stdout
    assert run.stderr.count("The index") <= 1, "said once at most"
    listed = headwater(project, "runs")
    assert run.run_id in listed.stdout, listed.stderr
    assert "succeeded" in listed.stdout


def test_a_root_below_a_file_is_refused_by_name(project: Project) -> None:
    (project.folder / "taken").write_text("a file")
    root = str(project.folder / "taken" / "root")

    run = project.run(KEEPING, "--datastore-root", root)

    run.failed("taken", "--datastore-root")
    assert "Traceback" not in run.stderr
    for words in (("runs",), ("show", "Keeping"), ("logs", "Keeping/1/start")):
        done = headwater(project, "--datastore-root", root, *words)
        assert "Traceback" not in done.stderr


def test_a_root_that_is_a_file_is_refused_by_name(project: Project) -> None:
    (project.folder / "taken").write_text("a file")
    project.run(KEEPING, "--datastore-root", "taken").failed("taken", "--datastore-root")


def test_a_root_whose_parent_is_missing_is_made(project: Project) -> None:
    (project.folder / "go").touch()
    root = project.folder / "not" / "there" / "yet"

    project.run(KEEPING, "--datastore-root", str(root)).done()

    assert (root / "flows" / "Keeping").is_dir()


def test_a_root_that_is_read_only_is_refused_for_a_run_and_can_be_read(failed: Finished, in_mounts: str) -> None:
    """Not even the superuser can write to a read-only mount."""
    script = f"""
    mount --bind root root && mount -o remount,bind,ro root || exit 99
    {sys.executable} flow.py run; echo "run $?" >&2
    {sys.executable} flow.py resume; echo "resume $?" >&2
    {sys.executable} -m headwater runs; echo "runs $?" >&2
    {sys.executable} -m headwater show {failed.pathspec}; echo "show $?" >&2
    """
    done = subprocess.run(
        [*in_mounts.split(), "/bin/sh", "-c", script],
        cwd=failed.project.folder,
        env=failed.project.environ,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )

    for words in ("run 1", "resume 1", "runs 0", "show 0", "Read-only file system", "--datastore-root"):
        assert words in done.stderr, done.stderr
    assert failed.run_id in done.stdout
    assert "Traceback" not in done.stderr
    assert failed.project.call("resume").done().taken.keys() == {"start"}


def test_an_unreadable_value_names_the_artifact_in_the_client(failed: Finished) -> None:
    _blob(failed).unlink()
    program = f"""
from headwater import Task, namespace
namespace(None)
try:
    Task("{failed.pathspec}/start/0")["big"].data
except Exception as exc:
    print(type(exc).__name__, exc)
"""
    done = subprocess.run(
        [sys.executable, "-c", program],
        env={**failed.project.environ, "PYTHONPATH": os.environ.get("PYTHONPATH", "")},
        capture_output=True,
        text=True,
        check=False,
    )
    assert "BlobError" in done.stdout, done.stderr
    assert "big" in done.stdout


def test_a_failure_of_storage_has_its_own_kind(failed: Finished) -> None:
    _blob(failed).unlink()
    again = failed.project.call("resume")
    failure = again.record("middle", attempt=0).failure
    assert failure is not None
    assert failure.kind in (FailureKind.INTERNAL, FailureKind.ARTIFACT)
