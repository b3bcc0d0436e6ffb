"""How attempts and runs end, what the command says about it, and with which exit code."""

import json
import signal
from pathlib import Path

import pytest

from flow_project import Project
from headwater.records.task import FailureKind

ENDING = """
class EndingFlow(FlowSpec):
    @step
    def start(self):
        self.kept = 1
        {what}
        self.next(self.end)

    @step
    def end(self):
        pass
"""


@pytest.mark.parametrize(
    ("what", "kind", "words"),
    [
        ("sys.exit(3)", FailureKind.EXIT, ("sys.exit(3)",)),
        ("sys.exit(0)", FailureKind.EXIT, ("sys.exit(0)", "self.next")),
        ("sys.exit('a reason')", FailureKind.EXIT, ("a reason",)),
        ("os._exit(4)", FailureKind.EXIT, ("4",)),
        ("os._exit(0)", FailureKind.EXIT, ("exit",)),
    ],
)
def test_b51_leaving_by_an_exit_is_a_failure(
    project: Project, what: str, kind: FailureKind, words: tuple[str, ...]
) -> None:
    ran = project.run(ENDING.format(what=what)).failed(*words)
    failure = ran.record("start", attempt=0).failure
    assert failure is not None
    assert failure.kind is kind


def test_a_sys_exit_fails_the_attempt_and_is_retried(project: Project) -> None:
    source = ENDING.format(what="current.retry_count or sys.exit(1)")
    ran = project.run(source, "--with", "retry:times=1,minutes_between_retries=0").done()
    assert ran.record("start").attempt == 1


def test_b53_a_signal_is_reported_by_its_name(project: Project) -> None:
    ran = project.run(ENDING.format(what="os.kill(os.getpid(), signal.SIGSEGV)")).failed("segmentation fault")
    failure = ran.record("start", attempt=0).failure
    assert failure is not None
    assert failure.signal == signal.SIGSEGV
    project.run(ENDING.format(what="os.kill(os.getpid(), signal.SIGUSR1)")).failed("SIGUSR1")


def test_b54_text_of_an_error_is_shown_as_it_is(project: Project) -> None:
    ran = project.run(
        ENDING.format(
            what="raise ValueError('*stars* [bold]brackets[/bold] {curly}')".replace("{", "{{").replace("}", "}}")
        )
    )
    ran.failed("*stars* [bold]brackets[/bold]")


def test_a_error_text_shows_the_author_s_frames_and_all_on_demand(project: Project) -> None:
    what = "import json; json.loads('[')"
    short = project.run(ENDING.format(what=what)).failed("JSONDecodeError", "flow.py", "in start")
    assert "decoder.py" not in short.stderr
    assert "attempt.py" not in short.stderr
    project.call("run", "--full-traceback").failed("decoder.py")


SIBLINGS = """
class SiblingsFlow(FlowSpec):
    @step
    def start(self):
        self.next(self.breaks, self.waits)

    @resources(cpu=0)
    @step
    def breaks(self):
        while not os.path.exists("waiting"):
            time.sleep(0.01)
        raise ValueError("broken branch")
        self.next(self.join)

    @resources(cpu=0)
    @step
    def waits(self):
        open("waiting", "w").close()
        time.sleep({seconds})
        self.next(self.join)

    @step
    def join(self, inputs):
        self.next(self.end)

    @step
    def end(self):
        pass
"""


def test_a_first_failure_ends_the_siblings_and_their_logs_say_why(project: Project) -> None:
    ran = project.run(SIBLINGS.format(seconds=120)).failed("broken branch", "breaks/0", "resume")
    assert "start" in ran.steps
    failure = ran.record("waits", attempt=0).failure
    assert failure is not None
    assert failure.kind is FailureKind.CANCELLED
    assert "breaks" in ran.log("waits")
    assert ran.end.failed
    assert ran.end.failed[0].endswith("breaks/0")


def test_b52_with_on_failure_finish_the_siblings_end_by_themselves(project: Project) -> None:
    ran = project.run(SIBLINGS.format(seconds=0.5), "--on-failure", "finish").failed("broken branch")
    assert ran.tasks("waits") == {"0"}
    assert "join" not in ran.steps


WAITING = """
class WaitingFlow(FlowSpec):
    @step
    def start(self):
        self.next(self.wait)

    @step
    def wait(self):
        if not os.path.exists("go"):
            print("pid", os.getpid(), flush=True)
            time.sleep(120)
        self.next(self.end)

    @step
    def end(self):
        pass
"""


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_b55_an_interrupted_run_ends_cleanly(project: Project, number: signal.Signals, code: int) -> None:
    project.write(WAITING)
    process = project.start("run")
    assert process.stdout is not None
    words = process.stdout.readline().split()  # the step is at work now
    process.send_signal(number)
    ran = project.finished(process).failed("resume", code=code)
    assert ran.end.outcome == "interrupted"
    assert not Path(f"/proc/{words[-1]}").exists()


