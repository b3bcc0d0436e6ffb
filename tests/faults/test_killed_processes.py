"""kill -9 of a task, of the host, of the driver, of the session: the run says so, and a resume goes on from there."""

import os
import random
import subprocess
from collections.abc import Callable, Mapping
from functools import partial

import pytest

from flow_project import Finished, Left, Project
from headwater.records.run import RunOutcome
from headwater.records.task import FailureKind
from processes import children, headwater, is_alive, kill, kill_session, launch, read_pid, wait_for

SLEEPER = """
def wait_if_asked(name):
    if os.path.exists(name):
        os.rename(name, name + ".taken")
        with open("pids", "w") as file:
            file.write(f"{os.getpid()}\\n")
        with open("host", "w") as file:
            file.write(f"{os.getppid()}\\n")
        signal.pause()

class Sleeper(FlowSpec):
    @step
    def start(self):
        self.first = 1
        self.next(self.middle)

    @step
    def middle(self):
        wait_if_asked("wait")
        self.attempt = current.retry_count
        self.next(self.end)

    @step
    def end(self):
        print("first", self.first)
"""


@pytest.fixture
def sleeper(project: Project) -> Project:
    """A flow whose middle step sleeps for ever the first time."""
    project.write(SLEEPER)
    (project.folder / "wait").touch()
    return project


def test_a_killed_task_fails_the_run_and_can_be_resumed(sleeper: Project) -> None:
    driver = launch(sleeper, "run")
    kill(read_pid(sleeper.folder / "pids", driver))

    sleeper.finished(driver).failed("middle/0 failed", "SIGKILL", "--max-workers 1", "resume --origin-run-id")

    again = sleeper.call("resume").done()
    assert again.taken.keys() == {"start"}
    assert "first 1" in again.stdout


def test_a_killed_task_with_retry_runs_again(sleeper: Project) -> None:
    driver = launch(sleeper, "run", "--with", "retry:times=1,minutes_between_retries=0")
    kill(read_pid(sleeper.folder / "pids", driver))

    run = sleeper.finished(driver).done()

    assert run.at("middle").attempt == 1
    failure = run.record("middle", attempt=0).failure
    assert failure is not None
    assert (failure.kind, failure.signal) == (FailureKind.SIGNAL, 9)


def test_a_killed_host_interrupts_the_run_and_it_can_be_resumed(sleeper: Project) -> None:
    driver = launch(sleeper, "run", "--with", "retry:times=3")
    task = read_pid(sleeper.folder / "pids", driver)
    kill(read_pid(sleeper.folder / "host", driver))

    run = sleeper.finished(driver).failed("The process that hosts the steps died", "resume", code=130)

    assert run.end.outcome is RunOutcome.INTERRUPTED
    assert not is_alive(task)
    assert sleeper.call("resume").done().taken.keys() == {"start"}


def kill_driver(leader: int) -> None:
    kill(leader)


@pytest.mark.parametrize("isolation", ["fork", "spawn"])
@pytest.mark.parametrize("end", [kill_driver, kill_session])
def test_a_killed_driver_takes_its_tasks_along_and_the_run_can_be_resumed(
    sleeper: Project, end: Callable[[int], None], isolation: str
) -> None:
    driver = launch(sleeper, "run", "--run-id-file", "id", "--isolation", isolation)
    task = read_pid(sleeper.folder / "pids", driver)
    end(driver.pid)
    driver.communicate()
    wait_for(lambda: not is_alive(task))

    run_id = (sleeper.folder / "id").read_text()
    wait_for(lambda: "lost" in headwater(sleeper, "show", f"Sleeper/{run_id}").stdout)
    again = sleeper.call("resume").done()

    assert again.run.origin_run_id == run_id
    assert again.taken.keys() == {"start"}
    assert "interrupted" in headwater(sleeper, "show", f"Sleeper/{run_id}").stdout


WIDTH = 120
COUNTING = f"""
class Counting(FlowSpec):
    @step
    def start(self):
        self.items = list(range({WIDTH}))
        self.next(self.count, foreach="items")

    @resources(cpu=0.25)
    @step
    def count(self):
        with open(os.path.join(os.environ["COUNTS"], str(self.input)), "a") as file:
            file.write(f"{{os.getpid()}} {{os.getppid()}}\\n")
        self.square = self.input ** 2
        self.next(self.join)

    @step
    def join(self, inputs):
        self.squares = [each.square for each in inputs]
        self.next(self.end)

    @step
    def end(self):
        pass
"""


def test_two_runs_at_once_survive_kills_at_random(project: Project) -> None:
    """Of two runs in one root, a task, a host or a driver is killed, time and again."""
    project.write(COUNTING)
    rng = random.Random(11)
    names = ("one", "two")
    for name in names:
        (project.folder / name).mkdir()
    victims = {name: rng.sample(["task", "host", "driver"], 3) for name in names}

    for number in range(3):
        drivers = {name: _go_on(project, name) for name in names}
        due = {name: _count(project, name) + rng.randrange(1, WIDTH // 5) for name in names}
        while due:
            for name in wait_for(partial(_reached, project, due, drivers)):
                del due[name]
                _kill_some(victims[name][number], drivers[name], rng)
        for driver in drivers.values():
            driver.communicate()
    for name in names:
        assert project.finished(_go_on(project, name)).code == 0

    for name in names:
        assert _count(project, name) == WIDTH
        assert _join_of(project, name).squares == [number**2 for number in range(WIDTH)]


def _go_on(project: Project, name: str) -> "subprocess.Popen[str]":
    """The first run, or the resume of the newest that has this name."""
    file = project.folder / f"{name}.id"
    words = ["resume", "--origin-run-id", file.read_text()] if file.exists() else ["run"]
    environ = {"COUNTS": str(project.folder / name)}
    return launch(project, *words, "--max-workers", "3", "--run-id-file", str(file), environ=environ)


def _kill_some(victim: str, driver: "subprocess.Popen[str]", rng: random.Random) -> None:
    if victim == "driver":
        driver.kill()
        return
    for host in children(driver.pid):
        tasks = children(host)
        kill(rng.choice(tasks) if victim == "task" and tasks else host)


def _reached(project: Project, due: dict[str, int], drivers: "Mapping[str, subprocess.Popen[str]]") -> list[str]:
    """Those whose time has come; a run may have ended before, if a kill came too late to do harm."""
    return [name for name in due if _count(project, name) >= due[name] or drivers[name].poll() is not None]


def _count(project: Project, name: str) -> int:
    return len(os.listdir(project.folder / name))


def _join_of(project: Project, name: str) -> Left:
    run = Finished(project, 0, "", "", (project.folder / f"{name}.id").read_text())
    owner = next(iter(run.taken["join"])) if "join" in run.taken else run.run_id
    return run._replace(run_id=owner).at("join")
