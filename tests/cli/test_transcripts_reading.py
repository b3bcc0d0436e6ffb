from __future__ import annotations

import json
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    from cli.conftest import Answer, Command


def last_json(answer: Answer) -> dict[str, object]:
    assert answer.code == 0, answer.err
    document: dict[str, object] = json.loads(answer.out.splitlines()[-1])
    return document


def test_a_root_that_does_not_exist_has_no_runs_and_is_not_made(headwater: Command, tmp_path: Path) -> None:
    answer = headwater("runs")
    assert (answer.code, answer.out) == (0, "")
    assert answer.err.startswith(f"There are no runs in {tmp_path / 'root'}. Run a flow")
    assert not (tmp_path / "root").exists()


def test_what_ran_can_be_listed_and_shown_to_any_depth(python: Command, headwater: Command) -> None:
    assert headwater("--quiet", "run", "greeting.py:Greeting", "--names", "ann", "--tag", "first").code == 0
    assert python("greeting.py", "--quiet", "run", "--names", "eve,fay").code == 0

    runs = headwater("runs", "--flow", "Greeting").out.splitlines()
    assert len(runs) == 3
    assert runs[0].split() == ["run", "user", "status", "started", "took", "tasks", "tags", "parameters"]
    assert runs[1].split()[1:3] == ["ada", "succeeded"]

    run = headwater("show", "Greeting/latest")
    assert "['eve', 'fay']" in run.out
    assert last_json(headwater("show", "Greeting/latest", "--json"))["tasks"] == 5
    assert last_json(headwater("runs", "--limit", "2", "--json"))["tags"] == ["first"]
    assert "/greet  2 tasks" in headwater("show", "Greeting/latest-success/greet").out
    task = headwater("show", "Greeting/latest/greet/1")
    assert "'hello fay'" in task.out
    artifact = headwater("show", "Greeting/latest/greet/1/text")
    assert artifact.out.splitlines()[1] == "'hello fay'"


def test_logs_are_what_was_printed(python: Command, headwater: Command) -> None:
    python("greeting.py", "--quiet", "run", "--max-workers", "1")
    assert headwater("logs", "Greeting/latest/greet/1").out == "hello bob\n"
    assert headwater("logs", "Greeting/latest/end/0", "--stdout").out == "no newline"
    assert headwater("logs", "Greeting/latest/end", "--stderr").out == "[end/0] done\n"
    whole = python("greeting.py", "logs")
    assert whole.out.splitlines()[:3] == [
        "[start/0] [bold]*begin*[/bold]",
        "[greet/0] hello ann",
        "[greet/1] hello bob",
    ]
    assert python("greeting.py", "logs", "--follow").out == whole.out
    assert last_json(headwater("logs", "Greeting/latest/greet/0", "--json"))["text"] == "hello ann"


def test_a_failed_task_is_shown_with_its_reason_and_every_attempt(python: Command, headwater: Command) -> None:
    python("failing.py", "--quiet", "run")
    run = headwater("show", "Failing/latest")
    assert "work/0 failed: ZeroDivisionError: division by zero" in run.out
    document = last_json(headwater("show", "Failing/latest/work/0", "--json"))
    attempts = document["attempts"]
    assert isinstance(attempts, list)
    assert [one["outcome"] for one in attempts] == ["failed", "failed"]
    answer = headwater("show", "Failing/latest-success")
    assert answer.code == 1
    assert "There is no successful run of Failing" in answer.err


def test_a_name_that_is_nowhere_is_a_failure_and_no_traceback(python: Command, headwater: Command) -> None:
    python("greeting.py", "--quiet", "run")
    for pathspec in ("Nowhere", "Greeting/17", "Greeting/latest/nostep", "Greeting/latest/greet/9", "a/b/c/d/e/f"):
        for command in ("show", "logs"):
            answer = headwater(command, pathspec)
            assert answer.code == 1, (command, pathspec)
            assert answer.out == ""
            assert "Traceback" not in answer.err
    assert "no artifact 'nothing'" in headwater("show", "Greeting/latest/start/0/nothing").err


def test_the_index_can_be_made_anew(python: Command, headwater: Command, tmp_path: Path) -> None:
    python("greeting.py", "--quiet", "run")
    before = headwater("runs").out
    for file in (tmp_path / "root").glob("index.db*"):
        file.unlink()
    assert headwater("index", "rebuild").err == f"1 run in the index of {tmp_path / 'root'}.\n"
    answer = json.loads(headwater("index", "rebuild", "--json").out)
    assert answer == {"root": str(tmp_path / "root"), "runs": 1, "damaged": []}
    assert headwater("runs").out == before
