"""`Runner` and `NBRunner`: a flow's command line from Python."""

import asyncio
import inspect
import os
import pty
import re
import select
import signal
import subprocess
import sys
import textwrap
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import processes
from headwater import Deployer, NBRunner, Run, Runner
from headwater.errors import CommandFailed, FlowLoadError, NotCovered, PluginError, UsageError

FLOW = """
import datetime, sys, time
from headwater import FlowSpec, JSONType, Parameter, step

class TrainFlow(FlowSpec):
    rate = Parameter("learning-rate", default=0.1)
    title = Parameter("title", required=True, type=str)
    day = Parameter("day", type=datetime.date)
    many = Parameter("many", multiple=True, type=int)
    options = Parameter("options", type=JSONType, default={})
    wait = Parameter("wait", default=0.0)
    fail = Parameter("fail", default=False)

    @step
    def start(self):
        print("training", self.title, flush=True)
        print("for whom it may concern", file=sys.stderr, flush=True)
        time.sleep(self.wait)
        if self.fail:
            raise ValueError("no luck")
        self.seen = [self.rate, self.day, self.many, self.options]
        self.next(self.end)

    @step
    def end(self):
        print("done")

class OtherFlow(FlowSpec):
    @step
    def start(self):
        self.next(self.end)

    @step
    def end(self):
        pass

if __name__ == "__main__":
    TrainFlow()
"""


@pytest.fixture
def runner(tmp_path: Path) -> Iterator[Runner]:
    (tmp_path / "train.py").write_text(FLOW)
    variables = {"HEADWATER_DATASTORE_ROOT": str(tmp_path / "root"), "HEADWATER_USER": "tester"}
    with Runner(tmp_path / "train.py", show_output=False, env=variables, cwd=tmp_path) as runner:
        yield runner


def test_a_run_takes_python_values_and_comes_back_as_the_clients_run(runner: Runner) -> None:
    import datetime

    day = datetime.date(2026, 1, 2)
    done = runner.run(title="x", learning_rate=0.5, day=day, many=[1, 2], options={"a": [1]}, tags=["one", "two"])
    assert (done.status, done.returncode) == ("successful", 0)
    assert done.run.data is not None
    assert done.run.data.seen == [0.5, day, (1, 2), {"a": [1]}]
    assert done.run.user_tags >= {"one", "two"}
    assert done.stdout == "training x\ndone\n"
    assert "succeeded" in done.stderr


def test_a_step_that_fails_is_a_status_and_no_exception(runner: Runner) -> None:
    done = runner.run(title="x", fail=True)
    assert (done.status, done.returncode) == ("failed", 1)
    assert "no luck" in done.stderr
    assert done.run.successful is False


def test_resume_goes_on_with_a_run(runner: Runner) -> None:
    failed = runner.run(title="x", fail=True)
    again = runner.resume(origin_run_id=failed.run.id)
    assert again.run.origin_pathspec == failed.run.pathspec
    second = runner.run(title="y")
    assert runner.resume(origin_run_id=second.run.id, step_to_rerun="end").stdout == "done\n"


def test_spin_runs_one_step_on_the_inputs_of_a_past_task(runner: Runner) -> None:
    done = runner.run(title="x", learning_rate=0.5)
    spun = runner.spin(f"{done.run.id}/start")
    assert (spun.status, spun.task.data.seen[0]) == ("successful", 0.5)
    assert spun.stdout == "training x\n"

    async def begin() -> str:
        spun = await runner.async_spin("end")
        return (await spun.wait()).status

    assert asyncio.run(begin()) == "successful"
    with pytest.raises(CommandFailed, match="no step 'nope'"):
        runner.spin("nope")


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({}, "--title has no value"),
        ({"title": "x", "learning_rat": 1}, "Did you mean 'learning-rate'"),
        ({"title": "x", "learning_rate": "fast"}, "'fast', which is no float"),
        ({"title": "x", "max_workers": "many"}, "max-workers"),
        ({"title": "x", "day": object()}, "cannot be handed"),
    ],
)
def test_a_mistake_is_a_value_error_that_names_it(runner: Runner, given: dict[str, Any], says: str) -> None:
    with pytest.raises(UsageError, match=re.escape(says)) as raised:
        runner.run(**given)
    assert isinstance(raised.value, ValueError)
    assert "params.json" not in str(raised.value)


