"""`headwater.run` and `headwater.resume`: from scripts, modules, pytest and threads, leaving nothing behind."""

import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any

import pytest

import headwater
from flow_project import Project
from headwater import FlowSpec, Parameter, Run, RunFailed, catch, step
from headwater.errors import DecoratorError, FlowError, FlowLoadError, LintError, NotFound, ParameterError, UsageError


class SumFlow(FlowSpec):
    """Adds up."""

    numbers = Parameter("numbers", type=list[int], default=[1, 2])
    factor = Parameter("the-factor", default=1.0)
    fails = Parameter("fails", default=False)

    @step
    def start(self) -> None:
        print("adding up")
        self.next(self.work, foreach="numbers")

    @step
    def work(self) -> None:
        self.part = self.input * self.factor
        self.next(self.join)

    @step
    def join(self, inputs: Any) -> None:
        self.total = sum(one.part for one in inputs)
        if self.fails:
            raise ValueError("asked to fail")
        self.next(self.end)

    @step
    def end(self) -> None:
        self.process = os.getpid()


class OddFlow(FlowSpec):
    """Parameters that bear names of options."""

    quiet = Parameter("quiet", default=0)

    @step
    def start(self) -> None:
        self.next(self.end)

    @step
    def end(self) -> None:
        self.seen = self.quiet


@pytest.fixture(autouse=True)
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("HEADWATER_DATASTORE_ROOT", str(tmp_path / "root"))
    return tmp_path / "root"


def test_a_run_from_python_gives_the_clients_run() -> None:
    run = headwater.run(SumFlow, numbers=[1, 2, 3], factor=2, tags=["from python"], max_workers=2)
    assert isinstance(run, Run)
    assert run.successful
    assert run.data is not None
    assert run.data.total == 12.0
    assert "from python" in run.tags
    assert run.parameters["numbers"] == [1, 2, 3]


def test_text_is_converted_and_either_name_of_a_parameter_will_do() -> None:
    data: Any = headwater.run(SumFlow, numbers="3,4", parameters={"the-factor": "0.5"}).data
    assert data.total == 3.5
    data = headwater.run(SumFlow, the_factor=3).data
    assert data.total == 9.0


@pytest.mark.parametrize("isolation", ["fork", "spawn", "none"])
def test_every_isolation_runs_the_same(isolation: str) -> None:
    data: Any = headwater.run(SumFlow, isolation=isolation).data
    assert data.total == 3.0
    assert (data.process == os.getpid()) == (isolation == "none")


def test_runs_follow_one_another_in_one_process_and_leave_nothing_behind(root: Path) -> None:
    def state() -> Any:
        handlers = [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM, signal.SIGCHLD)]
        return (
            handlers,
            dict(os.environ),
            os.getcwd(),
            threading.enumerate(),
            sys.modules["__main__"].__name__,
        )

    def total(factor: float, quiet: bool) -> Any:
        data: Any = headwater.run(SumFlow, factor=factor, quiet=quiet).data
        return data.total

    assert [total(1, True), total(1, False)] == [3.0, 3.0]  # twice: SQLite keeps a descriptor for the next
    before = state()
    descriptors = len(os.listdir("/proc/self/fd"))
    path = list(sys.path)
    assert [total(2, True), total(3, False)] == [6.0, 9.0]
    assert state() == before
    assert signal.set_wakeup_fd(-1) == -1
    assert len(os.listdir("/proc/self/fd")) <= descriptors
    assert sys.path == path


def test_another_root_may_be_named(tmp_path: Path, root: Path) -> None:
    run = headwater.run(SumFlow, datastore_root=tmp_path / "elsewhere")
    assert (tmp_path / "elsewhere" / "flows" / "SumFlow" / run.id / "run.json").exists()
    assert not root.exists()
    assert run.data is not None
    assert run.data.total == 3.0


def test_a_failure_raises_with_the_run_and_the_authors_lines() -> None:
    with pytest.raises(RunFailed) as caught:
        headwater.run(SumFlow, fails=True)
    error = caught.value
    assert error.run.status == "failed"
    assert error.failed == (f"{error.run.pathspec}/join/0",)
    for words in (
        f"{error.run.pathspec} failed",
        "join/0: ValueError: asked to fail",
        'raise ValueError("asked to fail")',
        f"headwater.resume(SumFlow, origin_run_id='{error.run.id}')",
    ):
        assert words in str(error)


