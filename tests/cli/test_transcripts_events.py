"""The events of real runs, held against the schema that is promised."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from run_events import validator

if TYPE_CHECKING:
    from cli.conftest import Command


def events_of(python: Command, *arguments: str, code: int = 0) -> list[dict[str, Any]]:
    answer = python(*arguments)
    assert answer.code == code, answer.err
    return [json.loads(line) for line in answer.out.splitlines()]


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (["greeting.py", "--json", "run"], 0),
        (["greeting.py", "--json", "--isolation", "spawn", "run"], 0),
        (["greeting.py", "--json", "--isolation", "none", "run"], 0),
        (["failing.py", "run", "--json"], 1),
        (["failing.py", "--with", "catch", "run", "--json"], 0),
    ],
)
def test_every_event_of_a_run_is_as_the_schema_says(python: Command, arguments: list[str], code: int) -> None:
    check = validator()
    for event in events_of(python, *arguments, code=code):
        assert list(check.iter_errors(event)) == []


def test_of_an_attempt_the_start_comes_before_its_output_and_its_end_after(python: Command) -> None:
    events = events_of(python, "greeting.py", "--json", "run")
    assert (events[0]["event"], events[-1]["event"]) == ("run-started", "run-ended")
    told: dict[tuple[str, str], list[str]] = {}
    for event in events:
        if "task_id" in event:
            told.setdefault((event["step"], event["task_id"]), []).append(event["event"])
    for kinds in told.values():
        assert (kinds[0], kinds[-1]) == ("task-started", "task-ended")


def test_a_failure_tells_what_was_behind_it_and_what_the_step_had_read(python: Command) -> None:
    events = events_of(python, "failing.py", "run", "--json", code=1)
    (failure,) = [event["failure"] for event in events if event["event"] == "task-failed"]
    assert failure["type"] == "ZeroDivisionError"
    assert [frame[2] for frame in failure["frames"] if frame[4]] == ["work", "divide"]


def test_a_resumed_run_says_what_it_took_over(python: Command) -> None:
    events_of(python, "failing.py", "run", "--json", code=1)
    events = events_of(python, "failing.py", "resume", "--json", code=1)
    assert events[0]["taken_over"] == 1
    assert events[0]["origin_run_id"]