def test_resume_takes_no_parameters(runner: Runner) -> None:
    with pytest.raises(UsageError, match="resume takes no 'title'"):
        runner.resume(title="x")


def test_what_fails_before_there_is_a_run_is_an_error_with_what_it_said(runner: Runner, tmp_path: Path) -> None:
    with pytest.raises(CommandFailed, match="There is no run '12'") as raised:
        runner.resume(origin_run_id="12")
    assert isinstance(raised.value, RuntimeError)
    assert raised.value.returncode == 1
    (tmp_path / "train.py").write_text("import no_such_module\n")
    with pytest.raises(CommandFailed, match="no_such_module"):
        runner.run(title="x")


def test_a_file_that_is_not_there_and_an_option_that_is_none_are_said_at_once(tmp_path: Path, runner: Runner) -> None:
    with pytest.raises(FlowLoadError, match=r"no file .*nowhere\.py"):
        Runner(tmp_path / "nowhere.py")
    with pytest.raises(UsageError, match="no option 'brunch'"):
        Runner(runner.flow_file, brunch="x")


def test_a_file_is_looked_for_where_the_run_is_started(
    runner: Runner, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path.parent)
    with Runner("train.py", show_output=False, env=runner.env, cwd=tmp_path.name) as there:
        assert there.run(title="x").status == "successful"
    assert Deployer("train.py", cwd=tmp_path.name).flow_file == str(tmp_path / "train.py")


def test_the_signature_is_the_flows_own(runner: Runner) -> None:
    found = inspect.signature(runner.run).parameters
    assert (found["learning_rate"].annotation, found["learning_rate"].default) == (float, 0.1)
    assert found["title"].default is inspect.Parameter.empty
    assert "max_workers" in found
    assert "step_to_rerun" in inspect.signature(runner.resume).parameters


def test_output_is_shown_when_it_is_asked_for(runner: Runner, capfd: pytest.CaptureFixture[str]) -> None:
    runner.show_output = True
    runner.run(title="shown")
    printed = capfd.readouterr()
    assert "training shown" in printed.out
    assert "succeeded" in printed.err


def test_a_run_can_be_watched_while_it_goes_on(runner: Runner) -> None:
    async def watch() -> tuple[str, list[str], str]:
        running = await runner.async_run(title="x", wait=0.3)
        first = running.status
        assert isinstance(running.run, Run)
        lines = [line async for _, line in running.stream_log("stdout")]
        await running.wait()
        return first, lines, running.status

    assert asyncio.run(watch()) == ("running", ["training x", "done"], "successful")


def test_a_stream_goes_on_from_a_position(runner: Runner) -> None:
    async def rest() -> list[str]:
        done = await runner.async_run(title="x")
        await done.wait()
        positions = [position async for position, _ in done.stream_log("stdout")]
        return [line async for _, line in done.stream_log("stdout", positions[0])]

    assert asyncio.run(rest()) == ["done"]


def test_a_run_that_takes_too_long_is_ended(runner: Runner) -> None:
    async def wait() -> str:
        running = await runner.async_run(title="x", wait=60)
        await running.wait(timeout=0.2)
        assert running.run.status == "interrupted"
        return running.status

    assert asyncio.run(wait()) == "timeout"


def test_many_runs_at_once_are_kept_apart(runner: Runner) -> None:
    async def all_of_them() -> list[str]:
        running = await asyncio.gather(*(runner.async_run(title=str(number)) for number in range(20)))
        await asyncio.gather(*(one.wait() for one in running))
        assert len({one.run.id for one in running}) == 20
        return [one.stdout.splitlines()[0] for one in running]

    assert asyncio.run(all_of_them()) == [f"training {number}" for number in range(20)]


def test_a_block_that_ends_leaves_no_process_and_no_file(runner: Runner) -> None:
    async def begin() -> tuple[int, str]:
        async with runner:
            running = await runner.async_run(title="x", wait=60)
            return running.command_obj.process.pid, running.command_obj.log_files["stdout"]

    pid, file = asyncio.run(begin())
    assert not processes.is_alive(pid)
    assert not Path(file).parent.exists()


