"""`--json`: what happens in a run, one JSON object a line on stdout.

Every field is described in docs/reference/json.md and in the schema beside it, and a test holds events against both.
Fields may be added; none is renamed or removed.
"""

from collections.abc import Iterator, Sequence
from typing import Any

import msgspec

from headwater.cli.streams import Sink
from headwater.records.log import LogLine, Stream
from headwater.records.run import RunRecord
from headwater.records.task import CodeFrame, Failure, TaskRecord, TaskSpec
from headwater.scheduler.events import (
    Event,
    HookEnded,
    HookOutput,
    Notice,
    RunEnded,
    RunStarted,
    TaskEnded,
    TaskFailed,
    TaskOutput,
    TaskRetried,
    TasksAdded,
    TaskStarted,
)

Document = dict[str, Any]

_STREAMS = {Stream.STDOUT: "stdout", Stream.STDERR: "stderr", Stream.NOTE: "note"}


def to_line(document: object) -> bytes:
    return msgspec.json.encode(document) + b"\n"


class JsonView:
    """Writes events as they come."""

    def __init__(self, stdout: Sink) -> None:
        self._stdout = stdout

    def __call__(self, event: Event) -> None:
        self._stdout.write(b"".join(to_line(document) for document in event_documents(event)))

    def close(self) -> None:
        """Nothing is held back."""


def event_documents(event: Event) -> Iterator[Document]:
    """One event as one object, or one a line of output."""
    match event:
        case RunStarted(run, taken_over):
            yield {
                "event": "run-started",
                **_run(run),
                "user": run.user,
                "at": run.created_at,
                **_start(run, taken_over),
            }
        case TasksAdded(step, known):
            yield {"event": "tasks-added", "step": step, "known": known}
        case TaskStarted(spec, at):
            yield {"event": "task-started", **_attempt(spec), "at": at}
        case TaskOutput(spec, lines):
            yield from ({"event": "task-output", **_attempt(spec), **line_document(line)} for line in lines)
        case TaskRetried(spec, failure, due_at):
            yield {"event": "task-retried", **_attempt(spec), "failure": failure_document(failure), "due_at": due_at}
        case TaskEnded(record):
            yield {"event": "task-ended", **_attempt(record), **_ended(record)}
        case TaskFailed(record):
            reason = failure_document(record.failure) if record.failure else None
            yield {"event": "task-failed", **_attempt(record), **_times(record), "failure": reason}
        case Notice(message):
            yield {"event": "notice", "message": message}
        case HookOutput(hook, stream, payload):
            text = payload.decode("utf-8", "backslashreplace")
            yield {"event": "hook-output", "hook": hook, "stream": _STREAMS[stream], "text": text}
        case HookEnded(hook, took_s, problem):
            yield {"event": "hook-ended", "hook": hook, "took_s": took_s, "problem": problem or None}
        case RunEnded(run, end, resume_command):
            yield {
                "event": "run-ended",
                **_run(run),
                "outcome": end.outcome.value,
                "at": end.ended_at,
                "message": end.message,
                "failed": list(end.failed),
                "resume_command": resume_command or None,
            }


def failure_document(failure: Failure) -> Document:
    return {
        "kind": failure.kind.value,
        "message": failure.message,
        "remedy": failure.remedy,
        "type": failure.type,
        "exit_code": failure.exit_code,
        "signal": failure.signal,
        "notes": list(failure.notes),
        "frames": _frames(failure.frames),
        "causes": [
            {
                "relation": cause.relation,
                "type": cause.type,
                "message": cause.message,
                "notes": list(cause.notes),
                "frames": _frames(cause.frames),
            }
            for cause in failure.causes
        ],
        "inputs": [{"name": one.name, "type": one.type, "summary": one.summary} for one in failure.inputs],
    }


def _frames(frames: Sequence[CodeFrame]) -> list[list[object]]:
    return [
        [frame.file, frame.line, frame.function, frame.source, frame.author, frame.column, frame.end_column]
        for frame in frames
    ]


def _run(run: RunRecord) -> Document:
    return {"flow": run.flow, "run_id": run.run_id, "pathspec": f"{run.flow}/{run.run_id}"}


def _start(run: RunRecord, taken_over: int) -> Document:
    return {
        "tags": list(run.tags),
        "parameters": sorted(run.parameters),
        "configs": sorted(run.configs),
        "steps": [spec.step for spec in run.steps],
        "origin_run_id": run.origin_run_id,
        "taken_over": taken_over,
    }


def _attempt(of: TaskSpec | TaskRecord) -> Document:
    return {"step": of.step, "task_id": of.task_id, "attempt": of.attempt}


def line_document(line: LogLine) -> Document:
    return {"stream": _STREAMS[line.stream], "at": line.time, "text": line.text, "complete": line.complete}


def _times(record: TaskRecord) -> Document:
    return {"started_at": record.started_at, "ended_at": record.ended_at}


def _ended(record: TaskRecord) -> Document:
    return {
        "outcome": record.outcome.value,
        **_times(record),
        "artifacts": sorted(record.artifacts),
        "cpu_s": record.usage.cpu_s if record.usage else None,
        "peak_memory": record.usage.peak_memory if record.usage else None,
        "failure": failure_document(record.failure) if record.failure else None,
    }
