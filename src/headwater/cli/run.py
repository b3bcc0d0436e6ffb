"""`run` of a flow."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from headwater.cli.commands import SHARED, Shared, command_with
from headwater.cli.config_options import config_options
from headwater.cli.decorator_options import decorator_options, read_environment
from headwater.cli.defaults import flow_folder
from headwater.cli.flow_options import read_choices
from headwater.cli.parameters import given_values, parameter_options
from headwater.cli.params_file import NAME as PARAMS
from headwater.cli.params_file import params_option, read_params
from headwater.cli.run_options import namespace_option, read_options, run_options, watch_options
from headwater.cli.views import open_view
from headwater.flow.build import build_graph
from headwater.flow.spec import FlowSpec
from headwater.plugins import load
from headwater.runner.options import Isolation, RunOptions, RunResult
from headwater.runner.run import resume_flow, run_flow
from headwater.scheduler.events import Listener
from headwater.settings import Settings, resolve_settings

Start = Callable[[RunOptions, Settings, Listener], RunResult]


def command(cls: type[FlowSpec]) -> click.Command:
    parameters = parameter_options(cls)
    taken = frozenset(name for option in parameters for name in option.opts)

    late = decorator_options(cls, taken, late=True)

    def run(shared: Shared, **values: Any) -> int:
        if values.get("hw_watch"):
            return load("face", "watching")(cls, shared, values)  # type: ignore[no-any-return]  # the table has no types
        if values.get("hw_only_check"):
            build_graph(cls)
            return 0
        ctx = click.get_current_context()
        if values.get("hw_continue"):
            again, origin = values.get("hw_again"), values["hw_continue"]
            return execute(cls, shared, values, lambda *how: _go_on(cls, again, origin, *how))
        given = read_params(values.get(PARAMS), cls, ctx) | given_values(ctx, cls)
        return execute(cls, shared, values, lambda *how: run_flow(cls, given, *how))

    return command_with(
        "run",
        run,
        [
            *parameters,
            *params_option(parameters),
            *(option for option in config_options(cls) if option.opts[0] not in taken),
            *run_options(taken),
            *namespace_option(taken),
            *watch_options(taken),
            *late,
        ],
        taken=taken,
        shown=SHARED,
        help="Run the flow.",
    )


def _go_on(
    cls: type[FlowSpec], again: str | None, origin: str, options: RunOptions, settings: Settings, listener: Listener
) -> RunResult:
    """What a run that is watched does after a change: a new run, with what still holds of the one before."""
    choices = options.choices._replace(config_files={}, config_values={})  # which are the origin's
    return resume_flow(cls, again or None, origin, options._replace(choices=choices), settings, listener)


def execute(cls: type[FlowSpec], shared: Shared, values: dict[str, Any], start: Start) -> int:
    """Run or resume with a view on it; the exit code."""
    if values.get("hw_pdb"):
        shared = in_foreground(shared)
    settings = resolve_settings(os.environ, Path.cwd(), shared.datastore_root, flow_folder(cls))
    with open_view(shared, settings.datastore_root, values.get("hw_full_traceback", False)) as view:
        ctx = click.get_current_context()
        options = read_options(shared, values)._replace(choices=read_choices(ctx), environment=read_environment(ctx))
        return start(options, settings, view).exit_code


def in_foreground(shared: Shared) -> Shared:
    """The same, with steps in this process, where the debugger is; UsageError when another isolation was asked for."""
    if shared.isolation not in (None, Isolation.NONE):
        raise click.UsageError(
            f"--pdb needs the steps in this process, and --isolation {shared.isolation.value} was asked for. "
            "Leave one of them out."
        )
    return shared._replace(isolation=Isolation.NONE)
