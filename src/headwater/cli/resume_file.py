"""`headwater resume FILE[:Class] ...`: the flow's own `resume`, for a file that is not run as a script."""

import click

from headwater.cli.run_file import file_command


def command() -> click.Command:
    return file_command("resume", "Resume the flow in FILE. The options are those of its own `resume`.")