def test_a_ctrl_c_prints_the_command_that_resumes_the_run(project: Project) -> None:
    project.write(WAITING)
    process = project.start("run")
    assert process.stdout is not None
    process.stdout.readline()
    process.send_signal(signal.SIGINT)
    ran = project.finished(process).failed(f"resume --origin-run-id {ran_id(project)}", code=130)
    (project.folder / "go").touch()
    again = project.call("resume", "--origin-run-id", ran.run_id).done()
    assert again.taken == {"start": {ran.run_id}}


def ran_id(project: Project) -> str:
    (run_id,) = project.run_ids()
    return run_id


PRINTING = """
class PrintingFlow(FlowSpec):
    @step
    def start(self):
        print("out alone")
        print("err alone", file=sys.stderr)
        print("* [bold]not markup[/bold] *")
        self.next(self.a, self.b)

    @resources(cpu=0)
    @step
    def a(self):
        print("from a")
        self.meet("a", "b")
        self.next(self.join)

    @resources(cpu=0)
    @step
    def b(self):
        print("from b")
        self.meet("b", "a")
        self.next(self.join)

    def meet(self, mine, other):
        open(mine, "w").close()
        while not os.path.exists(other):
            time.sleep(0.01)

    @step
    def join(self, inputs):
        os.write(1, b"no newline at its end")
        self.next(self.end)

    @step
    def end(self):
        pass
"""


def test_b70_task_output_is_on_stdout_and_ours_on_stderr(project: Project) -> None:
    ran = project.run(PRINTING).done()
    lines = ran.stdout.splitlines()
    assert "out alone" in lines
    assert "err alone" in ran.stderr.splitlines()
    assert "succeeded" in ran.stderr
    assert "succeeded" not in ran.stdout
    assert "out alone" not in ran.stderr


def test_a_output_streams_prefix_lines_of_tasks_that_run_at_once_and_json_gives_events(project: Project) -> None:
    ran = project.run(PRINTING).done()
    assert "[a/0] from a" in ran.stdout
    assert "[b/0] from b" in ran.stdout
    for mark in ("a", "b"):
        (project.folder / mark).unlink()
    as_json = project.call("--json", "run").done()
    events = [json.loads(line) for line in as_json.stdout.splitlines()]
    kinds = [event["event"] for event in events]
    assert (kinds[0], kinds[-1]) == ("run-started", "run-ended")
    assert {"task-started", "task-output", "task-ended"} <= set(kinds)


def test_b71_logs_are_kept_as_they_were_printed(project: Project) -> None:
    ran = project.run(PRINTING).done()
    assert "* [bold]not markup[/bold] *\n" in ran.log("start")
    assert "no newline at its end" in ran.log("join")


def test_quiet_leaves_task_output_errors_and_how_it_ended(project: Project) -> None:
    ran = project.run(ENDING.format(what="print('said')"), before=("--quiet",)).done()
    assert ran.stdout == "said\n"
    (line,) = ran.stderr.splitlines()
    assert "succeeded in" in line


HAD = """
class HadFlow(FlowSpec):
    rows = Parameter("rows", default=3)
    @step
    def start(self):
        self.table = list(range(1000))
        self.small = 1
        self.names = ["a", "b"]
        self.next(self.work, foreach="names")
    @step
    def work(self):
        print(self.rows, self.table[0])
        {what}
        self.next(self.join)
    @step
    def join(self, inputs):
        self.next(self.end)
    @step
    def end(self):
        pass
"""


def test_a_failure_tells_what_the_step_had_read_and_nothing_else(project: Project) -> None:
    ran = project.run(HAD.format(what="1 / 0"), "--max-workers", "1").failed("input = 'a'", "rows = 3", "table = [0, 1")
    failure = ran.record("work", "0", 0).failure
    assert failure is not None
    assert [one.name for one in failure.inputs] == ["input", "rows", "table"]


def test_of_a_step_that_was_killed_it_is_told_what_it_could_read_the_largest_first(project: Project) -> None:
    ran = project.run(HAD.format(what="os.kill(os.getpid(), 9)"), "--max-workers", "1").failed(
        "SIGKILL", "table = [0, 1"
    )
    failure = ran.record("work", "0", 0).failure
    assert failure is not None
    assert [one.name for one in failure.inputs] == ["table", "names", "rows", "small"]
