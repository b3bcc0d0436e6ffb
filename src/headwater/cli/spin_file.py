"""`headwater spin FILE[:Class] STEP ...`: the flow's own `spin`, for a file that is not run as a script."""

import click

from headwater.cli.run_file import file_command


def command() -> click.Command:
    return file_command("spin", "Spin a step of the flow in FILE. The options are those of its own `spin`.")
