from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

from headwater.cli.json import JsonView, event_documents, to_line
from headwater.records.log import Stream
from headwater.scheduler.events import Event, HookEnded, HookOutput, Notice
from run_events import REFERENCE, validator

if TYPE_CHECKING:
    from unit.cli.conftest import Happenings, Screen


def every_event(happen: Happenings) -> list[Event]:
    return [
        happen.run_started(),
        happen.added("train", 3),
        happen.started("train", "1"),
        happen.printed("train", "1", "one\n", "two"),
        happen.retried("train", "1"),
        happen.ended("train", "1"),
        happen.failed("train", "2"),
        Notice("look out"),
        HookOutput("tell", Stream.STDOUT, b"told"),
        HookEnded("tell", 0.25, ""),
        happen.run_ended(),
    ]


def test_every_line_is_one_document_that_says_what_happened(screen: Screen, happen: Happenings) -> None:
    view = JsonView(screen.stdout)
    for event in every_event(happen):
        view(event)
    view.close()
    documents = [json.loads(line) for line in screen.out.splitlines()]
    assert [document["event"] for document in documents] == [
        "run-started",
        "tasks-added",
        "task-started",
        "task-output",
        "task-output",
        "task-retried",
        "task-ended",
        "task-failed",
        "notice",
        "hook-output",
        "hook-ended",
        "run-ended",
    ]
    assert screen.err == ""


def test_output_keeps_its_stream_and_whether_the_line_is_whole(happen: Happenings) -> None:
    (document,) = event_documents(happen.printed("train", "1", "half", stream=Stream.STDERR))
    assert document == {
        "event": "task-output",
        "step": "train",
        "task_id": "1",
        "attempt": 0,
        "stream": "stderr",
        "at": 1000.0,
        "text": "half",
        "complete": False,
    }


def test_every_event_is_as_the_schema_says(happen: Happenings) -> None:
    check = validator()
    for event in every_event(happen):
        for document in event_documents(event):
            assert list(check.iter_errors(json.loads(to_line(document)))) == []


def test_the_schema_and_the_page_describe_the_same_fields() -> None:
    definitions = json.loads((REFERENCE / "run-events.schema.json").read_text())["$defs"]
    page = (REFERENCE / "json.md").read_text()
    for name, definition in definitions.items():
        if "properties" in definition:
            section = re.split(rf"^##+ {name}$", page, flags=re.MULTILINE)[1].partition("\n#")[0]
            described = set(re.findall(r"^\| `(\w+)` \|", section, re.MULTILINE))
            assert described == set(definition["properties"]) - {"event"}, name


def test_each_event_has_every_field_that_the_schema_promises(happen: Happenings) -> None:
    definitions = json.loads((REFERENCE / "run-events.schema.json").read_text())["$defs"]
    seen = set()
    for event in every_event(happen):
        for document in event_documents(event):
            seen.add(document["event"])
            assert set(document) == set(definitions[document["event"]]["properties"])
    assert seen == {name for name, one in definitions.items() if "event" in one.get("properties", {})}