def test_a_run_is_a_context_too_and_ends_with_it(runner: Runner) -> None:
    with runner.run(title="x") as done:
        assert done.status == "successful"

    async def begin() -> int:
        async with await runner.async_run(title="x", wait=60) as running:
            return running.command_obj.process.pid

    assert not processes.is_alive(asyncio.run(begin()))


def test_ctrl_c_ends_the_run_and_is_raised(runner: Runner, tmp_path: Path) -> None:
    script = tmp_path / "script.py"
    script.write_text(
        "from headwater import Runner\n"
        "try:\n    Runner('train.py').run(title='x', wait=60)\n"
        "except KeyboardInterrupt:\n    print('raised')\n"
    )
    environ = {**runner.env, "HEADWATER_USER": "tester"}
    with subprocess.Popen(
        [sys.executable, script.name], cwd=tmp_path, env=environ, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "training x\n"
        process.send_signal(signal.SIGINT)
        out, _ = process.communicate(timeout=30)
    assert out.splitlines()[-1] == "raised"


def test_nbrunner_runs_the_class_it_is_given(runner: Runner, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.delitem(sys.modules, "train", raising=False)
    import train  # type: ignore[import-not-found]  # written above

    variables = {name: runner.env[name] for name in ("HEADWATER_DATASTORE_ROOT", "HEADWATER_USER")}
    other = NBRunner(train.OtherFlow, show_output=False, env=variables, base_dir=tmp_path).nbrun()
    assert other.pathspec.startswith("OtherFlow/")
    run = NBRunner(train.TrainFlow, show_output=False, env=variables, base_dir=tmp_path).nbrun(title="x")
    assert run.successful
    again = NBRunner(train.TrainFlow, show_output=False, env=variables, base_dir=tmp_path)
    assert again.nbresume(origin_run_id=run.id).successful
    sys.modules.pop("train")


def test_a_class_that_nobody_else_can_find_is_refused() -> None:
    from headwater import FlowSpec

    class LocalFlow(FlowSpec):
        pass

    with pytest.raises(FlowLoadError, match="cannot be found by another process"):
        NBRunner(LocalFlow)


def test_a_scheduler_without_a_plug_in_is_named(runner: Runner) -> None:
    with pytest.raises(NotCovered, match="deployment to Argo Workflows"):
        Deployer(runner.flow_file).argo_workflows()
    with pytest.raises(PluginError, match="'moon'"):
        Deployer(runner.flow_file).to("moon")
    with pytest.raises(FlowLoadError, match="no file"):
        Deployer("nowhere.py")


TYPED = """
from headwater import FlowSpec, step
import headwater
factor = 3
class HelloFlow(FlowSpec):
    @step
    def start(self):
        self.x = 2 * factor
        self.next(self.end)
    @step
    def end(self):
        print("x is", self.x)

run = headwater.run(HelloFlow)
_ = open("out.txt", "w").write(f"{run.data.x} {run.code.flowspec is not None}")
exit()
"""


def test_a_flow_typed_at_a_prompt_runs(tmp_path: Path) -> None:
    pid, terminal = pty.fork()
    if pid == 0:
        os.chdir(tmp_path)
        kept = {name: value for name, value in os.environ.items() if not name.startswith("HEADWATER")}
        # the prompt of before 3.13, which takes lines as they are; its history stays out of the user's
        kept |= {"PYTHON_BASIC_REPL": "1", "TERM": "dumb", "HOME": str(tmp_path)}
        os.execve(sys.executable, [sys.executable], kept)
    typed = iter(textwrap.dedent(TYPED).strip("\n").split("\n"))
    said = ""
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        ready, _, _ = select.select([terminal], [], [], 1)
        try:
            said += os.read(terminal, 65536).decode(errors="replace") if ready else ""
        except OSError:  # it has left
            break
        if said.endswith((">>> ", "... ")):
            said += "\n"
            os.write(terminal, f"{next(typed)}\n".encode())
    os.close(terminal)
    os.waitpid(pid, 0)
    assert (tmp_path / "out.txt").read_text() == "6 True", said
