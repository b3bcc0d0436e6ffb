"""`headwater doctor` on roots of real runs, whole and damaged."""

import json
import os
import signal
import sqlite3
import subprocess
import sys
from pathlib import Path
from typing import Any

from flow_project import Project

KEEPS = """
class Keeper(FlowSpec):
    @step
    def start(self):
        self.big = bytes(range(256)) * 4096
        self.text = "word " * 100_000
        self.next(self.end)
    @step
    def end(self):
        pass
"""


def doctor(project: Project, *words: str) -> tuple[int, dict[tuple[str, str], list[dict[str, Any]]]]:
    """The exit code, and the findings by their area and level."""
    done = subprocess.run(
        [sys.executable, "-m", "headwater", "doctor", "--json", *words],
        cwd=project.folder,
        env=project.environ,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    found: dict[tuple[str, str], list[dict[str, Any]]] = {}
    document = json.loads(done.stdout)
    for one in document["findings"]:
        found.setdefault((one["area"], one["level"]), []).append(one)
    assert document["ok"] == (done.returncode == 0)
    return done.returncode, found


def blobs(project: Project) -> list[Path]:
    return sorted((project.root / "blobs").rglob("b3-*"), key=lambda path: path.stat().st_size)


def test_a_sound_root_is_found_to_be_sound(project: Project) -> None:
    project.write(KEEPS)
    project.call("run").done()
    code, found = doctor(project, "--verify")
    assert code == 0
    assert found["kept", "ok"][0]["text"] == "1 run of 1 flow"
    texts = [one["text"] for one in found["verified", "ok"]]
    assert texts[0] == "2 task records of 1 run can be read"
    assert texts[1].startswith(f"{len(blobs(project))} blobs hashed")
    assert ("verified", "note") not in found


def test_a_damaged_and_a_missing_blob_are_told_with_the_runs_that_need_them(project: Project) -> None:
    project.write(KEEPS)
    run = project.call("run").done().run_id
    *_, other, largest = blobs(project)
    largest.chmod(0o644)
    with largest.open("r+b") as file:
        file.seek(1000)
        file.write(b"\xff\x00")
    other.unlink()
    code, found = doctor(project, "--verify")
    assert code == 1
    damaged, missing = found["verified", "problem"]
    digest = largest.name.removeprefix("b3-")
    assert damaged["text"] == "1 blob damaged: the bytes are not what the name says"
    assert damaged["details"][0].startswith(digest)
    assert damaged["details"][0].endswith(f"needed by Keeper/{run}")
    assert missing["text"] == "1 blob missing"
    assert other.name.removeprefix("b3-").partition(".")[0] in missing["details"][0]


def test_a_record_that_cannot_be_read_is_told(project: Project) -> None:
    project.write(KEEPS)
    run = project.call("run").done().run_id
    record = project.root / "flows" / "Keeper" / run / "tasks" / "start" / "0.json"
    record.write_text('{"kind":"tas')
    code, found = doctor(project, "--verify")
    assert code == 1
    (problem,) = found["verified", "problem"]
    assert "tasks/start/0.json" in problem["details"][0]
    assert ("verified", "problem") not in doctor(project)[1]


def test_a_blob_that_no_run_needs_is_told(project: Project) -> None:
    project.write(KEEPS)
    run = project.call("run").done().run_id
    folder = project.root / "flows" / "Keeper" / run
    for file in sorted(folder.rglob("*"), reverse=True):
        file.rmdir() if file.is_dir() else file.unlink()
    folder.rmdir()
    code, found = doctor(project, "--verify")
    assert code == 0
    (note,) = found["verified", "note"]
    assert note["text"].startswith(f"{len(blobs(project))} blobs")


def test_a_run_whose_driver_was_killed_is_lost(project: Project) -> None:
    project.write(
        """
        class Dies(FlowSpec):
            @step
            def start(self):
                self.next(self.end)
            @step
            def end(self):
                print("at the end", flush=True)
                time.sleep(60)
        """
    )
    driver = project.start("run")
    assert driver.stdout is not None
    assert "at the end" in driver.stdout.readline()
    driver.send_signal(signal.SIGKILL)
    driver.wait()
    driver.stdout.close()
    assert driver.stderr is not None
    driver.stderr.close()
    (run,) = os.listdir(project.root / "flows" / "Dies")
    alive = project.root / "flows" / "Dies" / run / "alive"
    subprocess.run(["flock", str(alive), "true"], check=True, timeout=30)  # until the last of its processes is gone
    code, found = doctor(project)
    assert code == 0
    (warning,) = found["kept", "warning"]
    assert warning["text"].startswith("1 run lost")
    assert warning["details"] == [f"Dies/{run}"]


def test_a_damaged_index_is_a_warning_with_its_remedy(project: Project) -> None:
    project.write(KEEPS)
    project.call("run").done()
    for suffix in ("", "-wal", "-shm"):
        (project.root / f"index.db{suffix}").unlink(missing_ok=True)
    (project.root / "index.db").write_bytes(b"no database at all" * 1000)
    code, found = doctor(project)
    assert code == 0
    (warning,) = found["kept", "warning"]
    assert "index" in warning["text"]
    assert warning["remedy"] == "Make it anew: headwater index rebuild"


def test_an_index_that_is_behind_is_told(project: Project) -> None:
    project.write(KEEPS)
    project.call("run").done()
    (project.root / "flows" / "Keeper" / "1").mkdir()
    _, found = doctor(project)
    texts = [one["text"] for one in found["kept", "note"]]
    assert texts == ["the index lacks 1 run; the next command that reads catches up"]


def test_an_index_of_another_version_is_no_reason_to_worry(project: Project) -> None:
    project.write(KEEPS)
    project.call("run").done()
    connection = sqlite3.connect(project.root / "index.db")
    connection.execute("PRAGMA user_version = 1")
    connection.close()
    code, found = doctor(project)
    assert code == 0
    assert "of another version" in found["kept", "note"][0]["text"]
    assert ("kept", "warning") not in found
