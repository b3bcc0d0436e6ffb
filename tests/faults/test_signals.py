"""Ctrl-C, SIGTERM and closed pipes: what runs is ended, the run says how it ended, a resume goes on."""

import os
import signal
import subprocess
import sys

import pytest

from flow_project import Project
from headwater.records.run import RunOutcome
from processes import headwater, is_alive, launch, read_pid, wait_for

WAITING = """
class Waiting(FlowSpec):
    @step
    def start(self):
        self.next(self.middle)

    @step
    def middle(self):
        if not os.path.exists("go"):
            {prepare}
            with open("pid", "w") as file:
                file.write(f"{{os.getpid()}}\\n")
            while True:
                signal.pause()
        self.next(self.end)

    @step
    def end(self):
        print("ended")
"""
POLITE = WAITING.format(prepare="pass")
STUBBORN = WAITING.format(prepare="signal.signal(signal.SIGTERM, lambda *_: None)")


@pytest.mark.parametrize("whole_group", [False, True], ids=["driver", "group"])
@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_signal_ends_the_run_as_interrupted(
    project: Project, number: signal.Signals, code: int, whole_group: bool
) -> None:
    """To the driver alone, as `kill` sends it, or to the whole foreground group, as a terminal does."""
    project.write(POLITE)
    driver = launch(project, "run")
    task = read_pid(project.folder / "pid", driver)

    (os.killpg if whole_group else os.kill)(driver.pid, number)
    run = project.finished(driver).failed("interrupted", "resume --origin-run-id", code=code)

    assert run.end.outcome is RunOutcome.INTERRUPTED
    assert not is_alive(task)
    (project.folder / "go").touch()
    assert project.call("resume").done().taken.keys() == {"start"}


def test_a_second_ctrl_c_does_not_wait_for_a_step_that_ignores_sigterm(project: Project) -> None:
    project.write(STUBBORN)
    driver = launch(project, "run", environ={"HEADWATER_GRACE_S": "3600"})
    task = read_pid(project.folder / "pid", driver)

    driver.send_signal(signal.SIGINT)
    run_id = next(iter(project.run_ids()))
    log = project.root / f"flows/Waiting/{run_id}/logs/middle/0@0.log"
    wait_for(lambda: log.exists() and b"interrupted" in log.read_bytes(), driver)
    assert is_alive(task)
    driver.send_signal(signal.SIGINT)
    run = project.finished(driver).failed("resume --origin-run-id", code=130)

    assert run.end.outcome is RunOutcome.INTERRUPTED
    assert not is_alive(task)


def test_a_step_that_ignores_sigterm_is_killed_after_the_grace(project: Project) -> None:
    project.write(STUBBORN)
    driver = launch(project, "run", environ={"HEADWATER_GRACE_S": "0.2"})
    task = read_pid(project.folder / "pid", driver)

    driver.send_signal(signal.SIGTERM)
    project.finished(driver).failed("interrupted", code=143)

    assert not is_alive(task)


def test_ctrl_c_while_the_flow_is_imported_says_so(project: Project) -> None:
    project.write(f"open('pid', 'w').write('1\\n'); signal.pause()\n{POLITE}")
    driver = launch(project, "run")
    read_pid(project.folder / "pid", driver)
    driver.send_signal(signal.SIGINT)

    driver.communicate()

    assert driver.returncode in (130, -signal.SIGINT)
    assert project.run_ids() == frozenset()


TALKER = """
class Talker(FlowSpec):
    @step
    def start(self):
        for number in range(20000):
            print("line", number)
        self.next(self.end)

    @step
    def end(self):
        with open("ended", "w"):
            pass
"""


def test_a_reader_that_goes_away_does_not_stop_the_run(project: Project) -> None:
    """`python flow.py run | head -1`"""
    project.write(TALKER)
    driver = launch(project, "run")
    assert driver.stdout is not None
    assert driver.stdout.readline().startswith("line 0")
    driver.stdout.close()
    driver.wait()
    assert driver.stderr is not None
    with driver.stderr as stderr:
        said = stderr.read()

    assert driver.returncode == 0, said
    assert "Traceback" not in said
    assert "BrokenPipe" not in said
    (run_id,) = project.run_ids()
    assert headwater(project, "logs", f"Talker/{run_id}/start").stdout.count("line ") == 20000


