"""What a run that was started from Python shows: progress as the command line's, or only what the steps print."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager

from headwater import plugins
from headwater.cli.commands import Shared
from headwater.cli.output import OutputView
from headwater.cli.streams import Sink
from headwater.cli.tally import Tally
from headwater.cli.views import View, open_view
from headwater.runner.interactive import is_notebook
from headwater.runner.options import Isolation
from headwater.scheduler.events import Listener


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
    view = OutputView(Sink(sys.stdout), Sink(sys.stderr), Tally())
    try:
        yield view
    finally:
        view.close()
