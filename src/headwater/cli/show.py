"""`headwater show`: what a pathspec names: a flow, a run, a step, a task or an artifact.

With --json one document, by what it is: docs/reference/json-reading.md has the fields.
"""

import sys
from collections.abc import Callable

import click

from headwater.cli.answer import Answer
from headwater.cli.commands import Shared, command_with
from headwater.cli.json import to_line
from headwater.cli.pager import show_lines, terminal_width
from headwater.cli.reading import find, reader_of
from headwater.cli.show_artifact import show_artifact
from headwater.cli.show_run import show_flow, show_run
from headwater.cli.show_task import show_step, show_task
from headwater.cli.streams import Sink
from headwater.client.reader import Reader
from headwater.names import Pathspec

_BY_PARTS: dict[int, Callable[[Reader, Pathspec, int | None], Answer]] = {
    1: show_flow,
    2: show_run,
    3: show_step,
    4: show_task,
    5: show_artifact,
}


def command() -> click.Command:
    return command_with(
        "show",
        show,
        [click.Argument(["pathspec"], metavar="FLOW[/RUN[/STEP[/TASK[/ARTIFACT]]]]")],
        shown={"--json", "--datastore-root"},
        help="Show a flow, a run, a step, a task or an artifact. RUN may be `latest` or `latest-success`.",
    )


def show(shared: Shared, pathspec: str) -> None:
    reader = reader_of(shared)
    place = find(reader, pathspec)
    answer = _BY_PARTS[len(place.parts)](reader, place, terminal_width())
    if shared.json:
        Sink(sys.stdout).write(to_line(answer.document()))
    else:
        show_lines(list(answer.lines()))
