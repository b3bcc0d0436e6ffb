"""A datastore that Metaflow wrote, imported: our client tells of it what Metaflow's own client tells.

Both are asked by one program, `flows/read_back.py`; beyond it, by `ASK`, for what only a history has.
"""

import json
import os
import shutil
import sys
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from compat.conftest import OPTIONS, MetaflowRuns, call
from headwater.compat.path import shim_folder

PYTHON = Path(sys.executable)
EVERY = ("shapes", "branches", "choices", "trouble", "configured", "pictured", "failing", "failing-resumed")

#: Everything else that is the same in both: ids, times, metadata, hashes and sizes, attempts, foreign runs.
ASK = """
import json, sys
from metaflow import Metaflow, Run, Task, namespace
namespace(None)
def hashes(task):
    # `name`, the flow's, is no value here; the hash of a file that was taken in is that of its content.
    return {one.id: one.sha for one in task if one.id not in ("name", "notes")}
def ask(run):
    tasks = {}
    for step in run:
        for task in step:
            tasks[task.pathspec] = {
                "metadata": sorted([one.name, str(one.value), one.type] for one in task.metadata),
                "created_at": Task(task.pathspec, attempt=0).created_at.timestamp(),
                "finished_at": task.finished_at and task.finished_at.timestamp(),
                "origin": task.origin_pathspec,
                "hashes": [hashes(Task(task.pathspec, attempt=one)) for one in range(task.current_attempt + 1)],
                "lines": [[text for _, text in task.loglines(stream)] for stream in ("stdout", "stderr")],
                "parents": sorted(task.parent_task_pathspecs),
                "children": sorted(task.child_task_pathspecs),
            }
    return {
        "created_at": run.created_at.timestamp(),
        "finished_at": run.finished_at and run.finished_at.timestamp(),
        "tasks": tasks,
    }
json.dump({
    "flows": sorted(flow.id for flow in Metaflow()),
    "runs": {spec: ask(Run(spec)) for spec in sys.argv[1:]},
}, sys.stdout)
"""


class Imported(NamedTuple):
    """A root into which the runs were imported."""

    folder: Path  # a copy of where Metaflow ran
    root: Path
    summary: dict[str, Any]  # what the command said
    read: dict[str, Any]  # by the name of the run: what `read_back.py` says of it
    asked: dict[str, Any]
    theirs: dict[str, Any]

    def headwater(self, *words: str) -> Any:
        return call(PYTHON, self.folder, "-m", "headwater", *words, HEADWATER_DATASTORE_ROOT=str(self.root))


@pytest.fixture(scope="module")
def imported(metaflow_runs: MetaflowRuns, tmp_path_factory: pytest.TempPathFactory) -> Imported:
    base = tmp_path_factory.mktemp("imported")
    folder, root = base / "runs", base / "root"
    shutil.copytree(metaflow_runs.folder, folder, symlinks=True)
    environ = {"HEADWATER_DATASTORE_ROOT": str(root)}
    done = call(PYTHON, folder, "-m", "headwater", "import", "metaflow", "--json", **environ)
    assert done.returncode == 0, done.stderr
    specs = [metaflow_runs.pathspec(name) for name in EVERY]
    ways = {**environ, "PYTHONPATH": shim_folder()}
    told = call(PYTHON, folder, "read_back.py", *specs, **ways)
    asked = call(PYTHON, folder, "-c", ASK, *specs, **ways)
    theirs = call(metaflow_runs.python, metaflow_runs.folder, "-c", ASK, *specs)
    for one in (told, asked, theirs):
        assert one.returncode == 0, one.stderr
    read = {name: json.loads(told.stdout)[spec] for name, spec in zip(EVERY, specs, strict=True)}
    return Imported(folder, root, json.loads(done.stdout), read, json.loads(asked.stdout), json.loads(theirs.stdout))


def test_an_import_says_what_it_found_and_copies_nothing(imported: Imported, metaflow_runs: MetaflowRuns) -> None:
    said = imported.summary
    assert said["runs"] == len(metaflow_runs.run_ids) == said["added"]
    assert said["states"] == {"failed": 1, "succeeded": said["runs"] - 1}
    assert said["unreadable"] == []
    kept = {path.relative_to(imported.root).as_posix() for path in imported.root.rglob("*") if path.is_file()}
    assert {name for name in kept if not name.startswith("index")} == {"imports/1.json"}


def test_every_flow_answers(imported: Imported) -> None:
    assert imported.asked["flows"] == imported.theirs["flows"]


