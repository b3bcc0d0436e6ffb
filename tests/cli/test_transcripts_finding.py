"""Real command lines that find, show and compare runs."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest

from headwater.storage.local import LocalStorage
from headwater.testing.documents import FOREACH, RunOnPaper
from processes import wait_for

if TYPE_CHECKING:
    from pathlib import Path

    from cli.conftest import Answer, Command

HOUR = 3600.0
DAY = 24 * HOUR
FIRST = 1_700_000_000.0  # 2023-11-14 22:13:20 UTC


def documents(answer: Answer) -> list[dict[str, Any]]:
    assert answer.code == 0, answer.err
    return [json.loads(line) for line in answer.out.splitlines()]


@pytest.fixture
def found(tmp_path: Path, headwater: Command) -> Command:
    """`runs` with options; the run ids that it lists. Five runs, a day after one another, one of another flow."""
    storage = LocalStorage(tmp_path / "root")
    for number in range(1, 6):
        paper = RunOnPaper(
            storage,
            str(number),
            flow="OtherFlow" if number == 5 else "PaperFlow",
            user="bob" if number == 2 else "ann",
            created_at=FIRST + number * DAY,
            parameters={"alpha": number / 2, "name": f"n{number}"},
            tags=("odd",) if number % 2 else (),
            nodes=FOREACH,
        )
        paper.task("start")
        if number != 3:
            paper.end()

    def run(*arguments: str) -> Answer:
        return headwater("runs", *arguments, TZ="UTC")

    return run


def ids(answer: Answer) -> list[str]:
    return [document["run_id"] for document in documents(answer)]


def test_runs_are_chosen_by_what_is_known_of_them(found: Command) -> None:
    assert ids(found("--json")) == ["5", "4", "3", "2", "1"]
    assert ids(found("--json", "PaperFlow", "--tag", "odd")) == ["3", "1"]
    assert ids(found("--json", "--user", "bob")) == ["2"]
    assert ids(found("--json", "--param", "alpha=1.0")) == ["2"]
    assert ids(found("--json", "--param", "name=n3", "--param", "alpha=1.5")) == ["3"]
    assert ids(found("--json", "--since", "2023-11-17", "--until", "2023-11-17")) == ["3"]
    assert ids(found("--json", "--since", "2023-11-17T23:00:00")) == ["5", "4"]
    assert ids(found("--json", "--since", "3d")) == []


def test_a_run_whose_processes_are_gone_is_lost_and_not_running(found: Command) -> None:
    assert ids(found("--json", "--status", "lost")) == ["3"]
    assert ids(found("--json", "--status", "running")) == []
    assert ids(found("--json", "--status", "succeeded", "--flow", "PaperFlow")) == ["4", "2", "1"]


def test_runs_are_sorted_and_paged(found: Command) -> None:
    assert ids(found("--json", "--reverse", "-n", "2")) == ["1", "2"]
    assert ids(found("--json", "-n", "2", "--page", "2")) == ["3", "2"]
    assert ids(found("--json", "-n", "2", "--offset", "3")) == ["2", "1"]
    assert ids(found("--json", "--sort", "flow"))[0] == "5"
    assert ids(found("--json", "--sort", "user", "--reverse"))[0] == "2"
    assert len(ids(found("--json", "--all"))) == 5


def test_options_that_contradict_each_other_are_a_usage_error(found: Command) -> None:
    for arguments in (("--all", "-n", "3"), ("--page", "2", "--offset", "3"), ("--param", "x"), ("--since", "soon")):
        answer = found(*arguments)
        assert (answer.code, answer.out) == (2, ""), arguments
    assert found("PaperFlow", "--flow", "OtherFlow").code == 2


def test_an_empty_answer_says_whether_there_are_others(found: Command) -> None:
    answer = found("--user", "eve")
    assert (answer.code, answer.out) == (0, "")
    assert "is like that" in answer.err
    answer = found("PaperFlw")
    assert answer.code == 1
    assert "Did you mean PaperFlow?" in answer.err


def test_flows_are_listed_with_their_newest_run(found: Command, headwater: Command) -> None:
    other, paper = documents(headwater("flows", "--json"))
    assert (other["flow"], other["runs"]) == ("OtherFlow", 1)
    assert (paper["runs"], paper["succeeded"], paper["users"]) == (4, 3, ["ann", "bob"])
    assert paper["last_run"]["pathspec"] == "PaperFlow/4"
    lines = headwater("flows", TZ="UTC").out.splitlines()
    assert lines[0].split() == ["flow", "runs", "succeeded", "last", "run", "status", "started", "users"]
    assert lines[2].split()[:4] == ["PaperFlow", "4", "3", "4"]


def test_a_flow_is_shown_with_its_steps_and_its_runs(found: Command, headwater: Command) -> None:
    text = headwater("show", "PaperFlow").out
    assert text.startswith("PaperFlow  4 runs, 3 succeeded\n")
    assert "train, for each of items" in text
    (document,) = documents(headwater("show", "PaperFlow", "--json"))
    assert [step["name"] for step in document["steps"]] == ["start", "train", "join", "end"]
    assert [run["run_id"] for run in document["latest"]] == ["4", "3", "2", "1"]


def test_what_came_before_and_after_a_task_is_shown(python: Command, headwater: Command) -> None:
    assert python("greeting.py", "--quiet", "run").code == 0
    (task,) = documents(headwater("show", "Greeting/latest/greet/1", "--json"))
    assert task["parents"] == [{"first": "start/0", "count": 1}]
    assert task["children"] == [{"first": "join/0", "count": 1}]
    assert task["frames"] == [{"step": "start", "task_id": "0", "index": 1, "count": 2, "variable": "names"}]
    assert task["artifacts"]["text"]["written_by"].endswith("/greet/1")
    (start,) = documents(headwater("show", "Greeting/latest/start/0", "--json"))
    assert start["children"] == [{"first": "greet/0", "count": 2}]
    text = headwater("show", "Greeting/latest/join/0").out
    assert "  parents   greet/0 and the 1 after it\n" in text
    (step,) = documents(headwater("show", "Greeting/latest/greet", "--json"))
    assert step["counts"] == {"tasks": 2, "succeeded": 2, "taken_over": 0}


def test_a_parameter_is_shown_like_an_artifact(python: Command, headwater: Command) -> None:
    assert python("greeting.py", "--quiet", "run").code == 0
    (document,) = documents(headwater("show", "Greeting/latest/greet/1/names", "--json"))
    assert document["written_by"].count("/") == 1
    answer = headwater("show", "Greeting/latest/greet/1/txt")
    assert "Did you mean text?" in answer.err


def test_two_runs_are_compared_or_one_with_that_before_it(python: Command, headwater: Command, tmp_path: Path) -> None:
    assert python("greeting.py", "--quiet", "run").code == 0
    source = tmp_path / "greeting.py"
    source.write_text(source.read_text().replace('f"hello {self.input}"', 'f"good day {self.input}"'))
    assert python("greeting.py", "--quiet", "run", "--names", "ann,eve,bob").code == 0
    text = headwater("diff", "Greeting/latest").out
    assert "  ~ names  ['ann', 'bob'] (length 2) → ['ann', 'eve', 'bob'] (length 3)" in text
    assert "  ~ greeting.py" in text
    assert "greet  2 → 3" in text
    assert "no difference in constants, options, environment, steps" in text
    (document,) = documents(headwater("diff", "Greeting/latest", "--json"))
    assert [file["path"] for file in document["code"]["files"]] == ["greeting.py"]
    code = headwater("diff", "Greeting/latest", "--code").out.splitlines()
    assert "--- a/greeting.py" in code
    assert any(line.startswith('+        self.text = f"good day') for line in code)
    task = headwater("diff", "Greeting/latest/greet/0", f"{document['before']['pathspec']}/greet/0")
    assert "~ text   'good day ann' → 'hello ann'" in task.out


def test_a_run_without_another_before_it_says_so(python: Command, headwater: Command) -> None:
    assert python("greeting.py", "--quiet", "run").code == 0
    answer = headwater("diff", "Greeting/latest")
    assert answer.code == 1
    assert "is the oldest run of Greeting" in answer.err
    answer = headwater("diff", "Greeting/latest", "Greeting/latest/start/0")
    assert answer.code == 2
    assert "cannot be compared" in answer.err


def test_a_run_is_running_while_its_driver_lives_and_lost_when_it_was_killed(
    python: Command, headwater: Command, environ: dict[str, str], tmp_path: Path
) -> None:
    driver = subprocess.Popen(
        [sys.executable, "waiting.py", "run"],
        cwd=tmp_path,
        env=environ,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    assert driver.stdout is not None
    assert driver.stdout.readline() == b"ready\n"
    assert [one["status"] for one in documents(headwater("runs", "--json", "--status", "running"))] == ["running"]
    assert documents(headwater("runs", "--json", "--status", "lost")) == []
    (flow,) = documents(headwater("flows", "--json"))
    assert flow["last_run"]["status"] == "running"
    shown = headwater("show", "Waiting/latest").out
    assert "waiting" in shown.splitlines()[-1]
    os.killpg(driver.pid, signal.SIGKILL)
    driver.communicate()
    wait_for(lambda: documents(headwater("runs", "--json", "--status", "lost")) != [])
    assert "not run" in headwater("show", "Waiting/latest").out
