"""One step again on the inputs of a past task: from the command line, from Python, and read back."""

import json
import signal
from collections.abc import Callable
from pathlib import Path

import pytest

import headwater
from flow_project import Finished, Project
from headwater.storage.spins import spin_url
from processes import headwater as headwater_command
from processes import launch, read_pid

FLOW = """
class SpinFlow(FlowSpec):
    rate = Parameter("rate", default=2)

    @step
    def start(self):
        self.items = [1, 2, 3]
        self.big = bytes(range(256)) * 800
        self.next(self.work, foreach="items")

    @retry(times=1, minutes_between_retries=0)
    @environment(vars={"COLOUR": "green"})
    @timeout(minutes=5)
    @step
    def work(self):
        print("works on", self.input)
        self.pathspec = current.pathspec
        self.seen = len(self.big), os.environ["COLOUR"], current.run.id, current.retry_count
        self.result = self.input * self.rate
        if self.input == FAILS_AT:
            raise ValueError("too much")
        self.next(self.join)

    @step
    def join(self, inputs):
        self.total = sum(one.result for one in inputs)
        self.next(self.together)

    @step
    def together(self):
        self.next(self.nodes, num_parallel=2)

    @parallel
    @step
    def nodes(self):
        self.next(self.gather)

    @step
    def gather(self, inputs):
        self.next(self.turn)

    @step
    def turn(self):
        self.turns = getattr(self, "turns", 0) + 1
        self.more = self.turns < 3
        self.next({True: self.turn, False: self.end}, condition="more")

    @step
    def end(self):
        pass

FAILS_AT = None
"""
FAILING = FLOW.replace("FAILS_AT = None", "FAILS_AT = 2")


@pytest.fixture(autouse=True)
def everybody() -> None:
    """Spins of every user are seen."""
    headwater.namespace(None)


@pytest.fixture(scope="module")
def ran(new_project: Callable[[], Project]) -> Finished:
    """A run that succeeded."""
    return new_project().run(FLOW).done()


@pytest.fixture(scope="module")
def failed(new_project: Callable[[], Project]) -> Finished:
    """A run whose second task of `work` failed, and whose flow was corrected since."""
    project = new_project()
    run = project.run(FAILING, "--on-failure", "finish").failed("too much")
    project.write(FLOW)
    return run


def _spin(project: Project, *words: str) -> dict[str, object]:
    done = project.call("--json", "spin", *words)
    assert done.code == 0, done.stderr
    document: dict[str, object] = json.loads(done.stdout)
    return document


def test_a_step_runs_again_on_the_inputs_of_a_past_task_and_says_what_differs(ran: Finished) -> None:
    project = ran.project
    project.write(FLOW.replace("self.input * self.rate", "self.input * self.rate + 1"))
    done = project.call("spin", f"{ran.run_id}/work/2")
    project.write(FLOW)
    assert done.code == 0
    assert done.stdout == "works on 3\n"
    assert "~ result    6 → 7" in done.stderr
    assert "the same: " not in done.stderr.split("result")[0]
    assert "next: join" in done.stderr


def test_the_first_task_that_failed_is_taken_where_none_is_named(failed: Finished) -> None:
    done = failed.project.call("spin", "work")
    assert done.code == 0
    assert done.stdout == "works on 2\n"
    assert f"on the inputs of {failed.pathspec}" in done.stderr


def test_every_form_of_a_pathspec_names_the_task(ran: Finished) -> None:
    run = ran.run_id
    for text in ("work/1", f"{run}/work/1", f"SpinFlow/{run}/work/1", "latest/work/1", "latest-success/work/1"):
        assert _spin(ran.project, text)["pathspec"].endswith("/work/1")  # type: ignore[attr-defined]  # it is a text
    for text in ("work", f"{run}/work", f"SpinFlow/{run}/work"):
        assert _spin(ran.project, text)["pathspec"].endswith("/work/0")  # type: ignore[attr-defined]  # it is a text


