"""A past task once more: on its inputs, with the code that the run kept or the file as it is, and compared."""

import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

import headwater
from flow_project import Finished, Project
from headwater.client.scope import use_root
from headwater.testing import replay
from processes import PATIENCE_S
from processes import headwater as headwater_command

HELPER = """
def weigh(item):
    if item == 2:
        raise ValueError("too heavy")
    return 10 * item
"""
FLOW = """
from helper import weigh

class Weighing(FlowSpec):
    offset = Parameter("offset", default=1)

    @step
    def start(self):
        self.items = [1, 2, 3]
        self.next(self.weigh, foreach="items")

    @environment(vars={"UNIT": "kg"})
    @retry(times=1, minutes_between_retries=0)
    @catch(var="trouble")
    @step
    def weigh(self):
        self.unit = os.environ["UNIT"]
        self.where = current.pathspec, current.retry_count
        self.weight = weigh(self.input) + self.offset
        print("weighed", self.input)
        self.next(self.join)

    @step
    def join(self, inputs):
        self.total = sum(getattr(one, "weight", 0) for one in inputs)
        self.moment = time.time_ns()
        self.next(self.end)

    @step
    def end(self):
        pass
"""


@pytest.fixture(scope="module")
def ran(new_project: Callable[[], Project]) -> Finished:
    """A run in which one task was caught, and whose code was changed since."""
    project = new_project()
    project.write(HELPER, "helper.py")
    run = project.run(FLOW).done()
    project.write("def weigh(item):\n    return 20 * item\n", "helper.py")
    return run


@pytest.fixture
def root(ran: Finished) -> Iterator[str]:
    headwater.namespace(None)
    yield use_root(str(ran.project.root))
    headwater.default_root()


def _replay(ran: Finished, place: str, *words: str, typed: str = "") -> "subprocess.CompletedProcess[str]":
    command = ["-m", "headwater", "replay", f"{ran.pathspec}/{place}", *words]
    return subprocess.run(
        [sys.executable, *command],
        cwd=ran.project.folder,
        env=ran.project.environ,
        input=typed,
        capture_output=True,
        text=True,
        timeout=PATIENCE_S,
        check=False,
    )


def test_a_task_runs_again_with_the_code_that_the_run_kept(ran: Finished) -> None:
    done = _replay(ran, "weigh/2")
    assert done.returncode == 0, done.stderr
    assert done.stdout == "weighed 3\n"
    assert "the same: unit, weight, where" in done.stderr
    assert "succeeds as it did" in done.stderr
    assert "next: join" in done.stderr


def test_a_failure_happens_again_although_it_was_caught_then(ran: Finished) -> None:
    done = _replay(ran, "weigh/1")
    assert done.returncode == 1
    assert "weigh/1 failed in attempt 1: ValueError: too heavy" in done.stderr
    assert "fails as it did" in done.stderr
    assert "helper.py" in done.stderr


def test_the_code_as_it_is_shows_what_a_change_does(ran: Finished) -> None:
    done = _replay(ran, "weigh/1", "--code", "now")
    assert done.returncode == 0, done.stderr
    assert "succeeds; then it was caught: ValueError: too heavy" in done.stderr
    assert "+ weight  int 41" in done.stderr


def test_nothing_is_written_to_the_run(ran: Finished) -> None:
    def everything() -> dict[str, bytes]:
        return {str(path): path.read_bytes() for path in ran.project.root.glob("flows/**/*") if path.is_file()}

    before = everything()
    _replay(ran, "weigh/1")
    _replay(ran, "join")
    assert everything() == before


def test_a_join_has_its_inputs_and_what_depends_on_the_time_comes_out_otherwise(ran: Finished) -> None:
    done = _replay(ran, "join", "--json")
    document = json.loads(done.stdout)
    assert {one["name"]: one["change"] for one in document["artifacts"]} == {"total": "same", "moment": "changed"}
    assert (document["code"], document["outcome"], document["before"]["outcome"]) == ("then", "succeeded", "succeeded")


def test_an_attempt_is_chosen_by_its_number(ran: Finished) -> None:
    document = json.loads(_replay(ran, "weigh/1", "--attempt", "0", "--json").stdout)
    assert (document["attempt"], document["before"]["outcome"]) == (0, "failed")
    assert "where" in [one["name"] for one in document["artifacts"] if one["change"] == "same"]
    missing = _replay(ran, "weigh/1", "--attempt", "7")
    assert "has no attempt 7. It has 0, 1." in missing.stderr


