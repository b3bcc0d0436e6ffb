"""The commands that README.md names in its text exist; what its blocks show is tested with those of every page."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

import snippets

README = snippets.Page(snippets.ROOT / "README.md")
NAMED = sorted(set(re.findall(r"`python squares\.py ([^`]+)`", README.text)))


@pytest.mark.parametrize("command", NAMED)
def test_a_command_of_the_first_flow_exists(command: str, tmp_path: Path) -> None:
    (flow,) = [block for block in README.blocks if block.title == "squares.py"]
    (tmp_path / "squares.py").write_text(flow.text, "utf-8")
    for words in ("run", command):
        done = subprocess.run([sys.executable, "squares.py", *words.split()], cwd=tmp_path, check=False)
        assert done.returncode == 0


def test_the_readme_names_commands_to_go_on_with() -> None:
    assert NAMED
