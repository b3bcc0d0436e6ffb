"""`help`: the same as `--help`."""

import sys

import click

from headwater.cli.commands import Shared, command_with
from headwater.cli.streams import Sink


def command(*_target: object) -> click.Command:
    def show_help(shared: Shared) -> None:
        parent = click.get_current_context().parent
        if parent is not None:
            Sink(sys.stdout).line(parent.get_help())

    return command_with("help", show_help, help="Show all commands.")
