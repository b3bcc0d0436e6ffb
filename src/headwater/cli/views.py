"""Which view of a run fits where we write to."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Protocol, TextIO

from headwater import plugins
from headwater.cli.commands import Shared
from headwater.cli.json import JsonView
from headwater.cli.progress import PlainView
from headwater.cli.streams import Sink
from headwater.runner.options import Isolation
from headwater.scheduler.events import Event, Listener


class View(Protocol):
    """Is told what happens, and closed at the end."""

    def __call__(self, event: Event) -> None: ...

    def close(self) -> None: ...


@contextmanager
def open_view(shared: Shared, root: str, full_traceback: bool) -> Iterator[Listener]:
    """JSON if asked for; on a terminal a live view; else plain lines."""
    if shared.json and shared.isolation is Isolation.NONE:
        with stdout_of_our_own() as stream:
            yield JsonView(Sink(stream))
        return
    stdout, stderr = Sink(sys.stdout), Sink(sys.stderr)
    if shared.json:
        view: View = JsonView(stdout)
    elif _is_live(shared, stderr):
        # By the table: rich is large, and a run that nobody watches does without.
        view = plugins.load("face", "live")(stdout, root, full_traceback)
    else:
        view = PlainView(
            stdout, stderr, root, shared.quiet, full_traceback, threads=shared.isolation is not Isolation.NONE
        )
    try:
        yield view
    finally:
        view.close()


@contextmanager
def stdout_of_our_own() -> Iterator[TextIO]:
    """Where the steps run in this process they print on its stdout: that goes to stderr, so that events stand alone."""
    sys.stdout.flush()
    place = sys.stdout.fileno()
    with os.fdopen(os.dup(place), "w") as stream:
        os.dup2(sys.stderr.fileno(), place)
        try:
            yield stream
        finally:
            sys.stdout.flush()
            os.dup2(stream.fileno(), place)


def _is_live(shared: Shared, stderr: Sink) -> bool:
    """A live view needs a terminal to itself: not one that a debugger in a step would use."""
    dumb = os.environ.get("TERM", "") in ("", "dumb", "unknown")
    return stderr.is_terminal and not (dumb or shared.quiet or shared.isolation is Isolation.NONE)
