from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from cli.conftest import Command


def test_a_run_prints_output_on_stdout_and_everything_of_ours_on_stderr(python: Command) -> None:
    answer = python("greeting.py", "run", "--max-workers", "1")
    assert answer.code == 0
    assert answer.out == "[bold]*begin*[/bold]\n[greet/0] hello ann\n[greet/1] hello bob\nno newline"
    assert [line for line in answer.lines if "kept in" not in line] == [
        "Greeting/ID begins.",
        "start  done in TIME",
        "greet  2 done in TIME",
        "join  done in TIME",
        "done",
        "end  done in TIME",
        "Greeting/ID succeeded in TIME: 5 tasks.",
        '           headwater.Run("Greeting/ID").data  (in Python)',
    ]


def test_parameters_come_from_the_command_line_and_the_environment(python: Command) -> None:
    answer = python("greeting.py", "--quiet", "run", "--loud", "True", HEADWATER_RUN_NAMES="eve")
    assert answer.code == 0
    assert answer.out == "[bold]*begin*[/bold]\nhello eve!\nno newline"
    assert answer.lines == ["done", "Greeting/ID succeeded in TIME: 4 tasks."]


def test_an_option_of_ours_yields_to_a_parameter_of_its_name_and_stands_before_the_command(python: Command) -> None:
    answer = python("greeting.py", "--json", "run", "--json", "3")
    events = [json.loads(line) for line in answer.out.splitlines()]
    assert answer.code == 0
    assert (events[0]["event"], events[-1]["event"]) == ("run-started", "run-ended")
    assert events[-1]["outcome"] == "succeeded"
    assert {event["text"] for event in events if event["event"] == "task-output"} >= {"hello ann", "no newline"}
    assert answer.err == ""


def test_a_failed_run_shows_the_authors_lines_and_resumes_with_one_command(python: Command, tmp_path: Path) -> None:
    answer = python("failing.py", "run")
    assert answer.code == 1
    assert [line.replace(str(tmp_path), "") for line in answer.lines if "kept in" not in line] == [
        "Failing/ID begins.",
        "start  done in TIME",
        "work/0 failed in attempt 0, runs again: ZeroDivisionError: division by zero",
        "work/0 failed in attempt 1: ZeroDivisionError: division by zero",
        "  failing.py:22 in work",
        '      self.result = divide(*[1, 0], note="*")',
        "                    ^^^^^^^^^^^^^^^^^^^^^^^^^",
        "  failing.py:8 in divide",
        "      return numbers[0] / numbers[1]",
        "             ^^^^^^^^^^^^^^^^^^^^^^^",
        "  Log:     headwater logs Failing/ID/work/0",
        "Failing/ID failed after TIME: 1 task done, 1 retried, failed: work/0.",
        "  Resume:  python failing.py resume --origin-run-id ID",
    ]
    (tmp_path / "repaired").touch()
    command = next(line for line in answer.err.splitlines() if "Resume:" in line).split("python ")[1]
    resumed = python(*command.split())
    assert resumed.code == 0
    assert resumed.lines[0] == "Failing/ID resumes Failing/ID, taking over 1 task."
    assert resumed.lines[-3] == "Failing/ID succeeded in TIME: 2 tasks, 1 taken over."


def test_a_parameter_given_to_resume_is_refused_with_the_values_of_the_origin(python: Command) -> None:
    python("failing.py", "--quiet", "run", "--depth", "5")
    answer = python("failing.py", "resume", "--depth", "3")
    assert answer.code == 2
    assert "resume takes no parameters (--depth)" in answer.err
    assert "depth = 5" in answer.err


def test_a_reader_that_leaves_early_does_not_stop_the_run(python: Command, tmp_path: Path) -> None:
    environ = {**os.environ, "HEADWATER_DATASTORE_ROOT": str(tmp_path / "root")}
    reading, writing = os.pipe()
    os.close(reading)
    done = subprocess.run(
        [sys.executable, "greeting.py", "run"],
        cwd=tmp_path,
        env=environ,
        stdout=writing,
        stderr=subprocess.PIPE,
        text=True,
        check=False,
    )
    os.close(writing)
    assert done.returncode == 0
    assert "succeeded" in done.stderr
    assert "Broken" not in done.stderr


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_an_interrupted_run_ends_cleanly(
    python: Command, tmp_path: Path, environ: dict[str, str], number: signal.Signals, code: int
) -> None:
    with subprocess.Popen(
        [sys.executable, "waiting.py", "run"],
        cwd=tmp_path,
        env=environ,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        # a shell that runs its tests in the background makes them ignore Ctrl-C
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        process.send_signal(number)
        _, err = process.communicate(timeout=60)
    assert process.returncode == code
    assert "was interrupted after" in err
    assert "Resume:  python waiting.py resume --origin-run-id" in err
    assert "Traceback" not in err