def test_a_spin_is_none_of_the_runs_and_no_input_is_copied(ran: Finished) -> None:
    project, before = ran.project, ran.project.run_ids()
    document = _spin(project, "work/0")
    assert project.run_ids() == before
    own = project.root / "spin"
    assert list(own.glob("flows/SpinFlow/*/run.json"))
    assert sum(path.stat().st_size for path in own.glob("blobs/*/*")) < 256 * 800
    assert document["origin"] == ran.pathspec
    assert headwater_command(project, "runs", "SpinFlow").stdout.count(ran.run_id) == 1
    assert str(document["pathspec"]).split("/")[1] not in headwater_command(project, "runs", "SpinFlow").stdout


def test_decorators_of_runs_are_left_out_with_a_word_and_the_others_act(failed: Finished) -> None:
    done = failed.project.call("spin", "work/0")
    assert "A spin leaves out @retry" in done.stderr
    task = _task(failed.project)
    assert task["seen"].data[1] == "green"
    assert task["seen"].data[3] == 0


def test_decorators_can_be_skipped_altogether(ran: Finished) -> None:
    ran.project.call("spin", "work/0", "--skip-decorators").failed("KeyError", "COLOUR")


def test_a_failure_is_shown_and_the_exit_code_says_so(failed: Finished) -> None:
    failed.project.write(FAILING)
    done = failed.project.call("spin", "work").failed("ValueError: too much", "raise ValueError", code=1)
    failed.project.write(FLOW)
    assert done.stdout == "works on 2\n"


def test_the_step_sees_itself_and_the_client_sees_other_runs(project: Project) -> None:
    project.run(
        """
        class SeesFlow(FlowSpec):
            @step
            def start(self):
                self.next(self.look)

            @step
            def look(self):
                from headwater import Flow
                self.newest = Flow("SeesFlow").latest_run.id
                self.me = current.run.id, current.task.parent.id
                self.next(self.end)

            @step
            def end(self):
                pass
        """
    ).done()
    (run_id,) = project.run_ids()
    document = _spin(project, "look")
    task = headwater.Task(str(document["pathspec"]), root=str(document["root"]))
    assert task["newest"].data == run_id
    assert task["me"].data == (str(document["pathspec"]).split("/")[1], "look")


def test_a_join_and_a_turn_of_a_loop_have_their_inputs(ran: Finished) -> None:
    assert _changes(_spin(ran.project, "join")) == {"total": "same"}
    assert _changes(_spin(ran.project, f"{ran.run_id}/turn/0~2")) == {"more": "same", "turns": "same"}


def test_a_step_that_did_not_run_has_the_inputs_that_a_resumed_run_would_give_it(project: Project) -> None:
    source = """
    class Half(FlowSpec):
        @step
        def start(self):
            self.x = 5
            {fails}
            self.next(self.second)

        @step
        def second(self):
            self.y = self.x + 1
            raise ValueError("here")
            self.next(self.third)

        @step
        def third(self):
            self.next(self.end)

        @step
        def end(self):
            pass
    """
    project.run(source.format(fails="")).failed("here")
    project.write(source.format(fails="").replace("second", "other"))
    document = _changes_after_failure(project, "other")
    assert document == {"y": "added"}
    project.call("spin", "third").failed("'third' has no inputs in Half/", "other", "resume")


def _changes_after_failure(project: Project, step: str) -> dict[str, str]:
    done = project.call("--json", "spin", step)
    assert done.code == 1
    return _changes(json.loads(done.stdout))


def _changes(document: dict[str, object]) -> dict[str, str]:
    artifacts = document["artifacts"]
    assert isinstance(artifacts, list)
    return {one["name"]: one["change"] for one in artifacts}


