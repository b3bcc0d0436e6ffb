"""`headwater import`, as it is typed, and what other commands say of imported runs."""

from __future__ import annotations

import json
import shutil
from typing import TYPE_CHECKING, Any

import pytest

from metaflow_datastore import Datastore

if TYPE_CHECKING:
    from pathlib import Path

    from cli.conftest import Answer, Command


@pytest.fixture
def datastore(tmp_path: Path) -> Datastore:
    made = Datastore(tmp_path / ".metaflow", "Greeting")
    made.run("17", alpha=0.25, tags=["good"])
    made.run("18", end=False, time=1_700_000_100_000)
    return made


def document(answer: Answer, code: int = 0) -> dict[str, Any]:
    assert answer.code == code, answer.err
    found: dict[str, Any] = json.loads(answer.out)
    return found


def test_an_import_says_what_it_found(datastore: Datastore, headwater: Command) -> None:
    looked = headwater("import", "metaflow", "--dry-run")
    assert (looked.code, looked.out) == (0, "")
    assert looked.err.splitlines()[:2] == [
        f"{datastore.folder} would be imported; nothing was kept.",
        "1 flow, 2 runs (1 lost, 1 succeeded).",
    ]
    assert document(headwater("import", "list", "--json")) == {"imports": []}
    done = headwater("import", "metaflow")
    assert done.err.splitlines() == [
        f"{datastore.folder} is import 1. Nothing was copied: its runs are read there.",
        "1 flow, 2 runs (1 lost, 1 succeeded).",
        done.err.splitlines()[2],
        "See them: headwater runs",
    ]
    assert done.err.splitlines()[2].startswith("3 tasks, 9 values (")
    again = headwater("import", "metaflow")
    assert "is import 1 already; 0 runs came since." in again.err


def test_an_import_answers_in_json(datastore: Datastore, headwater: Command) -> None:
    said = document(headwater("import", "metaflow", "--root", str(datastore.folder.parent), "--json"))
    assert (said["number"], said["folder"], said["new"], said["runs"]) == (1, str(datastore.folder), True, 2)
    assert (said["flows"], said["states"]) == ({"Greeting": 2}, {"lost": 1, "succeeded": 1})
    (one,) = document(headwater("import", "list", "--json"))["imports"]
    assert (one["number"], one["there"], one["runs"], one["flows"]) == (1, True, 2, [])
    gone = document(headwater("import", "remove", "1", "--json"))
    assert (gone["runs"], gone["tagged"]) == (2, 0)
    assert headwater("runs", "--all", "--json").out == ""


def test_imported_runs_are_listed_and_shown(datastore: Datastore, headwater: Command) -> None:
    headwater("import", "metaflow", "--quiet")
    rows = [json.loads(line) for line in headwater("runs", "--all", "--json").out.splitlines()]
    assert [(row["pathspec"], row["status"], row["tasks"]) for row in rows] == [
        ("Greeting/18", "lost", 1),
        ("Greeting/17", "succeeded", 2),
    ]
    assert rows[1]["parameters"] == {"alpha": 0.25}
    shown = headwater("show", "Greeting/17").out
    assert f"from {datastore.folder}, import 1 of Metaflow" in shown
    task = headwater("show", "Greeting/17/end/2").out
    assert "parents  start/1" in task
    assert "_task_ok" not in task
    assert headwater("show", "Greeting/17/end/2/x").out.splitlines()[1] == "2"
    compared = headwater("diff", "Greeting/17", "Greeting/18").out
    assert "alpha" in compared
    assert headwater("runs", "--tag", "good", "--json").out.count("\n") == 1


def test_tags_of_an_imported_run_are_changed_here(datastore: Datastore, headwater: Command) -> None:
    headwater("import", "metaflow", "--quiet")
    assert headwater("tag", "add", "Greeting/17", "better").code == 0
    assert headwater("runs", "--tag", "better", "--json").out.count("\n") == 1
    asked = headwater("import", "remove", "1")
    assert asked.code == 2
    assert "The tags that were changed here of 1 run go with it" in asked.err
    gone = headwater("import", "remove", "1", "--yes")
    assert gone.err.startswith("Import 1 is forgotten, and 2 runs with it; the tags that were changed here of 1 run")
    assert f"headwater import metaflow --root {datastore.folder}" in gone.err
    assert headwater("import", "metaflow").err.startswith(f"{datastore.folder} is import 2.")


