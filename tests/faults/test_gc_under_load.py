"""Sweeps while flows run, resume and are killed: nothing that is needed goes, and nothing that is not needed stays.

`HEADWATER_TEST_SWEEPS=200` makes it as many.
"""

import os
import random
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from flow_project import Project
from headwater.metadata.index import Index
from headwater.metadata.open import open_index
from headwater.metadata.rebuild import catch_up
from headwater.storage.local import LocalStorage
from headwater.upkeep.collect import collect
from headwater.upkeep.policy import Policy
from processes import headwater, kill_session, launch, wait_for
from root_checks import leftover_blobs, load_everything

SWEEPS = int(os.environ.get("HEADWATER_TEST_SWEEPS", "20"))
LOADERS = 3

#: Values of few kinds, so that most are in the root already, often as the last thing of a run that is to go.
SOURCE = """
import random

def content(kind):
    return random.Random(kind).randbytes(20_000)

class Load(FlowSpec):
    kind = Parameter("kind", default=0)
    breaks = Parameter("breaks", default=False)
    text = Parameter("text", default="")

    @step
    def start(self):
        self.shared = content(self.kind % 3)
        self.often = content(f"often {self.kind % 2}")
        self.items = [content(f"item {(self.kind + number) % 4}") for number in range(3)]
        self.next(self.work, foreach="items")

    @retry(times=1, minutes_between_retries=0)
    @step
    def work(self):
        self.mine = content(f"work {(3 * self.kind + self.index) % 20}")
        self.checked = len(self.input) + len(self.often)
        if self.index == 1 and current.retry_count == 0:
            raise ValueError("once")
        self.next(self.join)

    @step
    def join(self, inputs):
        self.merge_artifacts(inputs, exclude=["mine", "checked"])
        self.all = [one.mine for one in inputs]
        if self.breaks and current.origin_run_id is None:
            raise RuntimeError("this run is to be resumed")
        self.next(self.end)

    @step
    def end(self):
        assert self.shared == content(self.kind % 3)
        assert [len(one) for one in self.all] == [20_000] * 3
        self.last = [content(f"last {self.kind}"), content(self.kind % 2)]
"""


class Loader(threading.Thread):
    """Runs the flow again and again: to its end, to a failure that is resumed, to a kill that is resumed."""

    def __init__(self, project: Project, number: int, over: threading.Event) -> None:
        super().__init__()
        self._project = project
        self._number = number
        self._over = over
        self._random = random.Random(number)
        self.turns = 0
        self.seen: Counter[str] = Counter()
        self.wrong: list[str] = []

    def run(self) -> None:
        try:
            while not self._over.is_set():
                self._turn(self._random.randrange(12), self._random.choice(["ends", "breaks", "killed"]))
                self.turns += 1
        except BaseException as exc:  # noqa: BLE001  the test has to hear of it
            self.wrong.append(repr(exc))

    def _turn(self, kind: int, how: str) -> None:
        id_file = self._project.folder / f"id-{self._number}"
        id_file.unlink(missing_ok=True)
        text = "x" * 9000 if kind % 2 else ""  # a parameter that is a blob
        words = ["run", "--kind", str(kind), "--breaks", str(how == "breaks"), "--text", text]
        driver = launch(self._project, *words, "--run-id-file", str(id_file))
        if how == "killed":
            self._kill_at_work(driver, id_file)
        code, said = self._end(driver)
        self.seen[how] += 1
        if how == "ends" and code != 0:
            self.wrong.append(said)
        if how == "breaks" and "this run is to be resumed" not in said:
            self.wrong.append(said)
        run_id = id_file.read_text() if id_file.exists() else ""  # it may have been killed while it wrote this
        if how != "ends" and run_id:
            self._resume(run_id)

    def _resume(self, run_id: str) -> None:
        code, said = self._end(launch(self._project, "resume", "--origin-run-id", run_id))
        # Two younger runs may have come between: then it is gone, or is going in this moment.
        removed = "There is no run" in said or "was just removed" in said
        self.seen["resume refused" if removed else "resumed"] += 1
        if code != 0 and not removed:
            self.wrong.append(said)

    def _kill_at_work(self, driver: "subprocess.Popen[str]", id_file: Path) -> None:
        """Once it has begun, at any moment."""
        while driver.poll() is None and not id_file.exists():
            self._over.wait(0.01)
        self._over.wait(self._random.uniform(0, 0.3))
        kill_session(driver.pid)

    def _end(self, driver: "subprocess.Popen[str]") -> tuple[int, str]:
        out, err = driver.communicate(timeout=120)
        return driver.returncode, out + err


