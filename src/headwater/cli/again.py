"""What is shown of a step that runs again: what it prints as it comes, then how it went and what came out otherwise."""

import sys
from collections.abc import Sequence
from contextlib import ExitStack
from typing import Any, Self

from headwater.cli import colours
from headwater.cli.commands import Shared
from headwater.cli.failures import failed_lines
from headwater.cli.json import to_line
from headwater.cli.output import OutputView
from headwater.cli.streams import Sink
from headwater.cli.tally import Tally
from headwater.cli.views import stdout_of_our_own
from headwater.compare.model import Change, ValueChange
from headwater.compare.text import value_lines
from headwater.records.task import Outcome, TaskRecord
from headwater.scheduler.events import Event, TaskFailed
from headwater.wording import number


class AgainView:
    """A listener of one attempt. With --json what it prints goes to stderr, and stdout has the one document."""

    def __init__(self, shared: Shared, full_traceback: bool, in_process: bool) -> None:
        """`in_process`: the step prints where we do."""
        self._shared = shared
        self._full_traceback = full_traceback
        self._own_stdout = shared.json and in_process
        self._stack = ExitStack()

    def __enter__(self) -> Self:
        stream = self._stack.enter_context(stdout_of_our_own()) if self._own_stdout else sys.stdout
        self._stdout, self._stderr = Sink(stream), Sink(sys.stderr)
        self._output = OutputView(self._stderr if self._shared.json else self._stdout, self._stderr, Tally())
        return self

    def __exit__(self, *exc: object) -> None:
        self._output.close()
        self._stack.close()

    def __call__(self, event: Event) -> None:
        self._output(event)
        if isinstance(event, TaskFailed):
            self._output.close()
            for line in failed_lines(event.record, self._full_traceback)[:-1]:
                self._stderr.line(line)

    def tell(self, answer: dict[str, Any] | list[str]) -> None:
        """The result: a document on stdout, or lines on stderr."""
        self._output.close()
        if isinstance(answer, dict):
            self._stdout.write(to_line(answer))
        elif not self._shared.quiet:
            paint = colours.mark if self._stderr.is_terminal and colours.wanted() else str
            for line in answer:
                self._stderr.line(paint(line))


def change_lines(changes: Sequence[ValueChange], after: TaskRecord, before: TaskRecord | None) -> list[str]:
    """What was written otherwise, what was written alike, and where the step goes on."""
    lines = [f"  {line}" for line in value_lines([one for one in changes if one.change is not Change.SAME])]
    same = [one.name for one in changes if one.change is Change.SAME]
    if same:
        lines.append(f"  the same: {', '.join(same)}")
    if not changes and after.outcome is not Outcome.FAILED:
        lines.append("  it wrote no artifact")
    return [*lines, *_way_lines(after, before)]


def _way_lines(after: TaskRecord, before: TaskRecord | None) -> list[str]:
    now, then = _way(after), _way(before) if before is not None else ""
    if not now:
        return []
    return [f"  next: {now}" if then in ("", now) else f"  next: {then} → {now}"]


def _way(record: TaskRecord) -> str:
    """`score, 12 tasks`; empty for the last step, and for one that failed."""
    transition = record.transition
    if transition is None:
        return ""
    steps = ", ".join(transition.steps)
    return f"{steps}, {number(transition.splits)} tasks" if transition.splits is not None else steps
