from pathlib import Path

import pytest

from headwater.client.objects import Run, Task
from headwater.errors import UsageError
from headwater.storage.base import Storage
from headwater.storage.open import open_storage
from headwater.testing.documents import RunOnPaper


def test_a_run_tells_what_differs_in_another(storage: Storage) -> None:
    for number in (1, 2):
        paper = RunOnPaper(storage, str(number), created_at=1000.0 * number, parameters={"alpha": number})
        paper.task("start", values={"x": number})
    diff = Run("PaperFlow/1").diff(Run("PaperFlow/2"))
    assert [one.facts for one in diff.parameters] == [("1 → 2",)]
    assert "  ~ alpha  1 → 2" in str(diff)
    assert Run("PaperFlow/1").diff("PaperFlow/latest") == diff


def test_tasks_and_artifacts_are_compared_too(storage: Storage) -> None:
    RunOnPaper(storage).task("start", values={"x": 1, "y": 2})
    task = Task("PaperFlow/1/start/0")
    assert {one.change.value for one in task.diff(task).artifacts} == {"same"}
    assert task["x"].diff("PaperFlow/1/start/0/y").value.facts == ("1 → 2",)


def test_what_is_in_two_roots_is_not_compared(storage: Storage, tmp_path: Path) -> None:
    RunOnPaper(storage)
    elsewhere = tmp_path / "elsewhere"
    RunOnPaper(open_storage(str(elsewhere)))
    with pytest.raises(UsageError, match="only what is in one root"):
        Run("PaperFlow/1").diff(Run("PaperFlow/1", root=str(elsewhere)))
