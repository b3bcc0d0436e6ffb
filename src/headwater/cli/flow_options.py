"""The options of a flow that stand before its commands: files and values of its configs, what its decorators offer."""

import click

from headwater.cli.commands import SPIN
from headwater.cli.config_options import config_options, read_config_options
from headwater.cli.decorator_options import decorator_options, read_decorator_options
from headwater.flow.resolve import Choices
from headwater.flow.spec import FlowSpec


def flow_options(cls: type[FlowSpec]) -> list[click.Option]:
    """Those that this flow has."""
    modes = click.Choice([SPIN])
    mode = click.Option(["hw_mode", "--mode"], type=modes, help="Read spins in place of runs: dump, logs.")
    return [mode, *config_options(cls), *decorator_options(cls)]


def read_choices(ctx: click.Context) -> Choices:
    """What was said in them."""
    files, values = read_config_options(ctx)
    return Choices(config_files=files, config_values=values, options=read_decorator_options(ctx))
