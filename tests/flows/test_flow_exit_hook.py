"""`@exit_hook`: functions that are called when a run has ended, and what they cannot change."""

import json
import signal
import subprocess
import sys
from pathlib import Path

import psutil
import pytest

from flow_project import Project

HOOKED = """
from headwater import exit_hook

def tell(run):
    print("told:", run.pathspec, run.successful, run.data.x)
    open("told", "w").write(run.id)

def alarm(run):
    print("alarm:", run.status, [task.pathspec for task in run.failed_tasks], file=sys.stderr)
    open("alarmed", "w").write(run.id)

def plain():
    open("plain", "w").write(str(os.getpid()))

def breaks():
    raise RuntimeError("the hook's own trouble")

def hangs():
    print("hanging", flush=True)
    time.sleep(600)

def leaves():
    os._exit(7)

HOOKS = {"tell": tell, "plain": plain, "breaks": breaks, "hangs": hangs, "leaves": leaves}
chosen = [HOOKS[name] for name in os.environ.get("HOOKS", "tell,plain").split(",")]

@exit_hook(on_success=chosen, on_error=[alarm])
class Hooked(FlowSpec):
    fails = Parameter("fails", default=False)
    waits = Parameter("waits", default=False)

    @step
    def start(self):
        self.x = 1
        if self.fails:
            raise ValueError("told to")
        if self.waits:
            print("waiting", flush=True)
            time.sleep(600)
        self.next(self.end)

    @step
    def end(self):
        self.pid = os.getpid()
"""


@pytest.mark.parametrize("isolation", ["fork", "spawn", "none"])
def test_functions_are_called_in_processes_of_their_own_after_a_success(project: Project, isolation: str) -> None:
    run = project.run(HOOKED, before=("--isolation", isolation)).done()
    assert f"told: Hooked/{run.run_id} True 1" in run.stdout
    assert (project.folder / "told").read_text() == run.run_id
    assert int((project.folder / "plain").read_text()) != run.at("end").pid
    assert not (project.folder / "alarmed").exists()
    assert run.stderr.index("exit hook tell  done in") < run.stderr.index("exit hook plain  done in")


def test_others_are_called_after_a_failure(project: Project) -> None:
    run = project.run(HOOKED, "--fails", "True").failed("alarm: failed ['Hooked/")
    assert (project.folder / "alarmed").read_text() == run.run_id
    assert not (project.folder / "told").exists()


def test_a_resumed_run_has_its_hooks_too(project: Project) -> None:
    project.run(HOOKED)
    assert "told:" in project.call("resume", "end").done().stdout


@pytest.mark.parametrize(
    ("hook", "said"), [("breaks", "exit code 1"), ("leaves", "exit code 7")], ids=["raises", "leaves"]
)
def test_a_hook_that_fails_is_told_and_changes_nothing(project: Project, hook: str, said: str) -> None:
    project.write(HOOKED)
    run = project.call("run", environ={"HOOKS": f"{hook},tell"}).done()
    assert f"The exit hook '{hook}' failed: {said}. The run is not affected." in run.stderr
    assert run.end.outcome == "succeeded"
    assert (project.folder / "told").exists()


def test_the_author_sees_their_own_frames_of_a_hook_that_raises(project: Project) -> None:
    project.write(HOOKED)
    run = project.call("run", environ={"HOOKS": "breaks"}).done()
    assert "RuntimeError: the hook's own trouble" in run.stderr
    assert "in breaks" in run.stderr
    assert "headwater/runner" not in run.stderr


def test_a_hook_that_hangs_is_ended_after_its_time(project: Project) -> None:
    project.write(HOOKED)
    run = project.call("run", "--hook-timeout-s", "0.5", environ={"HOOKS": "hangs,tell"}).done()
    assert "The exit hook 'hangs' failed: it was ended after 0.5 s. The run is not affected." in run.stderr
    assert (project.folder / "told").exists()
    assert not _hooks_of(project.folder)


def _hooks_of(folder: Path) -> list[psutil.Process]:
    return [one for one in psutil.process_iter(["cwd", "cmdline"]) if one.info["cwd"] == str(folder)]


def test_ctrl_c_ends_the_hook_that_runs_and_leaves_out_the_rest(project: Project) -> None:
    project.write(HOOKED)
    process = project.start("run", environ={"HOOKS": "hangs,tell"})
    assert process.stdout is not None
    assert process.stdout.readline() == "hanging\n"
    process.send_signal(signal.SIGINT)
    run = project.finished(process).done()
    assert "The exit hook 'hangs' failed: it was ended, as was asked for." in run.stderr
    assert "Exit hooks were left out: tell." in run.stderr
    assert run.end.outcome == "succeeded"
    assert not (project.folder / "told").exists()


def test_an_interrupted_run_has_its_hooks_for_errors(project: Project) -> None:
    project.write(HOOKED)
    process = project.start("run", "--waits", "True")
    assert process.stdout is not None
    assert process.stdout.readline() == "waiting\n"
    process.send_signal(signal.SIGINT)
    run = project.finished(process)
    assert run.code == 130
    assert (project.folder / "alarmed").read_text() == run.run_id


def test_hooks_are_events_of_json(project: Project) -> None:
    project.write(HOOKED)
    done = project.call("--json", "run", environ={"HOOKS": "tell,leaves"}).done()
    events = [json.loads(line) for line in done.stdout.splitlines()]
    told, *ends = [one for one in events if one["event"].startswith("hook-")]
    assert (told["event"], told["hook"], told["stream"]) == ("hook-output", "tell", "stdout")
    assert [(one["hook"], one["problem"]) for one in ends] == [("tell", None), ("leaves", "exit code 7")]
    assert events[-1]["event"] == "run-ended"


def test_a_function_of_another_file_is_a_hook(project: Project) -> None:
    project.write("def far(run, extra=1):\n    print('far', run.id, extra)\n", "hooks_elsewhere.py")
    source = HOOKED.replace(
        "from headwater import exit_hook", "import hooks_elsewhere\nfrom headwater import exit_hook"
    )
    run = project.run(source.replace("on_success=chosen", "on_success=hooks_elsewhere.far")).done()
    assert f"far {run.run_id} 1" in run.stdout
    (hook,) = run.run.flow_decorators
    assert "hooks_elsewhere:far" in str(hook)


def test_a_program_that_runs_a_flow_has_its_hooks_too(project: Project) -> None:
    project.write(HOOKED)
    project.write("import headwater, flow\nif __name__ == '__main__':\n    headwater.run(flow.Hooked)\n", "main.py")
    done = subprocess.run(
        [sys.executable, "main.py"], cwd=project.folder, env=project.environ, capture_output=True, text=True, timeout=60
    )
    assert done.returncode == 0, done.stderr
    assert "told: Hooked/" in done.stdout


def test_a_hook_that_is_not_where_its_name_says_is_told(project: Project) -> None:
    source = HOOKED.replace('HOOKS = {"tell"', 'tell.__qualname__ = "told_elsewhere"\nHOOKS = {"tell"')
    run = project.run(source).done()
    assert "The function 'told_elsewhere' of @exit_hook is not in the module 'flow'" in run.stderr
    assert "The exit hook 'told_elsewhere' failed" in run.stderr


def test_a_run_without_hooks_has_no_word_about_them(project: Project) -> None:
    source = HOOKED.replace("@exit_hook(on_success=chosen, on_error=[alarm])\n", "")
    assert "exit hook" not in project.run(source).done().stderr