def test_other_values_are_given_by_a_module(ran: Finished, tmp_path: Path) -> None:
    module = tmp_path / "values.py"
    module.write_text("ARTIFACTS = {'rate': 100, 'big': b'x', 'items': [9]}\n")
    document = _spin(ran.project, "work/0", "--artifacts-module", str(module))
    task = headwater.Task(str(document["pathspec"]), root=str(document["root"]))
    assert task["result"].data == 100
    assert task["seen"].data[0] == 1
    assert task["items"].data == [9]


def test_the_inputs_of_a_join_are_given_by_parent(ran: Finished, tmp_path: Path) -> None:
    module = tmp_path / "values.py"
    module.write_text(f"ARTIFACTS = {{'{ran.run_id}/work/1': {{'result': 1000}}}}\n")
    document = _spin(ran.project, "join", "--artifacts-module", str(module))
    task = headwater.Task(str(document["pathspec"]), root=str(document["root"]))
    assert task["total"].data == 1000 + 2 + 6
    assert [one["result"].data for one in task.parent_tasks] == [2, 1000, 6]
    assert [one.split("/")[1] == ran.run_id for one in task.parent_task_pathspecs] == [True, False, True]


def test_a_spin_is_replaced_by_the_next_of_its_step_unless_it_is_to_stay(ran: Finished) -> None:
    kept = _spin(ran.project, "join", "--persist")
    first = _spin(ran.project, "join")
    second = _spin(ran.project, "join")
    other = _spin(ran.project, "turn")
    left = {path.parent.name for path in (ran.project.root / "spin").glob("flows/SpinFlow/*/run.json")}
    ids = [str(one["pathspec"]).split("/")[1] for one in (kept, first, second, other)]
    assert [one in left for one in ids] == [True, False, True, True]


def test_commands_read_spins_with_mode_spin(ran: Finished) -> None:
    document = _spin(ran.project, "work/1")
    place = str(document["pathspec"]).partition("/")[2]
    assert "4" in ran.project.call("--mode", "spin", "dump", place, "--include", "result").stdout
    assert ran.project.call("--mode", "spin", "logs", place).stdout == "works on 2\n"
    ran.project.call("--mode", "spin", "run").failed("--mode spin is for reading", code=2)


def test_who_the_spin_is_stands_in_the_files_that_were_asked_for(ran: Finished, tmp_path: Path) -> None:
    words = ("--run-id-file", str(tmp_path / "id"), "--runner-attribute-file", str(tmp_path / "who"))
    document = _spin(ran.project, "work/1", *words)
    flow, run_id, step, task_id = str(document["pathspec"]).split("/")
    assert (tmp_path / "id").read_text() == run_id
    assert json.loads((tmp_path / "who").read_text()) == {
        "flow_name": flow,
        "run_id": run_id,
        "step_name": step,
        "task_id": task_id,
        "metadata": document["root"],
    }


def test_headwater_spins_a_step_of_a_file(ran: Finished) -> None:
    done = headwater_command(ran.project, "spin", "flow.py", "join")
    assert done.returncode == 0, done.stderr
    assert "the same: total" in done.stderr


def test_what_a_spin_prints_is_kept_up_to_the_limit(project: Project) -> None:
    source = """
    class Chatty(FlowSpec):
        @step
        def start(self):
            for _ in range({lines}):
                print("x" * 99)
            self.next(self.end)

        @step
        def end(self):
            pass
    """
    project.run(source.format(lines=1)).done()
    project.write(source.format(lines=30_000))
    document = _spin(project, "start", "--max-log-size", "1")
    task = headwater.Task(str(document["pathspec"]), root=str(document["root"]))
    assert 500_000 < len(task.stdout) < 1 << 20


def test_persist_can_be_set_in_the_environment(ran: Finished) -> None:
    done = ran.project.call("--json", "spin", "join", environ={"HEADWATER_SPIN_PERSIST": "1"})
    _spin(ran.project, "join")
    assert (ran.project.root / "spin" / "flows" / Path(json.loads(done.stdout)["pathspec"]).parents[1]).is_dir()


