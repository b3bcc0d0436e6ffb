"""What README.md shows is what happens, word for word."""

import os
import re
import subprocess
import sys
from pathlib import Path

README = (Path(__file__).parents[2] / "README.md").read_text("utf-8")


def _blocks(language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", README, re.DOTALL)


def _run(folder: Path, *command: str) -> str:
    environment = {**os.environ, "HEADWATER_USER": "reader"}
    environment.pop("HEADWATER_DATASTORE_ROOT", None)
    done = subprocess.run(
        [sys.executable, *command], cwd=folder, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_the_first_flow_runs_and_is_read_back(tmp_path: Path) -> None:
    flow, reading = _blocks("python")
    (tmp_path / "squares.py").write_text(flow, "utf-8")
    (tmp_path / "reading.py").write_text(reading, "utf-8")
    assert "the sum of squares is 30\n" in _run(tmp_path, "squares.py", "run")
    assert _run(tmp_path, "reading.py") == "30\n[1, 4, 9, 16]\n"


def test_every_command_of_the_first_flow_exists(tmp_path: Path) -> None:
    (tmp_path / "squares.py").write_text(_blocks("python")[0], "utf-8")
    _run(tmp_path, "squares.py", "run")
    for command in ("resume", "check", "show", "run --help"):
        assert f"python squares.py {command}" in README
        _run(tmp_path, "squares.py", *command.split())
