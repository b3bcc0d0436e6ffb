"""A run in the foreground process."""

import subprocess

from flow_project import Project
from processes import PATIENCE_S, launch

FLOW = """
class ForegroundFlow(FlowSpec):
    @environment(vars={"COLOUR": "green"})
    @step
    def start(self):
        self.next(self.middle, foreach="colours")

    colours = ["red", "blue"]

    @environment(vars={"COLOUR": "green"})
    @step
    def middle(self):
        self.seen, self.pid = os.environ.get("COLOUR"), os.getpid()
        self.next(self.join)

    @step
    def join(self, inputs):
        self.seen = [one.seen for one in inputs]
        self.pids = {one.pid for one in inputs}
        self.next(self.end)

    @step
    def end(self):
        pass
"""


def test_variables_that_have_no_effect_in_the_foreground_are_told_once(project: Project) -> None:
    done = project.run(FLOW, "--isolation", "none").done()
    assert done.stderr.count("@environment has no effect with --isolation none (on 'start', 'middle').") == 1
    assert done.at("join").seen == [None, None]
    assert len(done.at("join").pids) == 1


def test_variables_have_their_effect_elsewhere_and_nothing_is_said(project: Project) -> None:
    done = project.run(FLOW).done()
    assert "@environment" not in done.stderr
    assert done.at("join").seen == ["green", "green"]
    assert len(done.at("join").pids) == 2


FAILING = """
class FailingFlow(FlowSpec):
    @step
    def start(self):
        self.secret = 41
        half = self.secret / 2
        print(self.nothing)
        self.next(self.end)

    @step
    def end(self):
        pass
"""


def _at_the_keyboard(project: Project, typed: str, *words: str) -> tuple[int, str, str]:
    process = launch(project, *words, stdin=subprocess.PIPE)
    stdout, stderr = process.communicate(typed, timeout=PATIENCE_S)
    return process.returncode, stdout, stderr


def test_the_debugger_opens_where_a_step_fails_in_the_authors_own_frame(project: Project) -> None:
    project.write(FAILING)
    code, stdout, stderr = _at_the_keyboard(project, "p half, self.secret\nq\n", "run", "--pdb")
    assert code == 1
    assert "(20.5, 41)" in stdout
    assert "The debugger is open" in stderr
    assert "start/0 failed: AttributeError" in stderr


def test_a_run_that_succeeds_opens_no_debugger(project: Project) -> None:
    done = project.run(FLOW, "--pdb").done()
    assert "debugger" not in done.stderr
    assert len(done.at("join").pids) == 1


def test_the_debugger_is_refused_to_steps_in_other_processes(project: Project) -> None:
    project.run(FAILING, "--pdb", "--isolation", "fork").failed("--pdb needs the steps in this process", code=2)


def test_who_quits_a_breakpoint_meets_no_second_debugger(project: Project) -> None:
    project.write(FAILING.replace("half =", "breakpoint()\n        half ="))
    code, _, stderr = _at_the_keyboard(project, "q\n", "run", "--pdb")
    assert code == 1
    assert "The debugger is open" not in stderr


BREAKPOINT = """
import pdb

class Stops(FlowSpec):
    @step
    def start(self):
        self.x = 41
        {stop}
        self.next(self.end)

    @step
    def end(self):
        pass
"""


def test_a_breakpoint_where_nobody_can_type_says_how_to_debug(project: Project) -> None:
    done = project.run(BREAKPOINT.format(stop="breakpoint()")).failed("breakpoint() was called in a step")
    assert "spin STEP --isolation none" in done.stderr
    assert "in start\n                breakpoint()" in done.stderr
    project.run(BREAKPOINT.format(stop="pdb.set_trace()")).failed("BdbQuit", "spin STEP --isolation none")


def test_a_breakpoint_follows_pythons_own_variable(project: Project) -> None:
    project.write(BREAKPOINT.format(stop="breakpoint()"))
    assert project.call("run", environ={"PYTHONBREAKPOINT": "0"}).code == 0


def test_a_breakpoint_opens_the_debugger_in_the_foreground_and_in_a_spin(project: Project) -> None:
    project.write(BREAKPOINT.format(stop="breakpoint()"))
    code, stdout, _ = _at_the_keyboard(project, "p self.x\nc\n", "run", "--isolation", "none")
    assert (code, "(Pdb) 41" in stdout) == (0, True)
    code, stdout, _ = _at_the_keyboard(project, "p self.x + 1\nc\n", "spin", "start", "--isolation", "none")
    assert (code, "(Pdb) 42" in stdout) == (0, True)


def test_a_spin_opens_the_debugger_where_the_step_fails(project: Project) -> None:
    project.run(FAILING).failed("nothing")
    code, stdout, stderr = _at_the_keyboard(project, "p half\nq\n", "spin", "start", "--pdb")
    assert (code, "(Pdb) 20.5" in stdout) == (1, True)
    assert "The debugger is open" in stderr
