"""`headwater replay`: a past task once more, on its own inputs and its own code, in the foreground; nothing is kept.

With --json one document: pathspec, attempt, code (then or now), outcome and failure (now), before: {outcome, failure},
artifacts: a list of what either attempt wrote, each with name, change (same, changed, added, removed), facts, before
and after as in `headwater diff --json`. What the step prints goes to stderr then.
"""

import os
from pathlib import Path
from typing import Any

import click

from headwater.artifacts.telling import first_line
from headwater.cli.again import AgainView, change_lines
from headwater.cli.commands import Shared, command_with
from headwater.cli.debugger import open_debugger, stopping
from headwater.cli.reading import find, reader_of
from headwater.records.task import Outcome, TaskRecord
from headwater.runner.replay import CodeOf, Replay, Replayed, find_past, replay_task
from headwater.scheduler.events import TaskFailed
from headwater.settings import resolve_settings
from headwater.wording import duration


def command() -> click.Command:
    return command_with(
        "replay",
        replay,
        [
            click.Argument(["pathspec"], metavar="FLOW/RUN/STEP[/TASK]"),
            click.Option(["pdb", "--pdb"], is_flag=True, help="Open the debugger where the step fails."),
            click.Option(["stop", "--stop"], is_flag=True, help="Open the debugger at the step's first line."),
            click.Option(
                ["attempt", "--attempt"], type=click.IntRange(min=0), metavar="N", help="This attempt; else the last."
            ),
            click.Option(
                ["code", "--code"],
                type=click.Choice([one.value for one in CodeOf]),
                default=CodeOf.THEN.value,
                show_default=True,
                help="The code that the run kept, or the file as it is.",
            ),
            click.Option(["file", "--file"], metavar="FILE", help="Where the flow is now, if it was moved."),
            click.Option(["full_traceback", "--full-traceback"], is_flag=True, help="Show all frames of a failure."),
        ],
        shown={"--json", "--quiet", "--datastore-root"},
        help="Run a past task again on its own inputs and its own code, in this process, and compare what comes out. "
        "Nothing is written to it. RUN may be `latest` or `latest-success`; of a STEP, the first task that failed.",
    )


def replay(
    shared: Shared,
    pathspec: str,
    pdb: bool,
    stop: bool,
    attempt: int | None,
    code: str,
    file: str | None,
    full_traceback: bool,
) -> int:
    if file is not None and code != CodeOf.NOW.value:
        raise click.UsageError("--file names the flow as it is now. Give --code now with it.")
    if shared.json and (pdb or stop):
        raise click.UsageError("--json answers a program, and a debugger a person. Leave one of them out.")
    reader = reader_of(shared)
    settings = resolve_settings(os.environ, Path.cwd(), reader.root)
    past = find_past(reader, str(find(reader, pathspec)), settings.user, attempt)
    how = Replay(attempt, CodeOf(code), file, open_debugger if pdb else None, pdb or stop, stopping if stop else None)
    with AgainView(shared, full_traceback, in_process=True) as view:
        done = replay_task(reader, past, how, settings, view)
        with done.folder:
            if done.record.outcome is Outcome.FAILED:
                view(TaskFailed(done.record))
            view.tell(_document(done, code) if shared.json else _lines(done))
    return 1 if done.record.outcome is Outcome.FAILED else 0


def _lines(done: Replayed) -> list[str]:
    before, after = done.past.record, done.record
    took = f"{duration(after.ended_at - after.started_at)} (then {duration(before.ended_at - before.started_at)})"
    return [*change_lines(done.changes, after, before), f"{done.past.pathspec} {_how(before, after)}, in {took}."]


def _how(before: TaskRecord, after: TaskRecord) -> str:
    """`fails as it did`, `succeeds; then it failed: ...`."""
    failed = after.outcome is Outcome.FAILED
    if before.failure is None:
        return "fails; then it succeeded" if failed else "succeeds as it did"
    if not failed:
        verb = "was caught" if before.outcome is Outcome.CAUGHT else "failed"
        return f"succeeds; then it {verb}: {first_line(before.failure)}"
    same = after.failure is not None and after.failure.message == before.failure.message
    return "fails as it did" if same else f"fails otherwise; then: {first_line(before.failure)}"


def _document(done: Replayed, code: str) -> dict[str, Any]:
    before, after = done.past.record, done.record
    return {
        "pathspec": done.past.pathspec,
        "attempt": after.attempt,
        "code": code,
        "outcome": after.outcome.value,
        "failure": after.failure,
        "before": {"outcome": before.outcome.value, "failure": before.failure},
        "artifacts": list(done.changes),
    }
