"""Steps that crash, hang, or leave processes behind: each is ended, and what happened is said."""

from flow_project import Project
from headwater.records.task import FailureKind
from processes import headwater, is_alive, kill, launch, read_pid, wait_for

FAN = """
class Fan(FlowSpec):
    @step
    def start(self):
        self.items = list(range(8))
        self.next(self.one, foreach="items")

    @resources(cpu=0.25)
    {decorator}
    @step
    def one(self):
        open(f"began-{{self.input}}", "w").close()
        {deed}
        self.next(self.join)

    @step
    def join(self, inputs):
        self.failed = [each.failed for each in inputs] if {caught} else None
        self.next(self.end)

    @step
    def end(self):
        print("ended")
"""
SEGFAULT = "self.input == 3 and not os.path.exists('mended') and __import__('ctypes').string_at(0)"


def test_an_item_that_crashes_the_interpreter_fails_alone(project: Project) -> None:
    run = project.run(FAN.format(decorator="", deed=SEGFAULT, caught=False), "--on-failure", "finish")

    run.failed("one/3 failed", "segmentation fault", "resume --origin-run-id")
    assert run.tasks("one") == {"0", "1", "2", "4", "5", "6", "7"}
    (project.folder / "mended").touch()
    assert len(project.call("resume").done().tasks("one")) == 1


def test_an_item_that_crashes_the_interpreter_can_be_caught(project: Project) -> None:
    run = project.run(FAN.format(decorator="@catch(var='failed')", deed=SEGFAULT, caught=True)).done()

    failed = run.at("join").failed
    assert [number for number, value in enumerate(failed) if value] == [3]
    assert "segmentation fault" in str(failed[3])


def test_after_a_failure_nothing_that_waits_is_started(project: Project) -> None:
    """Item 0 fails when item 1 has begun; two more are in the executor's queue by then."""
    deed = """
        while not os.path.exists("began-1"):
            time.sleep(0.005)
        if self.input == 0:
            raise RuntimeError("no")
        signal.pause()"""
    project.write(FAN.format(decorator="", deed=deed.strip(), caught=False))

    run = project.call("run", "--max-workers", "2", "--grace-s", "0.1").failed("one/0 failed", "RuntimeError: no")

    assert sorted(path.name for path in project.folder.glob("began-*")) == ["began-0", "began-1"]
    assert {path.name for path in (project.root / f"flows/{run.pathspec}/tasks/one").iterdir()} == {
        "0@0.json",
        "1@0.json",
    }
    assert run.record("one", "1", attempt=0).failure.kind is FailureKind.CANCELLED  # type: ignore[union-attr]  # it has one
    assert "Ended by Headwater" in run.log("one", "1")


HANGING = """
def hang(name):
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    with open(name, "w") as file:
        file.write(f"{os.getpid()}\\n")
    while True:
        signal.pause()

class Hanging(FlowSpec):
    @timeout(seconds=1)
    @step
    def start(self):
        for number in range(2):
            if os.fork() == 0:
                hang(f"child-{number}")
        while not os.path.exists("child-1"):
            time.sleep(0.005)
        try:
            hang("self")
        except BaseException:
            hang("self-again")
        self.next(self.end)

    @step
    def end(self):
        pass
"""


def test_a_step_that_forks_children_and_hangs_is_ended_with_all_of_them(project: Project) -> None:
    project.write(HANGING)
    driver = launch(project, "run", environ={"HEADWATER_GRACE_S": "0.2"})
    names = ("child-0", "child-1", "self", "self-again")
    pids = [read_pid(project.folder / name, driver) for name in names]

    run = project.finished(driver).failed("start/0 failed", "1 s were over", "@timeout")

    assert [pid for pid in pids if is_alive(pid)] == []
    failure = run.record("start", attempt=0).failure
    assert failure is not None
    assert failure.kind is FailureKind.TIMEOUT


ORPHAN = """
class Orphan(FlowSpec):
    @step
    def start(self):
        if os.fork() == 0:
            os.setsid()
            if os.fork() == 0:
                with open("orphan", "w") as file:
                    file.write(f"{os.getpid()}\\n")
                while True:
                    signal.pause()
            os._exit(0)
        while not os.path.exists("orphan"):
            time.sleep(0.005)
        self.next(self.middle)

    @step
    def middle(self):
        if not os.path.exists("go"):
            raise RuntimeError("not yet")
        self.next(self.end)

    @step
    def end(self):
        print("ended")
"""


def test_a_daemon_that_outlives_the_run_is_named_by_resume(project: Project) -> None:
    """It has the run's lock: it might still write to the run."""
    run = project.run(ORPHAN)
    orphan = int((project.folder / "orphan").read_text())
    try:
        run.failed("not yet")
        assert is_alive(orphan)
        (project.folder / "go").touch()

        project.call("resume", "--grace-s", "0.1").failed("still alive", str(orphan), f"kill {orphan}")
        assert headwater(project, "show", run.pathspec).returncode == 0
    finally:
        kill(orphan)
    wait_for(lambda: not is_alive(orphan))
    assert "ended" in project.call("resume").done().stdout


def test_a_daemon_that_holds_the_output_does_not_keep_the_run(project: Project) -> None:
    source = ORPHAN.replace("raise RuntimeError", "print")
    run = project.run(source)
    orphan = int((project.folder / "orphan").read_text())
    kill(orphan)
    assert run.done().stdout.count("ended") == 1


def test_exit_codes_of_a_step_are_told(project: Project) -> None:
    source = """
class Leaving(FlowSpec):
    @step
    def start(self):
        os._exit(7) if os.path.exists("hard") else sys.exit("enough")

    @step
    def end(self):
        pass
""".replace('sys.exit("enough")', 'sys.exit("enough")\n        self.next(self.end)')
    project.run(source).failed("start/0 failed", "sys.exit(1)", "enough")
    (project.folder / "hard").touch()
    project.call("run").failed("start/0 failed", "exit code 7", "os._exit")


def test_a_step_that_kills_its_own_group_is_told(project: Project) -> None:
    source = """
class Suicide(FlowSpec):
    @step
    def start(self):
        os.killpg(0, signal.SIGTERM)
        signal.pause()
        self.next(self.end)

    @step
    def end(self):
        pass
"""
    project.run(source).failed("start/0 failed", "SIGTERM")


def test_a_flow_that_cannot_be_made_fails_the_task_in_words(project: Project) -> None:
    source = """
class Unmade(FlowSpec):
    def __init__(self, *arguments, **options):
        if os.path.exists("broken") and not options.get("use_cli", True):
            raise ValueError("not today")
        super().__init__(*arguments, **options)

    @step
    def start(self):
        self.next(self.end)

    @step
    def end(self):
        pass
"""
    (project.folder / "broken").touch()
    run = project.run(source).failed("start/0 failed", "ValueError: not today", "flow.py")
    assert "headwater/worker" not in run.stderr
    (project.folder / "broken").unlink()
    project.call("resume").done()
