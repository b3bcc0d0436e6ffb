from __future__ import annotations

import os
import pty
import re
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pathlib import Path

    from cli.conftest import Command


_STYLE = re.compile(r"\x1b\[[0-9;]*m")


def on_a_terminal(arguments: list[str], directory: Path, environ: dict[str, str]) -> tuple[int, str]:
    """The exit code of a command, and all that it wrote to its terminal."""
    ours, theirs = pty.openpty()
    with subprocess.Popen(arguments, cwd=directory, env=environ, stdout=theirs, stderr=theirs) as process:
        os.close(theirs)
        written = b""
        while True:
            try:
                piece = os.read(ours, 1 << 16)
            except OSError:  # how Linux says that nobody has the other end any more
                break
            if not piece:
                break
            written += piece
    os.close(ours)
    return process.returncode, written.decode().replace("\r\n", "\n")


def test_a_terminal_has_a_line_for_each_step_below_what_tasks_print(
    python: Command, tmp_path: Path, environ: dict[str, str]
) -> None:
    code, text = on_a_terminal(
        [sys.executable, "greeting.py", "run"], tmp_path, {**environ, "TERM": "xterm-256color", "NO_COLOR": "1"}
    )
    assert code == 0
    assert "[bold]*begin*[/bold]\n" in text
    assert "[greet/1] hello bob\n" in text
    last_drawn = _STYLE.sub("", text[text.rindex("✓ start") :])
    assert [line.split()[1] for line in last_drawn.splitlines() if line.startswith("✓")] == [
        "start",
        "greet",
        "join",
        "end",
    ]
    assert " succeeded in " in last_drawn


@pytest.mark.parametrize("arguments", [["--quiet", "run"], ["--isolation", "none", "run"], ["run", "--json"]])
def test_a_terminal_that_somebody_else_needs_is_left_alone(
    python: Command, tmp_path: Path, environ: dict[str, str], arguments: list[str]
) -> None:
    file = "waiting.py" if "--json" in arguments else "greeting.py"
    (tmp_path / "waiting.py").write_text((tmp_path / "waiting.py").read_text().replace("600", "0"))
    code, text = on_a_terminal([sys.executable, file, *arguments], tmp_path, {**environ, "TERM": "xterm"})
    assert code == 0
    assert "\x1b" not in text
