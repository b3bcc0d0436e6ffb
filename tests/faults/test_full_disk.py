"""A root on a disk that fills up, at one moment or another: the error says so, and with room again a resume goes on."""

import subprocess
import sys
from typing import NamedTuple

import pytest

from flow_project import Project
from processes import headwater

PAGE = 4096

FILLING = f"""
def fill(pages):
    '''Leave so many pages of the disk free.'''
    with open("root/filler", "ab", 0) as file:
        try:
            while file.write(bytes({PAGE})):
                pass
        except OSError:
            pass
        file.truncate(max(0, file.tell() - pages * {PAGE}))

class Filling(FlowSpec):
    @step
    def start(self):
        self.first = "kept"
        self.next(self.middle)

    @step
    def middle(self):
        if os.path.exists("lack"):
            spoil()
        self.big = os.urandom(102_400) if os.path.exists("store") else b""
        self.next(self.fan)

    @step
    def fan(self):
        self.items = list(range(5))
        self.next(self.one, foreach="items")

    @step
    def one(self):
        print("item", self.input)
        self.next(self.join)

    @step
    def join(self, inputs):
        self.merge_artifacts(inputs)
        self.next(self.end)

    @step
    def end(self):
        print("ended", self.first, len(self.big))
"""


class Said(NamedTuple):
    """What a command said, and its exit code."""

    code: int
    stdout: str
    stderr: str


def _run_on_small_disk(project: Project, in_mounts: str, script: str) -> None:
    """`script` has a disk of 2 MB as its `root`, and `call NAME WORDS...`, whose output stays in files."""
    project.root.mkdir()
    head = f"""
    mount -t tmpfs -o size=2m none root || exit 99
    call() {{ name=$1; shift; {sys.executable} flow.py "$@" >$name.out 2>$name.err; echo $? >$name.code; }}
    leave() {{
        dd if=/dev/zero of=root/filler bs={PAGE} 2>/dev/null
        truncate -s $(( $(stat -c %s root/filler) - $1 * {PAGE} )) root/filler
    }}
    """
    done = subprocess.run(
        [*in_mounts.split(), "/bin/bash", "-c", head + script],
        cwd=project.folder,
        env=project.environ,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr


def _said(project: Project, name: str) -> Said:
    out, err, code = ((project.folder / f"{name}.{kind}").read_text() for kind in ("out", "err", "code"))
    return Said(int(code), out, err)


def _assert_says_full(said: Said) -> None:
    assert said.code == 1, said
    assert "Traceback" not in said.stderr, said.stderr
    assert "No space" in said.stderr, said.stderr


MOMENTS = {
    "artifacts": "fill(10)",
    "records": "fill(0)",
    "logs": "fill(1); print('x' * 100_000)",
}


@pytest.mark.parametrize("moment", MOMENTS)
def test_a_disk_that_fills_up_in_a_step_is_named_and_a_resume_goes_on(
    project: Project, in_mounts: str, moment: str
) -> None:
    project.write(FILLING.replace("spoil()", MOMENTS[moment]))
    for name in ("lack", "store"):
        (project.folder / name).touch()

    _run_on_small_disk(project, in_mounts, "call first run; rm lack root/filler; call again resume")

    _assert_says_full(_said(project, "first"))
    again = _said(project, "again")
    assert again.code == 0, again.stderr
    assert "ended kept 102400" in again.stdout
    assert "taking over 1 task" in again.stderr


def test_a_log_that_cannot_be_written_does_not_end_the_run(project: Project, in_mounts: str) -> None:
    source = FILLING.replace(
        "spoil()", "fill(0); print('x' * 100_000, flush=True); time.sleep(0.2); os.unlink('root/filler')"
    )
    project.write(source)
    (project.folder / "lack").touch()

    _run_on_small_disk(project, in_mounts, "call first run; call logs logs Filling/latest/middle")

    first, logs = _said(project, "first"), _said(project, "logs")
    assert first.code == 0, first.stderr
    assert "x" * 100_000 in first.stdout, "it is shown all the same"
    assert "log" in first.stderr
    assert first.stderr.count("No space") <= 1
    assert logs.code == 0, logs.stderr


@pytest.mark.parametrize("pages", [0, 1, 3, 6, 12, 18])
def test_a_disk_that_is_full_from_the_start_is_named_and_nothing_is_lost(
    project: Project, in_mounts: str, pages: int
) -> None:
    """With so few pages left, each run fails at another moment: its lock, its code, its record, its index, a task."""
    project.write(FILLING)
    script = "call first run; rm root/filler; call again resume; call anew run; call log logs Filling/latest/end"

    _run_on_small_disk(project, in_mounts, f"leave {pages}; {script}")

    first, again, anew = (_said(project, name) for name in ("first", "again", "anew"))
    if first.code:
        _assert_says_full(first)
    assert "Traceback" not in again.stderr
    assert again.code == 0 or "has no run of Filling" in again.stderr, again.stderr
    assert anew.code == 0, anew.stderr
    assert "ended kept 0" in _said(project, "log").stdout


def test_an_index_that_finds_no_room_does_not_end_the_run(project: Project) -> None:
    """A limit on the size of a file stops the index, which is one growing file, and nothing else."""
    project.write(FILLING.replace("range(5)", "range(1000)").replace("class Filling", "class Wide"))

    done = subprocess.run(
        ["/bin/bash", "-c", f"ulimit -f 100; exec {sys.executable} flow.py run"],
        cwd=project.folder,
        env=project.environ,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )

    assert done.returncode == 0, done.stderr
    assert done.stderr.count("index.db cannot be used") == 1, done.stderr
    assert "index rebuild" in done.stderr
    shown = headwater(project, "show", "Wide/latest/one")
    assert shown.returncode == 0, shown.stderr
    assert "1,000 tasks" in shown.stdout
