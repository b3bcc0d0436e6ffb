"""A wide foreach, killed again and again, the driver alone or everything: nothing is lost, nothing kept runs again."""

import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from headwater.metadata.index import Index
from headwater.metadata.open import open_index
from headwater.metadata.rebuild import rebuild
from headwater.storage import layout
from headwater.storage.liveness import hold
from headwater.storage.open import open_storage

WIDTH = 2000
KILLS = 10
WORKERS = 4

FLOW = f"""
import os
from headwater import FlowSpec, resources, step

class Counting(FlowSpec):
    @step
    def start(self):
        self.items = range({WIDTH})
        self.next(self.count, foreach="items")

    @resources(cpu=0.5)
    @step
    def count(self):
        with open(os.path.join(os.environ["COUNTS"], str(self.input)), "a") as file:
            file.write("x")
        with open(os.environ["COUNTS"] + ".begun", "a") as file:
            file.write("x")
        self.one = 1
        self.next(self.join)

    @step
    def join(self, inputs):
        self.total = sum(each.one for each in inputs)
        self.next(self.end)

    @step
    def end(self):
        print("total", self.total)

if __name__ == "__main__":
    Counting()
"""


def kill_driver(driver: "subprocess.Popen[bytes]") -> None:
    driver.kill()


def kill_session(driver: "subprocess.Popen[bytes]") -> None:
    """Everything that the driver started, whatever its process group."""
    while True:
        members = [pid for pid in map(int, filter(str.isdigit, os.listdir("/proc"))) if _session(pid) == driver.pid]
        if not members:
            return
        for pid in members:
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                continue
        driver.wait()


def _session(pid: int) -> int | None:
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return None
    return int(fields[3]) if fields[0] != "Z" else None


@pytest.mark.parametrize("kill", [kill_driver, kill_session])
def test_ten_kills_lose_nothing_and_repeat_nothing(
    tmp_path: Path, kill: Callable[["subprocess.Popen[bytes]"], None]
) -> None:
    flow, counts, root = tmp_path / "counting.py", tmp_path / "counts", tmp_path / "root"
    flow.write_text(FLOW)
    counts.mkdir()
    begun = tmp_path / "counts.begun"
    begun.touch()
    environ = {**os.environ, "COUNTS": str(counts), "HEADWATER_DATASTORE_ROOT": str(root), "HEADWATER_USER": "tester"}
    rng = random.Random(7)
    thresholds = sorted(rng.randrange(WIDTH - 100) for _ in range(KILLS))
    kept: dict[str, int] = {}

    for number, threshold in enumerate(thresholds):
        driver = _start(flow, "run" if number == 0 else "resume", environ)
        _wait_for_tasks(begun, threshold, driver)
        time.sleep(rng.random() * 0.02)  # anywhere between two commits
        kill(driver)
        driver.communicate()
        run_id = _newest_run(root)
        with open_storage(str(root)) as storage, hold(storage, "Counting", run_id, wait_s=10):
            pass  # nobody of that run is left
        for task_id in _successes(root):
            kept.setdefault(task_id, _bytes(counts, task_id))

    last = subprocess.run(
        [sys.executable, flow, "resume"], env=environ, capture_output=True, text=True, timeout=120, check=False
    )

    assert last.returncode == 0, last.stderr
    assert f"total {WIDTH}" in last.stdout
    written = {task_id: _bytes(counts, task_id) for task_id in map(str, range(WIDTH))}
    assert min(written.values()) >= 1
    assert {task_id: written[task_id] for task_id in kept} == kept, "a task with a success record ran again"
    assert sum(written.values()) - WIDTH <= WORKERS * KILLS
    with open_storage(str(root)) as storage, open_index(storage) as index:
        tasks = index.tasks("Counting", _newest_run(root), "count")
        assert sorted(int(task.task_id) for task in tasks) == list(range(WIDTH))
        assert {task.outcome for task in tasks} == {"succeeded"}
        with Index(None) as fresh:
            assert rebuild(fresh, storage) == []
            assert index.dump() == fresh.dump()


def _start(flow: Path, command: str, environ: dict[str, str]) -> "subprocess.Popen[bytes]":
    return subprocess.Popen(
        [sys.executable, flow, command, "--max-workers", str(WORKERS)],
        env=environ,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        start_new_session=True,
    )


def _wait_for_tasks(begun: Path, number: int, driver: "subprocess.Popen[bytes]") -> None:
    """Until so many attempts began; each leaves a byte in a file, whose size costs nothing to ask."""
    deadline = time.monotonic() + 60
    while begun.stat().st_size <= number:
        assert driver.poll() is None, driver.communicate()[1].decode()
        assert time.monotonic() < deadline, "no progress"
        time.sleep(0.001)


def _newest_run(root: Path) -> str:
    return max(path.name for path in (root / layout.FLOWS / "Counting").iterdir() if (path / "run.json").exists())


def _successes(root: Path) -> set[str]:
    """Positions of `count` that any run has committed."""
    pattern = f"{layout.FLOWS}/Counting/*/tasks/count/*.json"
    return {path.stem for path in root.glob(pattern) if "@" not in path.stem}


def _bytes(counts: Path, task_id: str) -> int:
    return (counts / task_id).stat().st_size
