"""Metaflow from PyPI in an environment of its own, made once in a folder that is kept between test sessions."""

import fcntl
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

VERSION = "2.19"
_LIBRARIES = (f"metaflow=={VERSION}.*", "setuptools<81", "pyyaml")
_CACHE = Path(__file__).parents[2] / ".cache" / "metaflow"


def metaflow_python() -> Path:
    """The interpreter of that environment; where it cannot be made, CI fails and other places skip."""
    folder = _CACHE / f"{VERSION}-python{sys.version_info.major}.{sys.version_info.minor}"
    python, ready = folder / "bin" / "python", folder / ".ready"
    with locked(_CACHE / ".lock"):
        if not ready.exists():
            try:
                _make(folder, python)
            except (OSError, subprocess.CalledProcessError) as exc:
                if os.environ.get("CI"):
                    pytest.fail(f"Metaflow's environment could not be made, and CI needs it: {exc}")
                pytest.skip(f"Metaflow's environment could not be made: {exc}")
            ready.touch()
    return python


def _make(folder: Path, python: Path) -> None:
    uv = Path(sys.executable).with_name("uv")
    program = [str(uv)] if uv.exists() else [shutil.which("uv") or "uv"]
    make = [*program, "venv", "--quiet", "--clear", "--python", sys.executable, str(folder)]
    install = [*program, "pip", "install", "--quiet", "--compile-bytecode", "--python", str(python), *_LIBRARIES]
    for command in (make, install):
        subprocess.run(command, check=True, capture_output=True)


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """One process at a time: several run the tests of one session."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield
