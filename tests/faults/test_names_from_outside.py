"""Names as people mistype or abuse them, given to every command: an error that names them, never a path of theirs."""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from flow_project import Finished, Project
from processes import headwater

PLAIN = """
class Plain(FlowSpec):
    @step
    def start(self):
        self.value = 1
        self.next(self.end)

    @step
    def end(self):
        print("ended")
"""


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Finished:
    """A run to be asked about; beside its root lies what nobody may reach."""
    project = Project(tmp_path_factory.mktemp("flow"))
    (project.folder / "secret.json").write_text('{"secret": 1}')
    return project.run(PLAIN).done()


TREACHEROUS = [
    "..",
    "../../secret",
    "Plain/../../secret",
    "Plain/..",
    "Plain/latest/../end",
    "Plain/latest/end/..",
    "Plain/latest/end/0/../x",
    "Plain/latest/end/0/value/more",
    "/etc/passwd",
    "Plain//end",
    "Plain/latest/",
    "Plain/.",
    "",
    " ",
    "Plain/\u202e1",
    "Plain/\u0661",  # a digit of another script
    "Plän/1",
    "Plain/latest/end/1e0",
    "Plain/latest/end/-1",
    "Plain/*",
    "Plain/" + "9" * 300,
    "Plain/1\n2",
    "\x1b[31mPlain",
]


@pytest.mark.parametrize("command", ["show", "logs"])
def test_no_pathspec_reaches_anything_but_a_run(run: Finished, command: str) -> None:
    """In one process, for there are many; each through the command line's own entry."""
    program = """
import sys
from headwater.cli.main import run_command
for text in sys.argv[2:]:
    code = run_command([sys.argv[1], text])
    sys.stdout.flush(); sys.stderr.flush()
    print("code", code, flush=True)
"""
    done = subprocess.run(
        [sys.executable, "-c", program, command, *TREACHEROUS],
        cwd=run.project.folder,
        env=run.project.environ,
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )

    codes = [int(line.removeprefix("code ")) for line in done.stdout.splitlines() if line.startswith("code ")]
    assert [text for text, code in zip(TREACHEROUS, codes, strict=True) if code not in (1, 2)] == []
    assert "Traceback" not in done.stderr
    assert "secret" not in done.stdout
    assert "\x1b[31m" not in done.stderr, "what is repeated cannot colour a terminal"
    assert "root:" not in done.stdout


def test_bytes_that_are_no_text_are_refused_by_every_command(run: Finished) -> None:
    for words in (("show", b"Pl\xff/1"), ("logs", b"\xfe"), ("runs", b"--flow", b"\xff"), ("run", b"\xff.py")):
        done = headwater(run.project, *words)
        assert "Traceback" not in done.stderr, done.stderr
        assert done.returncode in (0, 1, 2)


@pytest.mark.parametrize("name", ["..", "../other", "a/b", "", "-", "1\n2", "\u0661", "x" * 300])
def test_an_origin_that_is_no_run_id_is_named(run: Finished, name: str) -> None:
    before = _files(run.project.folder)

    done = run.project.call("resume", "--origin-run-id", name)

    assert done.code in (1, 2)
    assert repr(name)[1:-1] in done.stderr
    assert "Traceback" not in done.stderr
    assert _files(run.project.folder) == before, "nothing was made"


@pytest.mark.parametrize(
    "words", [["resume", "../x"], ["resume", "no_such_step"], ["resume", "start\0"[:5] + "\u00e9"]]
)
def test_a_step_that_is_not_there_is_named_with_those_that_are(run: Finished, words: list[str]) -> None:
    run.project.call(*words).failed(words[1], "start", "end")


@pytest.mark.parametrize("tag", ["../x", "größe 数", "a/b", "x" * 5000, "\x1b[31m", "with space", ""])
def test_tags_are_any_text(run: Finished, tag: str) -> None:
    tagged = run.project.call("run", "--tag", tag)

    if tagged.code == 0:
        assert tag in tagged.run.tags
        listed = headwater(run.project, "show", tagged.pathspec)
        assert listed.returncode == 0, listed.stderr
        assert "\x1b[31m" not in listed.stdout
    else:
        assert tagged.code in (1, 2)
        assert "tag" in tagged.stderr
        assert "Traceback" not in tagged.stderr


def test_a_tag_that_is_no_text_is_refused(run: Finished) -> None:
    done = subprocess.run(
        [sys.executable, "flow.py", "run", "--tag", b"caf\xe9"],
        cwd=run.project.folder,
        env=run.project.environ,
        capture_output=True,
        check=False,
        timeout=60,
    )
    assert b"Traceback" not in done.stderr, done.stderr.decode(errors="replace")
    assert done.returncode in (1, 2)
    assert b"is no text" in done.stderr


def test_a_folder_whose_name_is_no_text_is_refused_by_name(project: Project) -> None:
    folder = bytes(project.folder) + b"/caf\xe9"
    os.mkdir(folder)
    project.write(PLAIN)
    os.rename(project.file, folder + b"/flow.py")

    done = subprocess.run(
        [sys.executable, "flow.py", "run"],
        cwd=folder,
        env=project.environ,
        capture_output=True,
        check=False,
        timeout=60,
    )

    assert done.returncode == 1
    assert b"no Unicode text" in done.stderr
    assert b"Traceback" not in done.stderr


ASKED: dict[str, Callable[[str], list[str]]] = {
    "datastore root": lambda root: ["--datastore-root", root, "run"],
    "run id file": lambda root: ["run", "--run-id-file", f"{root}/id"],
}


@pytest.mark.parametrize("name", ASKED)
def test_a_path_that_cannot_be_written_is_named(project: Project, name: str) -> None:
    project.write(PLAIN)
    (project.folder / "file").touch()

    done = project.call(*ASKED[name]("file"))

    done.failed("file")
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    "spec", ["no_such", "retry:times=many", "retry:nope=1", "retry:", ":", "../x", "timeout:seconds=-1"]
)
def test_a_decorator_that_cannot_be_understood_is_named(project: Project, spec: str) -> None:
    project.write(PLAIN)

    done = project.call("run", "--with", spec)

    assert done.code in (0, 1, 2) if spec == "retry:" else done.code in (1, 2)
    assert "Traceback" not in done.stderr
    assert project.run_ids() == frozenset() or spec == "retry:"


def _files(folder: Path) -> set[Path]:
    return {path for path in folder.rglob("*") if "index.db" not in path.name and "__pycache__" not in path.parts}
