"""The options that flow decorators offer the command line, before a command and after `run` and `resume`."""

from collections.abc import Container
from typing import Any

import click

from headwater.flow.attached import attached_to
from headwater.flow.flow_decorators import OPTIONS
from headwater.flow.spec import FlowSpec
from headwater.runner.options import ENVIRONMENTS


def decorator_options(cls: type[FlowSpec], taken: Container[str] = (), late: bool = False) -> list[click.Option]:
    """All of them, so that one without its decorator can say so; those that this flow has no use for are hidden.

    `late`: those that stand after a command.
    """
    borne = {name for one in attached_to(cls) for name in OPTIONS.get(one.name, ())}
    options = [
        click.Option(
            ["hw_branch", "--branch"],
            metavar="NAME",
            help="The branch of the project to run in (HEADWATER_BRANCH); else your own.",
        ),
        click.Option(
            ["hw_production", "--production"],
            is_flag=True,
            default=None,
            help="Run in the project's production branch (HEADWATER_PRODUCTION).",
        ),
        click.Option(
            ["hw_trigger", "--trigger"],
            multiple=True,
            metavar="FLOW/RUN",
            help="A run that is to have started this one, to try out @trigger_on_finish; may be repeated.",
        ),
    ]
    for option in options:
        option.hidden = str(option.name).removeprefix("hw_") not in borne
    environment = click.Option(
        ["hw_environment", "--environment"],
        type=click.Choice(ENVIRONMENTS),
        envvar=None if late else "HEADWATER_ENVIRONMENT",
        help="Where steps get their packages: those of this interpreter (local); others do not act yet.",
        hidden=late,
    )
    return [option for option in [*options, environment] if option.opts[0] not in taken]


def read_decorator_options(ctx: click.Context) -> dict[str, Any]:
    """What was said before the command and after it, by the names in Python."""
    found = {}
    for name in (name for names in OPTIONS.values() for name in names):
        said = _said(ctx, f"hw_{name}")
        if said:
            found[name] = said
    return found


def read_environment(ctx: click.Context) -> str:
    """Where steps get their packages from."""
    return str(_said(ctx, "hw_environment") or ENVIRONMENTS[0])


def _said(ctx: click.Context, name: str) -> Any:
    return ctx.params.get(name) or ctx.find_root().params.get(name)