@pytest.mark.parametrize(
    ("words", "deed"),
    [
        (("rm", "Greeting/17", "--yes"), "removed"),
        (("rm", "Greeting", "--yes"), "removed"),
        (("logs", "scrub", "Greeting/17", "--yes"), "scrubbed"),
        (("du", "Greeting"), "measured as a whole"),
    ],
)
def test_what_would_change_the_store_is_refused(
    words: tuple[str, ...], deed: str, datastore: Datastore, headwater: Command
) -> None:
    headwater("import", "metaflow", "--quiet")
    refused = headwater(*words)
    assert refused.code == 1
    assert f"cannot be {deed}: it is imported, and read where it is ({datastore.folder})" in refused.err
    assert "headwater import remove 1" in refused.err


def test_an_imported_run_is_not_resumed(datastore: Datastore, headwater: Command, python: Command) -> None:
    headwater("import", "metaflow", "--quiet")
    refused = python("greeting.py", "resume", "--origin-run-id", "18")
    assert refused.code == 1
    assert "Greeting/18 cannot be resumed: it is imported" in refused.err


def test_a_step_of_an_imported_run_is_not_run_again(datastore: Datastore, headwater: Command, python: Command) -> None:
    headwater("import", "metaflow", "--quiet")
    refused = python("greeting.py", "spin", "17/end")
    assert refused.code == 1
    assert "Greeting/17 cannot be run again: it is imported" in refused.err
    unnamed = python("greeting.py", "spin", "end")
    assert unnamed.code == 1
    assert "ada has no run of Greeting" in unnamed.err


def test_a_store_that_is_away_is_told_of_by_what_lists_and_by_doctor(
    datastore: Datastore, headwater: Command, python: Command, tmp_path: Path
) -> None:
    headwater("import", "metaflow", "--quiet")
    python("greeting.py", "--quiet", "run")
    shutil.move(datastore.folder, tmp_path / "moved")
    listed = headwater("runs", "--json", "--all")
    assert len(listed.out.splitlines()) == 3
    assert f"Import 1 reads {datastore.folder}, and nothing is there" in listed.err
    shown = headwater("show", "Greeting/17")
    assert shown.code == 1
    assert "Import 1 reads" in shown.err
    looked = headwater("doctor", "--json")
    (finding,) = [one for one in json.loads(looked.out)["findings"] if one["text"].startswith("import 1")]
    assert (finding["level"], "headwater import remove 1" in finding["remedy"]) == ("warning", True)
    assert headwater("show", "Greeting/latest").code == 0
    assert "missing" in headwater("import", "list").out


def test_the_index_is_made_anew_with_the_imports(datastore: Datastore, headwater: Command) -> None:
    headwater("import", "metaflow", "--quiet")
    assert document(headwater("index", "rebuild", "--json"))["runs"] == 2
    assert headwater("runs", "--all", "--json").out.count("\n") == 2


def test_what_cannot_be_imported_is_said(headwater: Command, tmp_path: Path) -> None:
    nowhere = headwater("import", "metaflow")
    assert nowhere.code == 2
    assert "There is no .metaflow in" in nowhere.err
    wrong = headwater("import", "metaflow", "--root", "absent")
    assert "There is no folder" in wrong.err
    (tmp_path / "empty").mkdir()
    assert "There is no run in" in headwater("import", "metaflow", "--root", "empty").err
    missing = headwater("import", "remove", "3")
    assert missing.code == 1
    assert "There is no import 3" in missing.err
    assert "Nothing is imported" in headwater("import", "list").err


def test_a_shell_completes_imported_runs(datastore: Datastore, headwater: Command, python: Command) -> None:
    headwater("import", "metaflow", "--quiet")

    def offered(*words: str) -> list[str]:
        typed = {"COMP_WORDS": " ".join(words), "COMP_CWORD": str(len(words) - 1)}
        answer = python("-m", "headwater", **typed, _HEADWATER_COMPLETE="bash_complete")
        assert answer.err == ""
        return [one.partition(",")[2] for one in answer.out.splitlines() if one]

    assert offered("headwater", "show", "Gr") == ["Greeting/"]
    assert offered("headwater", "show", "Greeting/17/e") == ["Greeting/17/end/"]
    assert offered("headwater", "show", "Greeting/17/end/") == ["Greeting/17/end/2/"]
    assert offered("headwater", "show", "Greeting/17/end/2/x") == ["Greeting/17/end/2/x"]
