"""The commands beside running: what a task left, what it printed, its code, its graph."""

from __future__ import annotations

import json
import pickle
import shutil
import subprocess
import tarfile
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pathlib import Path

    from cli.conftest import Command


@pytest.fixture
def ran(python: Command) -> Command:
    assert python("greeting.py", "--quiet", "run", "--max-workers", "1").code == 0
    return python


def test_dump_prints_small_values_and_describes_large_ones(ran: Command) -> None:
    assert ran("greeting.py", "dump", "latest/greet/1").out.splitlines()[1:] == ["  text  str, 9 bytes  'hello bob'"]
    both = ran("greeting.py", "dump", "latest/greet", "--max-value-size", "1").out.splitlines()
    assert [line.rpartition("/")[2] for line in both[::2]] == ["0", "1"]
    assert json.loads(ran("greeting.py", "--json", "dump", "latest/greet/1").out)["artifacts"]["text"]["size"] == 9


def test_dump_writes_all_values_into_one_file(ran: Command, tmp_path: Path) -> None:
    answer = ran("greeting.py", "dump", "latest/greet", "--include", "text", "--file", "values.pkl")
    assert answer.code == 0
    values = pickle.loads((tmp_path / "values.pkl").read_bytes())
    assert sorted(one["text"] for one in values.values()) == ["hello ann", "hello bob"]


def test_dump_says_what_it_did_not_find(ran: Command) -> None:
    assert "no artifact 'nope'" in ran("greeting.py", "dump", "latest/greet", "--include", "nope").err
    assert "Give RUN/STEP" in ran("greeting.py", "dump", "latest").err
    assert "has no task" in ran("greeting.py", "dump", "latest/nowhere").err


def test_a_scrubbed_log_says_by_whom_and_is_complete(ran: Command, headwater: Command) -> None:
    assert "Say" not in ran("greeting.py", "logs", "scrub", "latest/greet/1", "--yes").out
    assert "scrubbed by ada" in ran("greeting.py", "logs", "latest/greet/1").out
    assert ran("greeting.py", "logs", "show", "latest/greet/0").out == "hello ann\n"
    shown = ran("-c", "from headwater import Task; t = Task('Greeting/latest/greet/1'); print([t.stdout, t.stderr])")
    assert shown.out == "['', '']\n"


def test_of_two_streams_one_can_be_scrubbed(ran: Command, headwater: Command) -> None:
    done = json.loads(headwater("--json", "logs", "scrub", "Greeting/latest/end", "--stderr", "--yes").out)
    assert (done["streams"], [one["step"] for one in done["attempts"]]) == (["stderr"], ["end"])
    assert headwater("logs", "Greeting/latest/end/0", "--stdout").out == "no newline"
    assert headwater("logs", "Greeting/latest/end/0", "--stderr").out == ""


def test_scrubbing_asks_and_nobody_is_no_yes(ran: Command) -> None:
    answer = ran("greeting.py", "logs", "scrub", "latest/greet/1")
    assert answer.code == 2
    assert "--yes" in answer.err
    assert ran("greeting.py", "logs", "latest/greet/1").out == "hello bob\n"


def test_the_package_of_a_flow_is_what_its_run_keeps(ran: Command, headwater: Command, tmp_path: Path) -> None:
    listed = ran("greeting.py", "package", "list").out.splitlines()
    kept = json.loads(headwater("code", "Greeting/latest", "--json").out)
    info = json.loads(ran("greeting.py", "--json", "package", "info").out)
    assert kept["files"] == listed
    assert (info["files"], info["hash"]) == (len(listed), kept["hash"])
    assert ran("greeting.py", "package", "save", "one.tgz").code == 0
    assert headwater("code", "Greeting", "--save", "two.tgz").code == 0
    assert (tmp_path / "one.tgz").read_bytes() == (tmp_path / "two.tgz").read_bytes()
    with tarfile.open(tmp_path / "one.tgz") as archive:
        assert archive.getnames() == listed
    assert ran("greeting.py", "package", "save", "one.zip").code == 2


def test_the_code_of_a_run_can_be_had_back(ran: Command, headwater: Command, tmp_path: Path) -> None:
    before = (tmp_path / "greeting.py").read_text()
    (tmp_path / "greeting.py").write_text("changed since")
    assert headwater("code", "Greeting/latest", "--file", "greeting.py").out == before
    assert headwater("code", "Greeting/latest", "--save", "old").code == 0
    assert (tmp_path / "old" / "greeting.py").read_text() == before
    assert "is not empty" in headwater("code", "Greeting/latest", "--save", "old").err


def test_the_graph_is_printed_for_graphviz_and_for_programs(python: Command, tmp_path: Path) -> None:
    dot = python("greeting.py", "output-dot").out
    assert dot.startswith('digraph "Greeting" {')
    assert '"start" -> "greet" [label="each of names"];' in dot
    if shutil.which("dot"):
        subprocess.run(["dot", "-Tsvg"], input=dot, text=True, check=True, capture_output=True, timeout=60)
    steps = json.loads(python("greeting.py", "--json", "output-raw").out)["steps"]
    assert steps["start"]["foreach"] == "names"
    assert "    kind = 'foreach'" in python("greeting.py", "output-raw").out.splitlines()
