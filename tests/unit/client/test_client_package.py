"""The code of a run read back, and values of its classes."""

import os
import pickle
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from headwater.client.objects import Run, Task
from headwater.environments.code import capture_code
from headwater.errors import ArtifactError, NotFound
from headwater.flow import importing
from headwater.storage.base import Storage
from headwater.testing.documents import RunOnPaper

FLOW = """
import paper_helper

class Point:
    def __init__(self, x):
        self.x = x

    def double(self):
        return paper_helper.double(self.x)
"""
HELPER = "def double(x):\n    return 2 * x\n"


def import_from(folder: Path, name: str) -> ModuleType:
    sys.path.insert(0, str(folder))
    try:
        with importing.underway():
            return __import__(name)
    finally:
        sys.path.remove(str(folder))


def forget(*names: str) -> None:
    for name in names:
        sys.modules.pop(name, None)


@pytest.fixture
def make_run(storage: Storage, tmp_path: Path) -> Callable[..., None]:
    """A run that kept values of a class of its own file, which nobody can import any more."""

    def make(run_id: str = "1", flow: str = FLOW, **more: Any) -> None:
        project = tmp_path / f"project-{run_id}"
        project.mkdir()
        (project / "paper_flow.py").write_text(flow, encoding="utf-8")
        (project / "paper_helper.py").write_text(HELPER, encoding="utf-8")
        code = capture_code(project / "paper_flow.py", storage)
        module = import_from(project, "paper_flow")
        try:
            run = RunOnPaper(storage, run_id, code=code, **more)
            run.task(values={"point": module.Point(21), "other": module.Point(4)})
        finally:
            forget("paper_flow", "paper_helper")
        for name in os.listdir(project):
            if name.endswith(".py"):
                (project / name).unlink()

    return make


def test_a_value_of_the_authors_class_is_loaded_with_the_runs_own_code(make_run: Callable[..., None]) -> None:
    make_run()
    path = list(sys.path)
    point = Task("PaperFlow/1/start/0").data.point
    assert point.double() == 42
    assert sys.path == path
    assert "paper_flow" not in sys.modules
    assert "paper_helper" not in sys.modules


def test_a_file_that_ends_with_its_flow_is_only_imported(make_run: Callable[..., None]) -> None:
    make_run(flow=f"from headwater import FlowSpec\n{FLOW}\nclass PaperFlow(FlowSpec): pass\nPaperFlow()\n")
    assert Task("PaperFlow/1/start/0").data.point.x == 21


def test_values_of_one_run_share_their_class(make_run: Callable[..., None]) -> None:
    make_run()
    data = Task("PaperFlow/1/start/0").data
    assert type(data.point) is type(data.other)
    assert type(data.point) is type(data.point)


def test_values_of_two_runs_have_each_their_own_code(make_run: Callable[..., None]) -> None:
    make_run("1")
    make_run("2", flow=FLOW.replace("paper_helper.double(self.x)", "-1"))
    assert Task("PaperFlow/1/start/0").data.point.double() == 42
    assert Task("PaperFlow/2/start/0").data.point.double() == -1
    assert Task("PaperFlow/1/start/0").data.point.double() == 42


def test_a_module_of_the_same_name_comes_back(make_run: Callable[..., None], monkeypatch: pytest.MonkeyPatch) -> None:
    make_run()
    other = ModuleType("paper_flow")
    monkeypatch.setitem(sys.modules, "paper_flow", other)
    assert Task("PaperFlow/1/start/0").data.point.x == 21
    assert sys.modules["paper_flow"] is other


def test_a_class_that_the_code_lacks_too_is_an_error_that_names_the_artifact(
    make_run: Callable[..., None], storage: Storage, tmp_path: Path
) -> None:
    folder = tmp_path / "gone"
    folder.mkdir()
    (folder / "paper_gone.py").write_text("class Gone: pass\n", encoding="utf-8")
    module = import_from(folder, "paper_gone")
    try:
        RunOnPaper(storage).task(values={"lost": module.Gone()})
    finally:
        forget("paper_gone")
    with pytest.raises(ArtifactError, match=r"'lost' of PaperFlow/1/start/0.*paper_gone"):
        _ = Task("PaperFlow/1/start/0").data.lost


def test_the_code_of_a_run_can_be_read_and_extracted(make_run: Callable[..., None], tmp_path: Path) -> None:
    make_run()
    code = Run("PaperFlow/1").code
    assert code is not None
    assert code.files == ["paper_flow.py", "paper_helper.py"]
    assert (code.script_name, code.flowspec) == ("paper_flow.py", FLOW)
    target = code.extract(tmp_path / "out")
    assert (target / "paper_helper.py").read_text(encoding="utf-8") == HELPER
    with pytest.raises(NotFound, match=r"no file 'none\.py'"):
        code.read_text("none.py")


def test_the_code_of_a_run_is_extracted_for_a_while_and_can_be_pickled(make_run: Callable[..., None]) -> None:
    make_run()
    code = pickle.loads(pickle.dumps(Run("PaperFlow/1").code))
    with code.extract() as folder:
        assert sorted(os.listdir(folder)) == ["paper_flow.py", "paper_helper.py"]
    assert not os.path.exists(folder)
    assert code.info == {
        "script": "paper_flow.py",
        "digest": code.digest,
        "files": 2,
        "size": len(FLOW) + len(HELPER),
        "git_commit": None,
        "git_dirty": None,
    }


def test_a_run_without_code_has_none(storage: Storage) -> None:
    RunOnPaper(storage)
    assert Run("PaperFlow/1").code is None
