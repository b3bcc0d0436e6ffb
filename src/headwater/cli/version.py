"""`version`: which Headwater this is."""

import sys

import click

from headwater.cli.commands import Shared, command_with
from headwater.cli.streams import Sink
from headwater.version import __version__


def command(*_target: object) -> click.Command:
    def version(shared: Shared) -> None:
        Sink(sys.stdout).line(__version__)

    return command_with("version", version, help="Say which Headwater this is.")