def test_resume_continues_runs_and_knows_nothing_of_spins(failed: Finished) -> None:
    failed.project.call("spin", "work")
    done = failed.project.call("resume").done()
    assert done.run.origin_run_id == failed.run_id


def _task(project: Project) -> headwater.Task:
    """The task of the newest spin."""
    headwater.inspect_spin(str(project.root))
    try:
        run = next(iter(headwater.Flow("SpinFlow")))
        return next(iter(next(iter(run))))
    finally:
        headwater.default_root()


def test_inspect_spin_reads_spins_until_default_root(ran: Finished) -> None:
    _spin(ran.project, "work/1")
    assert _task(ran.project)["result"].data == 4
    assert headwater.inspect_spin(str(ran.project.root)) == spin_url(str(ran.project.root))
    assert headwater.default_root() != spin_url(str(ran.project.root))


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (("nothing",), 1, "has no step 'nothing' as it is now"),
        (("nodes",), 2, "cannot be spun"),
        (("Other/1/work/0",), 2, "belongs to Other"),
        (("17/work",), 1, "no run '17'"),
        (("latest/work/7",), 1, "no task 7"),
        (("a/b/c/d/e",), 2, "no task"),
        (("SpinFlow/17",), 2, "names a run and no step"),
        (("work", "--artifacts-module", "missing.py"), 2, "There is no file missing.py"),
        (("start", "--artifacts-module", "other.py"), 2, "only parameters can be given"),
        (("join", "--artifacts-module", "other.py"), 2, "given by parent"),
        (("work", "--artifacts-module", "empty.py"), 2, "sets no dict ARTIFACTS"),
    ],
)
def test_misuse_says_what_to_do(ran: Finished, words: tuple[str, ...], code: int, said: str) -> None:
    (ran.project.folder / "other.py").write_text("ARTIFACTS = {'unknown': 1}\n")
    (ran.project.folder / "empty.py").write_text("")
    ran.project.call("spin", *words).failed(said, code=code)


def test_a_flow_that_never_ran_cannot_be_spun(project: Project) -> None:
    project.write(FLOW)
    project.call("spin", "work").failed("tester has no run of SpinFlow", "Run it once")


def test_ctrl_c_ends_a_spin_and_says_so(project: Project) -> None:
    source = """
    class Waits(FlowSpec):
        @step
        def start(self):
            if os.path.exists("wait"):
                with open("pid", "w") as file:
                    file.write(f"{os.getpid()}\\n")
                signal.pause()
            self.next(self.end)

        @step
        def end(self):
            pass
    """
    project.run(source).done()
    (project.folder / "wait").touch()
    process = launch(project, "spin", "start")
    read_pid(project.folder / "pid", process)
    process.send_signal(signal.SIGINT)
    project.finished(process).failed("start/0 failed", "interrupted", code=130)


SCRIPT = """
class Scripted(FlowSpec):
    @step
    def start(self):
        self.x = 1
        self.next(self.double)

    @step
    def double(self):
        self.y = 2 * self.x
        self.next(self.end)

    @step
    def end(self):
        pass

if len(sys.argv) == 1:
    import headwater
    headwater.run(Scripted)
    task = headwater.spin(Scripted, "double", artifacts={"x": 21})
    print(type(task).__name__, task["y"].data, task.data.x)
    try:
        headwater.spin(Scripted, "double", artifacts={"x": None})
    except headwater.RunFailed as exc:
        print("failed:", "TypeError" in str(exc), exc.run["double"].task.status)
    sys.exit()
"""


def test_spin_from_python_gives_the_task_or_raises_with_the_spin(project: Project) -> None:
    project.write(SCRIPT)
    done = project.call()
    assert done.code == 0, done.stderr
    assert done.stdout.splitlines() == ["Task 42 21", "failed: True failed"]