@pytest.mark.timeout(60 + 10 * SWEEPS)
def test_sweeps_beside_runs_and_resumes_take_nothing_that_is_needed_and_leave_nothing_else(project: Project) -> None:
    project.write(SOURCE)
    over = threading.Event()
    loaders = [Loader(project, number, over) for number in range(LOADERS)]
    for loader in loaders:
        loader.start()
    removed = values = sweeps = 0
    try:
        while not any(loader.wrong for loader in loaders):
            if sweeps >= SWEEPS and all(loader.turns >= SWEEPS // 4 for loader in loaders):
                break
            with LocalStorage(project.root) as storage, open_index(storage) as index:
                # As slow as in a large root: values are saved again after they were found to be needed by nobody.
                done = collect(storage, index, Policy(keep_last=2), lambda progress: time.sleep(0.02))
            removed += len(done.runs)
            values += done.values.blobs
            sweeps += 1
    finally:
        over.set()
        for loader in loaders:
            loader.join()
    seen = sum((loader.seen for loader in loaders), Counter())
    assert [loader.wrong for loader in loaders] == [[]] * LOADERS
    print(f"{sweeps} sweeps beside {dict(seen)}: {removed} runs and {values} values removed")

    assert removed > 0
    assert values > 0
    assert load_everything(project.root) > 0
    assert headwater(project, "gc", "--keep-last", "2", "--yes").returncode == 0
    assert load_everything(project.root) > 0
    assert leftover_blobs(project.root) == set()
    assert not list((project.root / ".trash").iterdir())
    with LocalStorage(project.root) as storage, open_index(storage) as index, Index(None) as fresh:
        # A driver that was killed when it had just claimed its id left a folder, which is given an hour.
        assert [problem for problem in catch_up(fresh, storage) if not problem.key.endswith("/run.json")] == []
        assert index.dump() == fresh.dump()


@pytest.fixture
def old_root(project: Project) -> Path:
    """A root with six runs that ended; one was resumed."""
    project.write(SOURCE)
    for kind in range(4):
        project.call("run", "--kind", str(kind), "--text", "x" * 9000).done()
    project.call("run", "--kind", "9", "--breaks", "true").failed("to be resumed")
    project.call("resume").done()
    return project.root


def test_a_sweep_that_is_killed_between_any_two_changes_of_files_leaves_a_root_that_is_whole(
    old_root: Path, tmp_path: Path
) -> None:
    moment, killed = 0, True
    while killed:
        root = tmp_path / f"copy-{moment}"
        shutil.copytree(old_root, root)
        killed = _collect_and_die(root, moment)
        assert load_everything(root) > 0
        _collect_and_die(root, None)
        assert load_everything(root) > 0
        assert leftover_blobs(root) == set()
        shutil.rmtree(root)
        moment += 1 if moment < 12 else 5
    assert moment > 50


def test_a_sweep_that_is_killed_at_random_leaves_a_root_that_is_whole(project: Project, old_root: Path) -> None:
    chance = random.Random(1)
    killed = 0
    for number in range(10):
        root = project.folder / f"copy-{number}"
        shutil.copytree(old_root, root)
        words = ["--quiet", "--datastore-root", str(root), "gc", "--keep-last", "1", "--yes"]
        sweep = subprocess.Popen([sys.executable, "-m", "headwater", *words], env=project.environ)
        # It has begun when it has its lock; the rest takes some tens of milliseconds.
        wait_for((root / "locks" / "upkeep").exists)
        time.sleep(chance.uniform(0, 0.05))
        sweep.kill()
        killed += sweep.wait() == -signal.SIGKILL
        assert load_everything(root) > 0
        _collect_and_die(root, None)
        assert leftover_blobs(root) == set()
        assert load_everything(root) > 0
    assert killed > 0


def _collect_and_die(root: Path, moment: int | None) -> bool:
    """Collect in a process that kills itself before its n-th change of a file; whether it did."""
    child = os.fork()
    if child == 0:
        sys.addaudithook(_Dying(moment))
        with LocalStorage(root) as storage, open_index(storage) as index:
            collect(storage, index, Policy(keep_last=1))
        os._exit(0)
    _, status = os.waitpid(child, 0)
    assert status == 0 or os.WTERMSIG(status) == signal.SIGKILL
    return status != 0


class _Dying:
    """Hears what the interpreter is about to do."""

    def __init__(self, moment: int | None) -> None:
        self._left = moment

    def __call__(self, event: str, arguments: tuple[Any, ...]) -> None:
        if event in ("os.rename", "os.remove", "os.rmdir", "os.utime") and self._left is not None:
            if self._left == 0:
                os.kill(os.getpid(), signal.SIGKILL)
            self._left -= 1
