"""Real command lines in a directory of their own: what they print, and how they end."""

import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pytest

FLOWS = Path(__file__).parent / "flows"

_TIME = re.compile(r"^\d\d:\d\d:\d\d  ", re.MULTILINE)
_INDENT = re.compile(r"^ {10}(?=  )", re.MULTILINE)
_RUN_ID = re.compile(r"\d{16}")
_DURATION = re.compile(r"\b\d[\d.]* (ms|s|min)\b")


class Answer(NamedTuple):
    code: int
    out: str
    err: str

    @property
    def lines(self) -> list[str]:
        """stderr with what differs from run to run written as a word."""
        text = _INDENT.sub("", _TIME.sub("", self.err))
        return _DURATION.sub("TIME", _RUN_ID.sub("ID", text)).splitlines()


Command = Callable[..., Answer]


@pytest.fixture
def environ(tmp_path: Path) -> dict[str, str]:
    return {
        "PATH": os.environ["PATH"],
        "HOME": str(tmp_path),
        "HEADWATER_USER": "ada",
        "HEADWATER_DATASTORE_ROOT": str(tmp_path / "root"),
        "PYTHONDONTWRITEBYTECODE": "1",
    }


@pytest.fixture
def python(tmp_path: Path, environ: dict[str, str]) -> Command:
    """Run `python <arguments>` where the flows of this folder are."""
    for file in FLOWS.glob("*.py"):
        (tmp_path / file.name).write_text(file.read_text())

    def run(*arguments: str, **variables: str) -> Answer:
        done = subprocess.run(
            [sys.executable, *arguments],
            cwd=tmp_path,
            env={**environ, **variables},
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        return Answer(done.returncode, done.stdout, done.stderr)

    return run


@pytest.fixture
def headwater(python: Command) -> Command:
    def run(*arguments: str, **variables: str) -> Answer:
        return python("-m", "headwater", *arguments, **variables)

    return run
