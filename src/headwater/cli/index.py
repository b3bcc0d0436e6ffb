"""`headwater index rebuild`: make the index anew from the documents of a root.

With --json one document: root, runs (how many there are, imported ones among them), damaged: key and reason of each
that cannot be read.
"""

import sys

import click

from headwater.cli.commands import Shared, command_with
from headwater.cli.errors import DONE, FAILED, say
from headwater.cli.json import to_line
from headwater.cli.reading import reader_of
from headwater.cli.streams import Sink
from headwater.metadata.rebuild import rebuild
from headwater.wording import counted, plain


def command() -> click.Command:
    group = click.Group("index", help="Look after the index of a root.")
    group.add_command(
        command_with(
            "rebuild",
            rebuild_index,
            shown={"--json", "--quiet", "--datastore-root"},
            help="Make the index anew from the documents of the root.",
        )
    )
    return group


def rebuild_index(shared: Shared) -> int:
    reader = reader_of(shared)
    damaged = rebuild(reader.index, reader.storage)
    for history in reader.histories:
        history.index.clear()
    reader.refresh()
    runs = sum(len(index.run_ids()) for index in (reader.index, *(history.index for history in reader.histories)))
    if shared.json:
        problems = [one._asdict() for one in damaged]
        Sink(sys.stdout).write(to_line({"root": reader.root, "runs": runs, "damaged": problems}))
        return FAILED if damaged else DONE
    for problem in damaged:
        say(plain(str(problem)))
    if not shared.quiet:
        say(f"{counted(runs, 'run')} in the index of {reader.root}.")
    return FAILED if damaged else DONE
