"""Files that cannot be imported, or do at import what a fork does not survive."""

import subprocess
import sys

import pytest

from flow_project import Finished, Project
from processes import headwater

PLAIN = """
class Plain(FlowSpec):
    @step
    def start(self):
        self.where = os.getppid()
        self.next(self.end)

    @step
    def end(self):
        print("ended")
"""

BROKEN = {
    "missing module": ("import not_there_at_all\n", ["not_there_at_all", "Install it", "flow.py"]),
    "raises": ("def read():\n    raise ValueError('no such thing')\nread()\n", ["no such thing", "flow.py", "read"]),
    "syntax": ("class Half(\n", ["flow.py", "is not valid Python"]),
    "exits": ("sys.exit(3)\n", ["sys.exit(3)", "__main__", "flow.py"]),
    "null byte": ("x = '\0'\n", ["flow.py", "is not valid Python"]),
    "is not UTF-8": ("x = '\udcff'\n", ["flow.py", "is not valid Python"]),
}


@pytest.mark.parametrize("name", BROKEN)
def test_a_file_that_cannot_be_imported_is_named_with_the_place(project: Project, name: str) -> None:
    text, words = BROKEN[name]
    project.write(PLAIN)
    source = project.file.read_text()
    project.file.write_bytes(source.replace("\nclass", f"\n{text}\nclass", 1).encode(errors="surrogateescape"))

    done = headwater(project, "run", "flow.py")

    assert done.returncode == 1
    assert [word for word in words if word not in done.stderr] == []
    assert "headwater/" not in done.stderr, "no frames of ours"
    assert project.run_ids() == frozenset()


def test_a_file_that_exits_when_it_is_run_exits_with_its_own_code(project: Project) -> None:
    project.write(f"sys.exit(3)\n{PLAIN}")
    assert project.call("run").code == 3
    assert project.run_ids() == frozenset()


@pytest.mark.parametrize(
    ("text", "words"),
    [("", ["has no flow", "FlowSpec"]), (PLAIN + PLAIN.replace("Plain", "Other"), ["2 flows", "Plain", "Other"])],
    ids=["none", "two"],
)
def test_a_file_without_one_flow_says_which_there_are(project: Project, text: str, words: list[str]) -> None:
    project.file.write_text(f"from headwater import FlowSpec, step\nimport os\n{text}")

    done = headwater(project, "run", "flow.py")

    assert done.returncode == 1
    assert [word for word in words if word not in done.stderr] == []


def test_a_file_that_does_not_exist_is_named(project: Project) -> None:
    done = headwater(project, "run", "absent.py")

    assert done.returncode == 1
    assert "absent.py" in done.stderr


@pytest.mark.parametrize("how", ["script", "command"])
def test_what_a_file_prints_at_import_is_printed_once(project: Project, how: str) -> None:
    project.write(f"print('at import')\n{PLAIN}")

    stdout = project.call("run").done().stdout if how == "script" else headwater(project, "run", "flow.py").stdout

    assert stdout.count("at import") == 1
    assert stdout.count("ended") == 1


HAZARDS = {
    "thread": (
        "import threading\nthreading.Thread(target=threading.Event().wait, name='my-thread', daemon=True).start()\n",
        "my-thread",
    ),
    "polars": (
        "import polars\npolars.DataFrame({'a': list(range(100000))}).lazy().group_by('a').len().collect()\n",
        "a library started threads",
    ),
    "connection": ("import socket\nours, theirs = socket.socketpair()\n", "connection"),
}


@pytest.mark.parametrize("name", HAZARDS)
def test_where_forking_is_unsafe_every_task_gets_an_interpreter_and_that_is_said_once(
    project: Project, name: str
) -> None:
    text, word = HAZARDS[name]
    run = project.run(f"{text}\n{PLAIN}").done()

    assert run.stderr.count("fresh interpreter") == 1
    assert word in run.stderr
    assert "ended" in run.stdout


POISONED = """
import threading
lock = threading.Lock()
if {held}:
    lock.acquire()  # as a library's pool would be in the moment of the fork

class Poisoned(FlowSpec):
    @step
    def start(self):
        self.parent = os.getppid()
        with lock:
            print("got it")
        self.next(self.end)

    @step
    def end(self):
        with lock:
            pass
"""


def test_a_fork_that_sleeps_for_ever_is_found_and_started_again_in_a_fresh_interpreter(project: Project) -> None:
    """The lock is held in the forked image only, as after a library whose threads did not come along."""
    project.write(POISONED.format(held="'spawn' not in sys.argv[0]"))  # a fresh interpreter runs hosts/spawn.py

    run = project.call("run", "--deadlock-s", "0.2").done()

    assert "start/0" in run.stderr
    assert "lock that nobody can release" in run.stderr
    assert "fresh interpreter" in run.stderr
    assert "lock that nobody can release" in run.log("start")
    assert run.record("start").attempt == 0, "it is not counted as a retry"


def test_a_step_that_sleeps_for_ever_in_a_fresh_interpreter_too_fails(project: Project) -> None:
    run = project.run(POISONED.format(held="True"), "--deadlock-s", "0.2")

    run.failed("start/0 failed", "lock", "also in a fresh interpreter", "resume")
    project.write(POISONED.format(held="False"))
    assert "got it" in project.call("resume").done().stdout


def test_a_parameter_of_the_wrong_type_is_named(project: Project) -> None:
    run = project.run(
        PLAIN.replace("class Plain(FlowSpec):", "class Plain(FlowSpec):\n    n = Parameter('n', type=int)"),
        "--n",
        "many",
    )

    run.failed("'n'", "'many'", "type int", code=2)
    assert project.run_ids() == frozenset()


@pytest.mark.parametrize(
    ("words", "say"),
    [
        (["run", "--no-such-option"], "--no-such-option"),
        (["no-such-command"], "no-such-command"),
        (["run", "--max-workers", "0"], "--max-workers"),
        (["run", "--on-failure", "shrug"], "shrug"),
    ],
)
def test_wrong_usage_is_two(project: Project, words: list[str], say: str) -> None:
    project.write(PLAIN)
    project.call(*words).failed(say, code=2)


def test_both_faces_run_the_same_flow(project: Project) -> None:
    first = project.run(PLAIN).done()
    second = headwater(project, "run", "flow.py")
    third = headwater(project, "run", "flow.py:Plain")

    assert (second.returncode, third.returncode) == (0, 0), second.stderr + third.stderr
    assert len(project.run_ids()) == 3
    assert {Finished(project, 0, "", "", run_id).run.steps[0].module for run_id in project.run_ids()} == {
        first.run.steps[0].module
    }


def test_an_interpreter_without_the_file_in_its_folder_runs_it_by_its_path(project: Project) -> None:
    project.write(PLAIN)
    elsewhere = project.folder / "elsewhere"
    elsewhere.mkdir()
    done = subprocess.run(
        [sys.executable, str(project.file), "run"], cwd=elsewhere, env=project.environ, capture_output=True, check=False
    )
    assert done.returncode == 0