def test_the_debugger_opens_where_the_step_fails(ran: Finished) -> None:
    done = _replay(ran, "weigh/1", "--pdb", typed="p item\nup\np self.unit\nq\n")
    assert "(Pdb) 2" in done.stdout
    assert "'kg'" in done.stdout
    assert "The debugger is open" in done.stderr


def test_the_debugger_opens_at_the_first_line_of_the_step(ran: Finished) -> None:
    done = _replay(ran, "weigh/0", "--stop", typed="n\np self.unit\nc\n")
    assert 'self.unit = os.environ["UNIT"]' in done.stdout
    assert "'kg'" in done.stdout
    assert done.returncode == 0, done.stderr


def test_the_debugger_opens_in_the_authors_frame_above_a_librarys(project: Project) -> None:
    project.run(
        """
        import json

        class Library(FlowSpec):
            @step
            def start(self):
                mine = 41
                json.loads("{")
                self.next(self.end)

            @step
            def end(self):
                pass
        """
    ).failed("JSONDecodeError")
    (run_id,) = project.run_ids()
    finished = Finished(project, 1, "", "", run_id)
    done = _replay(finished, "start", "--pdb", typed="p mine\nq\n")
    assert "(Pdb) 41" in done.stdout
    assert "in a library: `d` goes there" in done.stderr


def test_a_task_that_was_taken_over_runs_with_the_code_of_the_run_that_executed_it(project: Project) -> None:
    source = """
    class Taken(FlowSpec):
        @step
        def start(self):
            self.x = {value}
            self.next(self.second)

        @step
        def second(self):
            {second}
            self.next(self.end)

        @step
        def end(self):
            pass
    """
    project.run(source.format(value=1, second="raise ValueError('once')")).failed("once")
    project.write(source.format(value=2, second="pass"))
    resumed = project.call("resume").done()
    assert "the same: x" in _replay(resumed, "start").stderr


@pytest.mark.parametrize(
    ("pathspec", "words", "said"),
    [
        ("Weighing/17/weigh", (), "no run '17'"),
        ("Weighing", (), "names no step of a run"),
        ("Weighing/latest/weigh/9", (), "No task weigh/9 has ended"),
        ("Weighing/latest/weigh", ("--file", "flow.py"), "--code now"),
        ("Weighing/latest/weigh", ("--code", "now", "--file", "gone.py"), "There is no file"),
        ("Weighing/latest/weigh", ("--json", "--pdb"), "Leave one of them out"),
    ],
)
def test_misuse_says_what_to_do(ran: Finished, pathspec: str, words: tuple[str, ...], said: str) -> None:
    done = headwater_command(ran.project, "replay", pathspec, *words)
    assert done.returncode in (1, 2)
    assert said in done.stderr


def test_a_step_that_is_gone_from_the_file_is_told(ran: Finished) -> None:
    path = ran.project.folder / "other.py"
    path.write_text(
        ran.project.file.read_text().replace("weigh(self)", "heft(self)").replace("self.weigh,", "self.heft,")
    )
    done = _replay(ran, "weigh/0", "--code", "now", "--file", str(path))
    assert "has no step 'weigh' any more" in done.stderr


# From Python


def test_replay_gives_what_came_out_and_how_it_compares(ran: Finished, root: str) -> None:
    result = replay(f"{ran.pathspec}/join")
    assert result.total == 11 + 31
    assert (result.same, result.different) == (("total",), ("moment",))
    assert result.next == ("end",)
    assert result.before.outcome.value == "succeeded"


def test_replay_raises_what_the_step_raises_with_the_authors_frames(ran: Finished, root: str) -> None:
    with pytest.raises(ValueError, match="too heavy") as caught:
        replay(f"{ran.pathspec}/weigh/1")
    assert [Path(entry.path).name for entry in caught.traceback][-2:] == ["flow.py", "helper.py"]


def test_replay_takes_a_task_of_the_client_and_the_code_as_it_is(ran: Finished, root: str) -> None:
    task = headwater.Task(f"{ran.pathspec}/weigh/1")
    assert replay(task, code="now").weight == 41


def test_modules_are_as_they_were_after_a_replay(ran: Finished, root: str) -> None:
    before = set(sys.modules)
    path = list(sys.path)
    replay(f"{ran.pathspec}/weigh/2")
    assert "helper" not in sys.modules or "helper" in before
    assert sys.path == path