def test_a_run_goes_on_without_any_standard_stream(project: Project) -> None:
    project.write(TALKER)

    code = subprocess.run(
        ["/bin/sh", "-c", f"exec {sys.executable} flow.py run <&- >&- 2>&-"],
        cwd=project.folder,
        env=project.environ,
        check=False,
        timeout=60,
    ).returncode

    assert code == 0
    assert (project.folder / "ended").exists()


@pytest.mark.parametrize("words", [("runs",), ("logs", "Talker/latest/start"), ("show", "Talker/latest")])
def test_a_reader_that_goes_away_ends_a_reading_command_in_peace(project: Project, words: tuple[str, ...]) -> None:
    project.run(TALKER).done()
    process = subprocess.Popen(
        [sys.executable, "-m", "headwater", *words],
        cwd=project.folder,
        env=project.environ,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    assert process.stdout is not None
    process.stdout.close()
    assert process.stderr is not None
    with process.stderr as stderr:
        said = stderr.read().decode()

    assert process.wait() == 0, said
    assert said == ""


FOREVER = """
class Forever(FlowSpec):
    @step
    def start(self):
        with open("pid", "w") as file:
            file.write(f"{os.getpid()}\\n")
        with open("host", "w") as file:
            file.write(f"{os.getppid()}\\n")
        while True:
            signal.pause()
        self.next(self.end)

    @step
    def end(self):
        pass
"""


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_second_signal_ends_a_run_whose_host_never_answers(
    project: Project, number: signal.Signals, code: int
) -> None:
    """The host is stopped: it neither signals its children nor tells of their ends, and does not end when told to."""
    project.write(FOREVER)
    driver = launch(project, "run", environ={"HEADWATER_GRACE_S": "3600"})
    task = read_pid(project.folder / "pid", driver)
    host = read_pid(project.folder / "host", driver)
    os.kill(host, signal.SIGSTOP)

    driver.send_signal(number)
    log = project.root / "flows/Forever" / next(iter(project.run_ids())) / "logs/start/0@0.log"
    wait_for(lambda: log.exists() and b"interrupted" in log.read_bytes(), driver)
    driver.send_signal(number)
    run = project.finished(driver).failed("interrupted", "resume --origin-run-id", code=code)

    assert run.end.outcome is RunOutcome.INTERRUPTED
    wait_for(lambda: not is_alive(task) and not is_alive(host))


def test_a_second_signal_ends_a_run_whose_host_never_finishes_to_import(project: Project) -> None:
    """Where a step has variables of its own, another interpreter imports the file for it."""
    project.write(
        """
        if os.environ.get("SLOW"):
            with open("pid", "w") as file:
                file.write(f"{os.getpid()}\\n")
            signal.signal(signal.SIGTERM, signal.SIG_IGN)
            while True:
                signal.pause()

        class Imports(FlowSpec):
            @environment(vars={"SLOW": "1"})
            @step
            def start(self):
                self.next(self.end)

            @step
            def end(self):
                pass
        """
    )
    driver = launch(project, "run")
    host = read_pid(project.folder / "pid", driver)

    driver.send_signal(signal.SIGINT)
    driver.send_signal(signal.SIGTERM)
    run = project.finished(driver).failed("interrupted", code=143)

    assert run.end.outcome is RunOutcome.INTERRUPTED
    wait_for(lambda: not is_alive(host))


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_signal_ends_a_step_in_the_foreground(project: Project, number: signal.Signals, code: int) -> None:
    project.write(FOREVER)
    driver = launch(project, "run", "--isolation", "none")
    read_pid(project.folder / "host", driver)

    driver.send_signal(number)
    run = project.finished(driver).failed("interrupted", "resume --origin-run-id", code=code)

    assert run.end.outcome is RunOutcome.INTERRUPTED
