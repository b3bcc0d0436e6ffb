"""Flows written for Metaflow, run by Metaflow and by Headwater: every run, task and artifact is the same.

Both are read by one program, `flows/read_back.py`, once with Metaflow's client and once with ours; tasks are matched by
step, place in each foreach, and turn of a loop.
"""

import json
import shutil
import sys
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from compat.conftest import FLOWS, NAMES, OPTIONS, MetaflowRuns, call
from headwater.compat.path import shim_folder

_PYTHON = Path(sys.executable)
#: How a flow is started: the words before its own options, and the environment.
WAYS = {
    "headwater run": (("-m", "headwater", "run"), (), {}),
    "PYTHONPATH": ((), ("run",), {"PYTHONPATH": shim_folder()}),
}


Ours = Callable[[str], Any]


@pytest.fixture(scope="module", params=list(WAYS))
def ours(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Ours:
    """What is told of Headwater's run of a flow, by the name of its file; each is run once."""
    before, after, environ = WAYS[request.param]
    folder = tmp_path_factory.mktemp("ours") / "flows"
    shutil.copytree(FLOWS, folder)

    def read(name: str) -> Any:
        reading = call(_PYTHON, folder, "read_back.py", f"{NAMES[name]}/latest", PYTHONPATH=shim_folder())
        assert reading.returncode == 0, reading.stderr
        (run,) = json.loads(reading.stdout).values()
        return run

    @cache
    def told(name: str) -> Any:
        done = call(_PYTHON, folder, *before, f"{name}.py", *after, *OPTIONS.get(name, ()), **environ)
        assert done.returncode == (1 if name == "failing" else 0), done.stdout + done.stderr
        return read(name)

    @cache
    def resumed() -> Any:
        """Of the run that failed, once what it lacked is there."""
        told("failing")
        (folder / "mended").touch()
        words = ("-m", "headwater", "resume", "failing.py") if before else ("failing.py", "resume")
        done = call(_PYTHON, folder, *words, **environ)
        assert done.returncode == 0, done.stderr
        return read("failing")

    return lambda name: resumed() if name == "failing-resumed" else told(name)


def _facts(run: dict[str, Any]) -> dict[str, Any]:
    facts = {name: run[name] for name in ("successful", "finished", "end", "steps", "data")}
    return facts | {"project": [tag for tag in run["tags"] if tag.startswith(("project", "user:"))]}


@pytest.mark.parametrize("name", NAMES)
def test_a_run_ends_and_is_told_as_metaflow_tells_it(name: str, ours: Ours, metaflow_runs: MetaflowRuns) -> None:
    assert _facts(ours(name)) == _facts(metaflow_runs.told[name])


@pytest.mark.parametrize("name", NAMES)
def test_a_run_has_the_same_tasks_with_the_same_artifacts(name: str, ours: Ours, metaflow_runs: MetaflowRuns) -> None:
    theirs, found = metaflow_runs.told[name]["tasks"], ours(name)["tasks"]
    assert set(found) == set(theirs)
    for place, task in theirs.items():
        for what in ("artifacts", "hidden", "index", "successful", "finished", "attempt", "stdout"):
            assert found[place][what] == task[what], f"{what} of {place}"


def test_a_resumed_run_has_the_artifacts_that_metaflows_has(ours: Ours, metaflow_runs: MetaflowRuns) -> None:
    theirs, found = metaflow_runs.told["failing-resumed"], ours("failing-resumed")
    assert _facts(found) == _facts(theirs)
    artifacts = {place: task["artifacts"] for place, task in theirs["tasks"].items()}
    assert {place: task["artifacts"] for place, task in found["tasks"].items()} == artifacts


# In a loop Metaflow links every turn with every other.
@pytest.mark.parametrize("name", [name for name in NAMES if name != "choices"])
def test_tasks_are_linked_as_metaflow_links_them(name: str, ours: Ours, metaflow_runs: MetaflowRuns) -> None:
    theirs, found = metaflow_runs.told[name]["tasks"], ours(name)["tasks"]
    links = {place: (task["parents"], task["children"]) for place, task in theirs.items()}
    assert {place: (task["parents"], task["children"]) for place, task in found.items()} == links
