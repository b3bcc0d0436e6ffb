from pathlib import Path

from headwater.checkup.finding import Finding, Level
from headwater.checkup.reachable import check_reachable
from headwater.storage.base import Bytes
from headwater.storage.local import LocalStorage
from headwater.storage.memory import MemoryStorage


def levels(findings: list[Finding]) -> set[Level]:
    return {one.level for one in findings}


def test_a_root_that_is_not_there_is_not_made(tmp_path: Path) -> None:
    found = check_reachable(LocalStorage(tmp_path / "a" / "root"))
    assert "is not there yet" in found[0].text
    assert list(tmp_path.iterdir()) == []


def test_a_folder_can_do_all_that_runs_ask_and_keeps_nothing_of_the_probe(tmp_path: Path) -> None:
    found = check_reachable(LocalStorage(tmp_path))
    assert found[0].text == f"{tmp_path} can be written; links, locks and mapped files work"
    assert Level.PROBLEM not in levels(found)
    assert list((tmp_path / ".tmp").iterdir()) == []


def test_a_root_whose_place_is_taken_by_a_file_is_a_problem(tmp_path: Path) -> None:
    (tmp_path / "root").write_text("")
    (found, *_) = check_reachable(LocalStorage(tmp_path / "root"))
    assert (found.level, "cannot be written" in found.text) == (Level.PROBLEM, True)


def test_a_bucket_is_tried_with_a_name_that_is_taken() -> None:
    storage = MemoryStorage("memory://doctor")
    (found,) = check_reachable(storage)
    assert found.level is Level.OK
    assert list(storage.list("")) == []


class Forgetful(MemoryStorage):
    """A server without conditional writes."""

    def create(self, key: str, data: Bytes) -> bool:
        self.overwrite(key, data)
        return True


def test_a_bucket_without_conditional_writes_is_a_problem() -> None:
    (found,) = check_reachable(Forgetful("memory://forgetful"))
    assert (found.level, found.text) == (Level.PROBLEM, "memory://forgetful lets a taken name be written again")
