"""What a run that was started from Python shows: progress as the command line's, or only what the steps print."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager

from headwater import plugins
from headwater.cli.commands import Shared
from headwater.cli.output import TaskPrinter
from headwater.cli.streams import Sink
from headwater.cli.tally import Tally
from headwater.cli.views import View, open_view
from headwater.runner.interactive import is_notebook
from headwater.runner.options import Isolation
from headwater.scheduler.events import Event, Listener, Notice, TaskEnded, TaskFailed, TaskOutput, TaskRetried
from headwater.wording import plain


class OutputView:
    """What the tasks print, on their own streams, and on stderr what a person should know."""

    def __init__(self, stdout: Sink, stderr: Sink) -> None:
        self._stderr = stderr
        self._tally = Tally()
        self._printer = TaskPrinter(stdout, stderr, self._tally)

    def __call__(self, event: Event) -> None:
        self._tally.add(event)
        match event:
            case TaskOutput():
                self._printer.show(event)
            case TaskEnded(record) | TaskFailed(record):
                self._printer.finish_task(record.step, record.task_id)
            case TaskRetried(spec):
                self._printer.finish_task(spec.step, spec.task_id)
            case Notice(message):
                self._printer.finish_lines()
                for line in plain(message).splitlines():
                    self._stderr.line(line)

    def close(self) -> None:
        self._printer.finish_lines()


@contextmanager
def open_watch(root: str, quiet: bool, isolation: Isolation | None) -> Iterator[Listener]:
    """The listener of one run."""
    if not quiet and is_notebook():
        shown: View = plugins.load("face", "notebook")()
        try:
            yield shown
        finally:
            shown.close()
        return
    if not quiet:
        with open_view(Shared(isolation=isolation), root, full_traceback=False) as listener:
            yield listener
        return
    view = OutputView(Sink(sys.stdout), Sink(sys.stderr))
    try:
        yield view
    finally:
        view.close()
