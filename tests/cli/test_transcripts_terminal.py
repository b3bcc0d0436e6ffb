from __future__ import annotations

import fcntl
import os
import pty
import re
import signal
import struct
import subprocess
import sys
import termios
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pathlib import Path

    from cli.conftest import Command


_MOVES = re.compile(r"\x1b\[[?0-9;]*[A-Za-z]|\r")
_STYLE = re.compile(r"\x1b\[[0-9;]*m")


def _heed_ctrl_c() -> None:
    """A shell that runs its tests in the background makes them ignore it."""
    signal.signal(signal.SIGINT, signal.default_int_handler)


def on_a_terminal(
    arguments: list[str],
    directory: Path,
    environ: dict[str, str],
    size: tuple[int, int] = (80, 24),  # columns, rows
    interrupt_at: str = "",  # Ctrl-C when this was written
) -> tuple[int, str]:
    """The exit code of a command, and all that it wrote to its terminal."""
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", size[1], size[0], 0, 0))
    with subprocess.Popen(
        arguments, cwd=directory, env=environ, stdin=theirs, stdout=theirs, stderr=theirs, preexec_fn=_heed_ctrl_c
    ) as process:
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
            if interrupt_at and interrupt_at.encode() in written:
                process.send_signal(signal.SIGINT)
                interrupt_at = ""
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


def test_a_narrow_terminal_without_colours_has_no_line_too_long_and_no_colour(
    python: Command, tmp_path: Path, environ: dict[str, str]
) -> None:
    code, text = on_a_terminal(
        [sys.executable, "greeting.py", "run"],
        tmp_path,
        {**environ, "TERM": "xterm-256color", "NO_COLOR": "1"},
        size=(30, 8),
    )
    assert code == 0
    assert not re.search(r"\x1b\[[0-9;]*3[0-7]m", text)
    frames = text.split("\x1b[?2026h")[1:]
    assert frames
    for frame in frames:
        picture = _MOVES.sub("", frame.partition("\x1b[?2026l")[0]).splitlines()
        steps = [line for line in picture if line[:1] in "▶✓·"]
        assert len(steps) <= 8
        assert max(map(len, steps), default=0) < 30


def test_an_interrupted_run_leaves_the_terminal_as_it_was(
    python: Command, tmp_path: Path, environ: dict[str, str]
) -> None:
    code, text = on_a_terminal(
        [sys.executable, "waiting.py", "run"], tmp_path, {**environ, "TERM": "xterm-256color"}, interrupt_at="ready"
    )
    assert code == 130
    last = _MOVES.sub("", text[text.rindex("\x1b[?2026l") :])
    assert "was interrupted after" in last
    assert "Resume:" in last
    assert "\x1b[?25l" not in text