@pytest.mark.parametrize("name", EVERY)
def test_a_run_is_told_as_metaflow_tells_it(name: str, imported: Imported, metaflow_runs: MetaflowRuns) -> None:
    theirs, ours = metaflow_runs.told[name], imported.read[name]
    for what in ("successful", "finished", "tags", "user_tags", "end", "steps", "data"):
        assert ours[what] == theirs[what], what


@pytest.mark.parametrize("name", EVERY)
def test_every_task_has_its_values_and_its_output(name: str, imported: Imported, metaflow_runs: MetaflowRuns) -> None:
    theirs, ours = metaflow_runs.told[name]["tasks"], imported.read[name]["tasks"]
    assert set(ours) == set(theirs)
    for place, task in theirs.items():
        for what in ("id", "index", "artifacts", "hidden", "successful", "finished", "exception", "attempt"):
            assert ours[place][what] == task[what], f"{what} of {place}"
        for stream in ("stdout", "stderr"):
            if task[stream] or name != "failing-resumed":  # where Metaflow has no output of a task that it took over
                assert ours[place][stream] == task[stream], f"{stream} of {place}"


@pytest.mark.parametrize("name", EVERY)
def test_facts_times_and_attempts_are_the_same(name: str, imported: Imported, metaflow_runs: MetaflowRuns) -> None:
    spec = metaflow_runs.pathspec(name)
    theirs, ours = imported.theirs["runs"][spec], imported.asked["runs"][spec]
    if name != "shapes":  # where a tag was added later, and Metaflow takes that for the beginning
        assert ours["created_at"] == pytest.approx(theirs["created_at"], abs=0.001)
    assert set(ours["tasks"]) == set(theirs["tasks"])
    for task, facts in theirs["tasks"].items():
        for what in ("hashes", "origin"):
            assert ours["tasks"][task][what] == facts[what], f"{what} of {task}"
        assert ours["tasks"][task]["created_at"] == pytest.approx(facts["created_at"], abs=0.001)
        assert ours["tasks"][task]["finished_at"] == pytest.approx(facts["finished_at"], abs=1)
        if facts["origin"] is None:
            assert ours["tasks"][task]["metadata"] == facts["metadata"]
            assert ours["tasks"][task]["lines"] == facts["lines"]


@pytest.mark.parametrize(
    "name", sorted(set(EVERY) - {"choices"})
)  # in a loop Metaflow links every turn with every other
def test_tasks_have_the_same_neighbours(name: str, imported: Imported, metaflow_runs: MetaflowRuns) -> None:
    spec = metaflow_runs.pathspec(name)
    for task, facts in imported.theirs["runs"][spec]["tasks"].items():
        ours = imported.asked["runs"][spec]["tasks"][task]
        assert (ours["parents"], ours["children"]) == (facts["parents"], facts["children"]), task


def test_the_turns_of_a_loop_follow_each_other(imported: Imported, metaflow_runs: MetaflowRuns) -> None:
    tasks = imported.asked["runs"][metaflow_runs.pathspec("choices")]["tasks"]
    turns = sorted((spec for spec in tasks if "/again/" in spec), key=lambda spec: int(spec.rpartition("/")[2]))
    assert [tasks[spec]["children"] for spec in turns[:-1]] == [[spec] for spec in turns[1:]]
    assert ["/end/" in child for child in tasks[turns[-1]]["children"]] == [True]


def test_a_tag_does_not_change_when_a_run_began(imported: Imported, metaflow_runs: MetaflowRuns) -> None:
    spec = metaflow_runs.pathspec("shapes")
    began = min(task["created_at"] for task in imported.theirs["runs"][spec]["tasks"].values())
    assert imported.asked["runs"][spec]["created_at"] <= began < imported.theirs["runs"][spec]["created_at"]


def test_cards_are_read_back(imported: Imported, metaflow_runs: MetaflowRuns) -> None:
    script = """
import json, sys
from metaflow import Run, namespace
from metaflow.cards import get_cards
namespace(None)
task = Run(sys.argv[1])["draw"].task
told = {card.id: [card.type, len(card.get()), card.get_data()] for card in get_cards(task)}
json.dump(sorted(told.items(), key=str), sys.stdout)
"""
    spec = metaflow_runs.pathspec("pictured")
    environ = {"HEADWATER_DATASTORE_ROOT": str(imported.root), "PYTHONPATH": shim_folder()}
    ours = call(PYTHON, imported.folder, "-c", script, spec, **environ)
    theirs = call(metaflow_runs.python, metaflow_runs.folder, "-c", script, spec)
    assert ours.returncode == 0, ours.stderr
    assert theirs.returncode == 0, theirs.stderr
    assert json.loads(ours.stdout) == json.loads(theirs.stdout)
    assert "Points" in ours.stdout  # a component of the one card
    listed = imported.headwater("card", "list", f"{spec}/draw")
    assert "default" in listed.stdout
    assert "mine" in listed.stdout


