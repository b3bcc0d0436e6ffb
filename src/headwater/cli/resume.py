"""`resume` of a flow: what succeeded in an earlier run is taken over, the rest runs."""

import os
from contextlib import suppress
from typing import Any

import click

from headwater.artifacts.describe import describe
from headwater.cli.commands import SHARED, Shared, command_with, read_shared
from headwater.cli.config_options import read_config_options
from headwater.cli.decorator_options import decorator_options
from headwater.cli.metaflow_options import refused_options
from headwater.cli.parameters import parameter_options
from headwater.cli.reading import reader_of
from headwater.cli.run import execute
from headwater.cli.run_options import run_options
from headwater.errors import HeadwaterError
from headwater.flow.spec import FlowSpec
from headwater.runner.run import resume_flow
from headwater.settings import find_user


def command(cls: type[FlowSpec]) -> click.Command:
    def resume(shared: Shared, hw_step: str | None, hw_origin_run_id: str | None, **values: Any) -> int:
        files, given = read_config_options(click.get_current_context())
        if files or given:
            raise click.UsageError(
                f"resume takes no configs ({', '.join([*files, *given])}): a resumed run has those of its origin. "
                "To run with others: run --config NAME FILE"
            )
        return execute(cls, shared, values, lambda *how: resume_flow(cls, hw_step, hw_origin_run_id, *how))

    return command_with(
        "resume",
        resume,
        [
            click.Argument(["hw_step"], required=False, metavar="[STEP]"),
            click.Option(
                ["hw_origin_run_id", "--origin-run-id"], metavar="ID", help="The run to resume; else your newest."
            ),
            *run_options(),
            *decorator_options(cls, late=True),
            *refused_options(),
        ],
        help="Run again what failed, or STEP and what follows it; take over what succeeded.",
        shown=SHARED,
        kind=_command_for(cls),
    )


def _command_for(cls: type[FlowSpec]) -> type[click.Command]:
    """A command that says why a flow's parameter is not among its options."""
    names = frozenset(name for option in parameter_options(cls) for name in option.opts)

    class ResumeCommand(click.Command):
        def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
            try:
                return super().parse_args(ctx, args)
            except click.NoSuchOption as exc:
                if exc.option_name not in names:
                    raise
                raise click.UsageError(_refusal(cls, exc.option_name, ctx), ctx) from exc

    return ResumeCommand


def _refusal(cls: type[FlowSpec], option: str, ctx: click.Context) -> str:
    """Why a parameter cannot be given, with the values that the resumed run would have."""
    which = ""
    with suppress(HeadwaterError):  # what stands in the way of reading the origin is not what was asked
        reader = reader_of(read_shared(ctx))
        origin = reader.latest(cls.__name__, f"user:{find_user(os.environ)}")
        values = reader.run_record(origin.flow, origin.run_id).parameters
        listed = ", ".join(f"{name} = {describe(ref)}" for name, ref in sorted(values.items()))
        which = f" Those of {origin.flow}/{origin.run_id}: {listed}."
    return (
        f"resume takes no parameters ({option}): a resumed run has the values of its origin.{which} "
        f"To run with other values: run {option} ..."
    )
