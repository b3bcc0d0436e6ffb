"""`version`: which Headwater this is.

With --json one document: version.
"""

import sys

import click

from headwater.cli.commands import Shared, command_with
from headwater.cli.json import to_line
from headwater.cli.streams import Sink
from headwater.version import __version__


def command(*_target: object) -> click.Command:
    def version(shared: Shared) -> None:
        out = Sink(sys.stdout)
        if shared.json:
            out.write(to_line({"version": __version__}))
        else:
            out.line(__version__)

    return command_with("version", version, shown={"--json"}, help="Say which Headwater this is.")