def test_the_code_of_a_run_that_kept_it_is_read(metaflow_runs: MetaflowRuns, tmp_path: Path) -> None:
    folder, root = tmp_path / "runs", tmp_path / "root"
    shutil.copytree(metaflow_runs.folder, folder, ignore=shutil.ignore_patterns(".metaflow"))
    keep = {"METAFLOW_FEAT_ALWAYS_UPLOAD_CODE_PACKAGE": "1"}
    made = call(metaflow_runs.python, folder, "branches.py", "run", "--run-id-file", "id", **keep)
    assert made.returncode == 0, made.stderr
    environ = {"HEADWATER_DATASTORE_ROOT": str(root)}
    assert call(PYTHON, folder, "-m", "headwater", "import", "metaflow", **environ).returncode == 0
    spec = f"BranchesFlow/{(folder / 'id').read_text()}"
    shown = call(PYTHON, folder, "-m", "headwater", "code", spec, "--json", **environ)
    assert shown.returncode == 0, shown.stderr
    said = json.loads(shown.stdout)
    assert said["script"] == "branches.py"
    files = {one["path"] if isinstance(one, dict) else one for one in said["files"]}
    assert {"branches.py", "pictured_helpers.py"} <= files
    assert not any(path.startswith("metaflow/") for path in files)


GANG = """
from metaflow import FlowSpec, current, parallel, step

class GangFlow(FlowSpec):
    @step
    def start(self):
        self.next(self.work, num_parallel=3)

    @parallel
    @step
    def work(self):
        self.node = current.parallel.node_index
        print("node", self.node)
        self.next(self.join)

    @step
    def join(self, inputs):
        self.nodes = sorted(one.node for one in inputs)
        self.next(self.end)

    @step
    def end(self):
        pass

if __name__ == "__main__":
    GangFlow()
"""


def test_nodes_of_a_gang_bear_the_ids_that_metaflow_gave_them(metaflow_runs: MetaflowRuns, tmp_path: Path) -> None:
    (tmp_path / "gang.py").write_text(GANG)
    path = {"PATH": f"{metaflow_runs.python.parent}:{os.environ['PATH']}"}  # nodes are started as `python`
    made = call(metaflow_runs.python, tmp_path, "gang.py", "run", **path)
    assert made.returncode == 0, made.stdout + made.stderr
    root = {"HEADWATER_DATASTORE_ROOT": str(tmp_path / "root")}
    assert call(PYTHON, tmp_path, "-m", "headwater", "import", "metaflow", **root).returncode == 0
    ask = """
import json, sys
from metaflow import Flow, namespace
namespace(None)
run = Flow("GangFlow").latest_run
json.dump({
    "tasks": {task.id: [task.data.node, task.index, task.stdout] for task in run["work"]},
    "parents": sorted(run["join"].task.parent_task_pathspecs),
    "control": run["work"].control_task.id,
    "nodes": run["join"].task.data.nodes,
}, sys.stdout)
"""
    ours = call(PYTHON, tmp_path, "-c", ask, **root, PYTHONPATH=shim_folder())
    theirs = call(metaflow_runs.python, tmp_path, "-c", ask)
    assert ours.returncode == 0, ours.stderr
    assert theirs.returncode == 0, theirs.stderr
    assert json.loads(ours.stdout) == json.loads(theirs.stdout)


def test_a_run_of_ours_is_compared_with_metaflows_of_the_same_flow(
    imported: Imported, metaflow_runs: MetaflowRuns
) -> None:
    made = imported.headwater("run", "shapes.py", *OPTIONS["shapes"])
    assert made.returncode == 0, made.stderr
    compared = imported.headwater("diff", metaflow_runs.pathspec("shapes"), "ShapesFlow/latest", "--json")
    assert compared.returncode == 0, compared.stderr
    found = json.loads(compared.stdout)
    assert [one["change"] for one in found["parameters"]] == ["same"] * len(found["parameters"])
    assert [one for one in found["artifacts"] if one["changed"] or one["added"] or one["removed"]] == []
    assert sum(one["same"] for one in found["artifacts"]) > 40
