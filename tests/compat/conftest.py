"""Runs of real flows by Metaflow itself, made once for all tests of a session, in a folder that tests only read."""

import json
import os
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

import pytest

# Beside this file; pytest imports it by its path.
from compat.metaflow_environment import locked, metaflow_python

FLOWS = Path(__file__).with_name("flows")
#: The flows by the stem of their file; each is run once, `failing` fails.
NAMES = {
    "shapes": "ShapesFlow",
    "branches": "BranchesFlow",
    "choices": "ChoicesFlow",
    "trouble": "TroubleFlow",
    "configured": "ConfiguredFlow",
    "authored": "AuthoredFlow",
    "pictured": "PicturedFlow",
    "derived": "DerivedFlow",
    "gang": "GangFlow",
    "failing": "FailingFlow",
}
#: What each run is given beside `run`.
OPTIONS = {
    "shapes": ("--tag", "early", "--alpha", "1.5", "--extra-options", '{"a": 1}'),
    "choices": ("--size", "small"),
}


class MetaflowRuns(NamedTuple):
    """What Metaflow made."""

    folder: Path  # where the flows lie and were run; `.metaflow` is in it
    python: Path  # the interpreter that has Metaflow
    run_ids: dict[str, str]  # by the stem of the flow's file; "failing-resumed" is the resumed run
    told: dict[str, Any]  # by the same names: what `flows/read_back.py` says, read by Metaflow's own client

    @property
    def datastore(self) -> Path:
        return self.folder / ".metaflow"

    def pathspec(self, name: str) -> str:
        return f"{NAMES[name.partition('-')[0]]}/{self.run_ids[name]}"

    def call(self, *words: str) -> "subprocess.CompletedProcess[str]":
        """Metaflow's Python in the folder, until it ends."""
        return call(self.python, self.folder, *words)


@pytest.fixture(scope="session")
def metaflow_runs(tmp_path_factory: pytest.TempPathFactory) -> MetaflowRuns:
    """Metaflow's own runs of every flow in `flows/`: read them, and copy the folder before changing anything in it."""
    base = tmp_path_factory.getbasetemp()
    place = base.parent if os.environ.get("PYTEST_XDIST_WORKER") else base
    folder, report = place / "metaflow-runs", place / "metaflow-runs.json"
    python = metaflow_python()
    with locked(place / "metaflow-runs.lock"):
        if not report.exists():
            shutil.rmtree(folder, ignore_errors=True)
            report.write_text(json.dumps(_make(python, folder)))
    made = json.loads(report.read_text())
    return MetaflowRuns(folder, python, made["run_ids"], made["told"])


def call(python: Path, folder: Path, *words: str, **extra: str) -> "subprocess.CompletedProcess[str]":
    """A program in a folder, without the variables of this process that either system reads."""
    path = f"{python.parent}{os.pathsep}{os.environ['PATH']}"  # by which Metaflow finds its own Python for a gang
    environ = {**clean_environ(folder), "PATH": path, **extra}
    return subprocess.run(
        [str(python), *words], cwd=folder, env=environ, capture_output=True, text=True, timeout=120, check=False
    )


def clean_environ(folder: Path) -> dict[str, str]:
    """Of user `ada`, who has no settings of her own."""
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("HEADWATER_", "METAFLOW_", "PYTHON", "COVERAGE"))
    }
    own = {"METAFLOW_USER": "ada", "HEADWATER_USER": "ada", "METAFLOW_HOME": str(folder / "none")}
    return {**kept, **own, "XDG_CONFIG_HOME": str(folder / "none"), "HOME": str(folder)}


def _make(python: Path, folder: Path) -> Mapping[str, Any]:
    shutil.copytree(FLOWS, folder)
    run_ids = {name: _run(python, folder, name) for name in NAMES}
    (folder / "mended").touch()
    run_ids["failing-resumed"] = _run(python, folder, "failing", "resume", "--origin-run-id", run_ids["failing"])
    (folder / "mended").unlink()
    tagging = call(python, folder, "shapes.py", "tag", "add", "--run-id", run_ids["shapes"], "later")
    assert tagging.returncode == 0, tagging.stderr
    names = {name: f"{NAMES[name.partition('-')[0]]}/{run_id}" for name, run_id in run_ids.items()}
    reading = call(python, folder, "read_back.py", *names.values())
    assert reading.returncode == 0, reading.stderr
    told = json.loads(reading.stdout)
    return {"run_ids": run_ids, "told": {name: told[pathspec] for name, pathspec in names.items()}}


def _run(python: Path, folder: Path, name: str, *command: str) -> str:
    words = command or ("run", *OPTIONS.get(name, ()))
    file = folder / f"{name}.id"
    done = call(python, folder, f"{name}.py", *words, "--run-id-file", str(file))
    expected = 1 if (name, words[0]) == ("failing", "run") else 0
    assert done.returncode == expected, done.stdout + done.stderr
    return file.read_text()
