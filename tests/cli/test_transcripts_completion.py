import json
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from cli.conftest import Command


def offered(python: "Command", *words: str, flow: str = "") -> list[str]:
    """What a shell gets for a line whose last word is being typed."""
    line = {"COMP_WORDS": " ".join(words), "COMP_CWORD": str(len(words) - 1), "_HEADWATER_COMPLETE": "bash_complete"}
    answer = python("-m", "headwater", **line, **({"_HEADWATER_FLOW": flow} if flow else {}))
    assert answer.err == ""
    return [one.partition(",")[2] for one in answer.out.splitlines() if one]


@pytest.fixture
def run_id(python: "Command", headwater: "Command") -> str:
    assert python("greeting.py", "run", "--tag", "first").code == 0
    return str(json.loads(headwater("runs", "--json").out)["run_id"])


def test_commands_and_options_are_offered(python: "Command") -> None:
    assert offered(python, "headwater", "conf") == ["configure"]
    assert offered(python, "headwater", "configure", "get", "max_w") == ["max_workers"]
    assert offered(python, "headwater", "--isolation", "s") == ["spawn"]
    assert offered(python, "headwater", "--with", "ret") == ["retry"]


def test_a_pathspec_is_offered_part_by_part(python: "Command", run_id: str) -> None:
    assert offered(python, "headwater", "show", "Gr") == ["Greeting/"]
    assert offered(python, "headwater", "show", "Greeting/") == [
        f"Greeting/{run_id}/",
        "Greeting/latest/",
        "Greeting/latest-success/",
    ]
    assert offered(python, "headwater", "show", "Greeting/latest/s") == ["Greeting/latest/start/"]
    assert offered(python, "headwater", "show", "Greeting/latest/start/") == ["Greeting/latest/start/0/"]
    assert offered(python, "headwater", "code", "Greeting/1") == [f"Greeting/{run_id}"]
    assert offered(python, "headwater", "runs", "--tag", "f") == ["first"]


def test_projects_and_branches_are_offered_from_the_runs_that_there_are(python: "Command") -> None:
    assert python("weather.py", "--branch", "storms", "run").code == 0
    assert offered(python, "headwater", "runs", "--project", "w") == ["weather"]
    assert offered(python, "headwater", "runs", "--branch", "") == ["test.storms"]
    assert offered(python, "weather.py", "--pro", flow="weather.py") == ["--production"]
    assert offered(python, "greeting.py", "--pro", flow="greeting.py") == []


def test_a_flow_offers_its_parameters_steps_and_runs(python: "Command", run_id: str) -> None:
    assert offered(python, "greeting.py", "run", "--lou", flow="greeting.py") == ["--loud"]
    assert offered(python, "headwater", "run", "greeting.py", "--lou") == ["--loud"]
    assert "start" in offered(python, "greeting.py", "resume", "s", flow="greeting.py")
    assert offered(python, "greeting.py", "resume", "--origin-run-id", "1", flow="greeting.py") == [run_id]


def test_a_root_without_runs_offers_nothing_and_is_not_made(python: "Command", tmp_path: Path) -> None:
    assert offered(python, "headwater", "show", "G") == []
    assert not (tmp_path / "root").exists()


@pytest.mark.parametrize("words", [("headwater", "sho"), ("python", "greeting.py", "resu")])
def test_bash_completes_with_the_script(headwater: "Command", tmp_path: Path, words: list[str]) -> None:
    (tmp_path / "headwater").write_text(f'#!/bin/sh\nexec "{sys.executable}" -m headwater "$@"\n')
    (tmp_path / "headwater").chmod(0o755)
    (tmp_path / "python").symlink_to(tmp_path / "python-here")
    (tmp_path / "python-here").write_text(f'#!/bin/sh\nexec "{sys.executable}" "$@"\n')
    (tmp_path / "python-here").chmod(0o755)
    script = headwater("completion", "bash", "--python").out
    line = " ".join(f"'{word}'" for word in words)
    function = "_headwater" if words[0] == "headwater" else "_headwater_python"
    program = (
        f"{script}\nCOMP_WORDS=({line})\nCOMP_CWORD={len(words) - 1}\n{function} {words[0]}\necho ${{COMPREPLY[*]}}\n"
    )
    done = subprocess.run(
        ["bash", "-c", program],
        cwd=tmp_path,
        env={"PATH": f"{tmp_path}:/usr/bin:/bin", "HOME": str(tmp_path)},
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    assert done.stdout.split() == (["show"] if words[0] == "headwater" else ["resume"])


def test_every_shell_has_a_script(headwater: "Command") -> None:
    for shell in ("bash", "zsh", "fish"):
        document = json.loads(headwater("completion", shell, "--json").out)
        assert document["shell"] == shell
        assert "_HEADWATER_COMPLETE" in document["script"]
