"""`headwater index rebuild`: make the index anew from the documents of a root."""

import sys

import click

from headwater.cli.commands import Shared, command_with
from headwater.cli.errors import DONE, FAILED
from headwater.cli.reading import reader_of
from headwater.cli.streams import Sink
from headwater.cli.text import counted, plain
from headwater.metadata.rebuild import rebuild


def command() -> click.Command:
    group = click.Group("index", help="Look after the index of a root.")
    group.add_command(
        command_with(
            "rebuild",
            rebuild_index,
            shown={"--datastore-root"},
            help="Make the index anew from the documents of the root.",
        )
    )
    return group


def rebuild_index(shared: Shared) -> int:
    reader = reader_of(shared)
    damaged = rebuild(reader.index, reader.storage)
    for problem in damaged:
        Sink(sys.stderr).line(plain(str(problem)))
    Sink(sys.stdout).line(f"{counted(len(reader.index.run_ids()), 'run')} in the index of {reader.root}.")
    return FAILED if damaged else DONE
