"""What Metaflow's own modules and classes offer, asked of them, is here by the same name."""

import json
from pathlib import Path
from typing import Any

import pytest

import headwater
from compat.conftest import MetaflowRuns
from headwater.client.package import Code
from headwater.client.task import Metadata
from headwater.client.values import Data
from headwater.compat.answer import resolve
from headwater.compat.metadata import default_metadata, get_metadata, metadata
from headwater.compat.names import LATER, NAMES
from headwater.errors import InvalidName, NotCovered
from headwater.flow.load import load_flow

_PROGRAM = """
import json, types, metaflow
from metaflow import DataArtifact, Flow, Metaflow, Run, Step, Task, cards, exception
from metaflow.client.core import Metadata, MetaflowCode, MetaflowData

def public(thing):
    names = [name for name in dir(thing) if not name.startswith("_")]
    return [name for name in names if not isinstance(getattr(thing, name, None), types.ModuleType)]

classes = (Metaflow, Flow, Run, Step, Task, DataArtifact, MetaflowCode, MetaflowData)
found = {one.__name__: public(one) for one in classes}
found |= {one.__name__: public(one) for one in (metaflow, cards, exception)}
found["Metadata"] = list(Metadata._fields)
print(json.dumps(found))
"""
_OURS: dict[str, type] = {
    "Metaflow": headwater.Headwater,
    "Flow": headwater.Flow,
    "Run": headwater.Run,
    "Step": headwater.Step,
    "Task": headwater.Task,
    "DataArtifact": headwater.DataArtifact,
    "MetaflowCode": Code,
    "MetaflowData": Data,
    "Metadata": Metadata,
}
#: What stands in Metaflow's modules and is for Metaflow itself.
_INSIDE = {
    "EXT_PKG",
    "METAFLOW_EXIT_ALLOW_RETRY",
    "METAFLOW_EXIT_DISALLOW_RETRY",
    "package_sources",
    "airflow_internal",
    "argo_workflows_internal",
    "step_functions_internal",
    "unbounded_test_foreach_internal",
}


@pytest.fixture(scope="module")
def theirs(metaflow_runs: MetaflowRuns) -> dict[str, list[str]]:
    done = metaflow_runs.call("-c", _PROGRAM)
    assert done.returncode == 0, done.stderr
    found: dict[str, list[str]] = json.loads(done.stdout)
    return found


@pytest.mark.parametrize("kind", list(_OURS))
def test_every_attribute_of_metaflows_client_is_here(kind: str, theirs: dict[str, list[str]]) -> None:
    assert [name for name in theirs[kind] if not hasattr(_OURS[kind], name)] == []


@pytest.mark.parametrize("module", ["metaflow", "metaflow.cards", "metaflow.exception"])
def test_every_public_name_of_metaflows_modules_is_in_the_table(module: str, theirs: dict[str, list[str]]) -> None:
    known = {*NAMES[module], *LATER.get(module, ())}
    assert set(theirs[module]) - known - _INSIDE == set()


def _run_hello(folder: Path) -> headwater.Run:
    (folder / "hello.py").write_text(
        "from headwater import FlowSpec, step\n\nclass HelloFlow(FlowSpec):\n    @step\n    def start(self):\n"
        "        print('hello')\n        self.next(self.end)\n\n    @step\n    def end(self):\n        pass\n"
    )
    return headwater.run(load_flow(folder / "hello.py"), datastore_root=folder / ".headwater", quiet=True)


def test_metadata_says_where_results_are_read_from(tmp_path: Path) -> None:
    run = _run_hello(tmp_path)
    before = default_metadata()
    assert metadata(f"local@{tmp_path}") == get_metadata() == f"local@{tmp_path / '.headwater'}"
    assert headwater.Run(run.pathspec, root=get_metadata().partition("@")[2]).id == run.id
    assert metadata(str(tmp_path)) == get_metadata()
    for service in ("http://service", "service@http://service"):
        with pytest.raises(InvalidName, match="no metadata service"):
            metadata(service)
    assert default_metadata() == before


def test_the_code_of_a_run_is_a_tarball_and_has_a_place(tmp_path: Path) -> None:
    code = _run_hello(tmp_path).code
    assert code is not None
    assert "hello.py" in code.tarball.getnames()
    assert code.path is not None
    assert (tmp_path / ".headwater" / code.path).is_file()


def test_lines_of_a_log_are_had_with_metaflows_argument(tmp_path: Path) -> None:
    task: Any = _run_hello(tmp_path)["start"].task
    assert [text for _, text in task.loglines("stdout", as_unicode=False, meta_dict={})] == [b"hello"]


def test_what_is_not_covered_of_cards_says_so() -> None:
    with pytest.raises(NotCovered, match="PageComponent"):
        resolve("metaflow.cards", "PageComponent")()