def test_resume_takes_over_what_succeeded(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(RunFailed) as caught:
        headwater.run(SumFlow, fails=True, numbers=[5])
    origin = caught.value.run
    with pytest.raises(RunFailed):
        headwater.resume(SumFlow)
    monkeypatch.setattr(SumFlow, "join", _join_in_spite_of_it)  # forks alone know of it
    run = headwater.resume(SumFlow, origin_run_id=origin, tags="again", isolation="fork")
    assert run.data is not None
    assert run.data.total == 5.0
    assert run.origin_pathspec == origin.pathspec
    assert "again" in run.tags
    again = headwater.resume(SumFlow, "join", run.id, isolation="fork")
    assert again.origin_pathspec == run.pathspec
    with pytest.raises(NotFound, match="'123'"):
        headwater.resume(SumFlow, origin_run_id="123")


@step
def _join_in_spite_of_it(self: Any, inputs: Any) -> None:
    self.total = sum(one.part for one in inputs)
    self.next(self.end)


_join_in_spite_of_it.__name__ = "join"


def _anything(value: Any) -> Any:
    return value


@pytest.mark.parametrize(
    ("call", "kind", "words"),
    [
        (lambda: headwater.run(SumFlow, factr=2), ParameterError, "Did you mean"),
        (lambda: headwater.run(SumFlow, factor="much"), ParameterError, "'the-factor' was given 'much'"),
        (lambda: headwater.run(SumFlow, factor=1, parameters={"factor": 2}), ParameterError, "given twice"),
        (lambda: headwater.run(SumFlow, isolation="thread"), UsageError, "'fork', 'spawn', 'none'"),
        (lambda: headwater.run(SumFlow, on_failure="ignore"), UsageError, "'stop', 'finish'"),
        (lambda: headwater.run(SumFlow, max_workers=0), UsageError, "from 1 on"),
        (lambda: headwater.run(SumFlow, with_="retri"), DecoratorError, "retri"),
        (lambda: headwater.run(_anything("flow.py")), FlowError, "class of the flow"),
        (lambda: headwater.run(FlowSpec), FlowError, "class of the flow"),
        (lambda: headwater.run(OddFlow, quiet=True), ParameterError, "parameters={'quiet': ...}"),
    ],
)
def test_what_is_wrong_with_a_call_is_said_before_anything_begins(
    root: Path, call: Any, kind: type[Exception], words: str
) -> None:
    with pytest.raises(kind) as caught:
        call()
    assert words in str(caught.value)
    assert not list(root.glob("flows/*/*"))


def test_a_parameter_with_the_name_of_an_option_is_given_in_the_mapping() -> None:
    data: Any = headwater.run(OddFlow, parameters={"quiet": 5}, quiet=True).data
    assert data.seen == 5


def test_a_flow_that_cannot_run_is_refused() -> None:
    class Broken(FlowSpec):
        @step
        def start(self) -> None:
            pass

        @step
        def end(self) -> None:
            pass

    with pytest.raises(LintError):
        headwater.run(Broken)


def test_a_flow_of_a_function_runs_where_it_can_be_forked_and_is_refused_where_not() -> None:
    class LocalFlow(FlowSpec):
        @step
        def start(self) -> None:
            self.next(self.end)

        @catch(var="problem")
        @step
        def end(self) -> None:
            raise RuntimeError("caught")

    data: Any = headwater.run(LocalFlow, isolation="fork").data
    assert data.problem.type == "RuntimeError"
    with pytest.raises(FlowLoadError, match=r"top level of its file"):
        headwater.run(LocalFlow, isolation="spawn")


def test_steps_print_and_nothing_else_is_shown_unless_asked(capfd: pytest.CaptureFixture[str]) -> None:
    headwater.run(SumFlow, isolation="fork")  # said, so that threads of other tests here are no matter
    assert capfd.readouterr() == ("adding up\n", "")
    headwater.run(SumFlow, quiet=False, isolation="fork")
    shown = capfd.readouterr()
    assert shown.out == "adding up\n"
    assert "succeeded" in shown.err


def test_progress_names_the_call_that_resumes(capfd: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(RunFailed) as caught:
        headwater.run(SumFlow, fails=True, quiet=False)
    assert f"headwater.resume(SumFlow, origin_run_id={caught.value.run.id!r})" in capfd.readouterr().err


def test_threads_may_run_flows_at_once(capfd: pytest.CaptureFixture[str]) -> None:
    totals: dict[int, Any] = {}

    def run(factor: int) -> None:
        totals[factor] = headwater.run(SumFlow, factor=factor).data.total  # type: ignore[union-attr]  # it has ended

    threads = [threading.Thread(target=run, args=(factor,)) for factor in (1, 2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert totals == {1: 3.0, 2: 6.0}
    assert "fresh interpreter" in capfd.readouterr().err


SCRIPT = """
import headwater
from dataclasses import dataclass

@dataclass
class Answer:
    value: int

class ScriptFlow(FlowSpec):
    n = Parameter("n", default=1)

    @step
    def start(self):
        self.answer = Answer(self.n)
        self.next(self.end)

    @step
    def end(self):
        if self.n == 3:
            time.sleep(60)

"""


def _script(tmp_path: Path, main: str) -> Project:
    project = Project(tmp_path)
    text = project.write(SCRIPT + "class _(FlowSpec): pass").read_text()
    project.file.write_text(text.partition("class _(")[0] + main)
    return project


@pytest.mark.parametrize("isolation", ["fork", "spawn"])
def test_a_script_runs_the_flow_that_it_defines(tmp_path: Path, isolation: str) -> None:
    project = _script(
        tmp_path,
        f"""
if __name__ == "__main__":
    for n in (1, 2):
        run = headwater.run(ScriptFlow, n=n, isolation={isolation!r})
        print(__name__, run.data.answer, isinstance(run.data.answer, Answer))
""",
    )
    ended = project.call()
    assert ended.stdout.splitlines() == ["__main__ Answer(value=1) True", "__main__ Answer(value=2) True"]
    assert ended.code == 0, ended.stderr


def test_a_script_without_a_guard_is_told_about_it(tmp_path: Path) -> None:
    project = _script(tmp_path, "\nheadwater.run(ScriptFlow, isolation='spawn')\n")
    ended = project.call()
    assert ended.code == 1
    assert "__name__ == '__main__'" in ended.stderr + ended.stdout


def _until_it_sleeps(project: Project, process: "subprocess.Popen[str]") -> None:
    deadline = time.monotonic() + 30
    while not list(project.root.glob("flows/*/*/tasks/start/0.json")):
        assert process.poll() is None
        assert time.monotonic() < deadline
        time.sleep(0.02)


@pytest.mark.parametrize(
    ("number", "said"), [(signal.SIGINT, "KeyboardInterrupt"), (signal.SIGTERM, "")], ids=["ctrl-c", "sigterm"]
)
def test_a_signal_ends_the_run_and_then_means_to_the_script_what_it_always_means(
    tmp_path: Path, number: signal.Signals, said: str
) -> None:
    project = _script(tmp_path, "\nif __name__ == '__main__':\n    headwater.run(ScriptFlow, n=3)\n")
    process = project.start()
    _until_it_sleeps(project, process)
    process.send_signal(number)
    ended = project.finished(process)
    assert ended.code == -number
    assert said in ended.stderr
    assert ended.end.outcome == "interrupted"


DRAWING = """
import random
import headwater

class DrawFlow(FlowSpec):
    @step
    def start(self):
        self.items = [0, 1, 2]
        self.next(self.draw, foreach="items")

    @step
    def draw(self):
        self.drawn = random.random()
        self.next(self.join)

    @step
    def join(self, inputs):
        self.drawn = [one.drawn for one in inputs]
        self.next(self.end)

    @step
    def end(self):
        pass

"""


@pytest.mark.parametrize(
    ("before", "different"), [("random.seed(1)", 1), ("[random.random() for _ in range(50_000)]", 3)]
)
def test_tasks_draw_the_same_only_where_the_program_was_seeded(tmp_path: Path, before: str, different: int) -> None:
    project = Project(tmp_path)
    text = project.write(DRAWING + "class _(FlowSpec): pass").read_text().partition("class _(")[0]
    lines = ["if __name__ == '__main__':", f"    {before}", "    print(len(set(headwater.run(DrawFlow).data.drawn)))"]
    project.file.write_text(text + "\n".join(lines))
    assert project.call().done().stdout.strip() == str(different)


def test_a_process_that_has_hashed_in_parallel_is_not_forked(capfd: pytest.CaptureFixture[str]) -> None:
    code = (
        "from headwater.artifacts.blobs import digest\n"
        "from headwater.hosts.safety import fork_hazard\n"
        "assert fork_hazard(embedded=True) is None\n"
        "digest(bytes(16 << 20), parallel=True)\n"
        "print(fork_hazard(embedded=True))\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert "hashed large values" in done.stdout


def test_a_run_in_this_process_leaves_current_as_it_was() -> None:
    headwater.run(SumFlow, isolation="none", quiet=True)
    assert not headwater.current.is_running_flow
