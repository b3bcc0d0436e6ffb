"""`python flow.py ...`: what `FlowSpec()` in an author's script calls."""

import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import NoReturn

import click

from headwater.cli.commands import COMPLETE_VARIABLE, Entry, LazyGroup, read_shared
from headwater.cli.config_options import config_lines, configs_first
from headwater.cli.defaults import flow_folder, option_defaults
from headwater.cli.errors import guarded, leave, say
from headwater.cli.flow_options import flow_options, read_choices
from headwater.cli.metaflow_options import ELSEWHERE, idle_notices, idle_options
from headwater.errors import ConfigError
from headwater.flow.load import adopt_main
from headwater.flow.resolve import resolve_flow
from headwater.flow.spec import FlowSpec

COMMANDS = {
    "check": Entry("headwater.cli.check", "Say whether the flow can run (the default).", needs_configs=True),
    "run": Entry("headwater.cli.run", "Run the flow.", needs_configs=True),
    "resume": Entry("headwater.cli.resume", "Run again what failed, and take over what succeeded."),
    "spin": Entry("headwater.cli.spin", "Run one step on the inputs of a past task.", needs_configs=True),
    "show": Entry("headwater.cli.graph", "Show the steps of the flow.", needs_configs=True),
    "logs": Entry("headwater.cli.logs", "Show what tasks printed, or remove it."),
    "dump": Entry("headwater.cli.dump", "Print the artifacts of tasks."),
    "package": Entry("headwater.cli.package", "Look at the code that a run would keep.", needs_configs=True),
    "output-dot": Entry("headwater.cli.output_dot", "Print the graph for Graphviz.", needs_configs=True),
    "output-raw": Entry("headwater.cli.output_raw", "Print the graph as Headwater holds it.", needs_configs=True),
    "tag": Entry("headwater.cli.tag", "Change and list the tags of runs."),
    "card": Entry("headwater.cli.card", "Show, list and make the cards of tasks."),
    "version": Entry("headwater.cli.version", "Say which Headwater this is."),
    "help": Entry("headwater.cli.help", "Show this message."),
}

#: Commands that run steps.
_RUNNING = frozenset({"run", "resume", "spin"})


def main(cls: type[FlowSpec]) -> NoReturn:
    """Run the command line of a flow and end the process with its exit code."""
    adopt_main(cls)
    leave(run_flow_command(cls, sys.argv[1:], f"python {Path(sys.argv[0]).name}"))


class FlowGroup(LazyGroup):
    """The commands of a flow; those that need its configs are made from the flow as it runs."""

    flow: type[FlowSpec]
    _asks_for_help = False

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        if args and args[0] in ELSEWHERE:
            raise click.UsageError(f"Headwater has no command {args[0]!r}. {ELSEWHERE[args[0]]}.", ctx)
        self._asks_for_help = any(word in ctx.help_option_names for word in args)
        found = super().resolve_command(ctx, args)
        self._tell_idle(ctx, found[0])
        return found

    def _tell_idle(self, ctx: click.Context, name: str | None) -> None:
        """What was said in Metaflow's words, on the command line or in the environment, and has no meaning here."""
        notices = idle_notices(ctx)
        settings = sys.modules.get("headwater.compat.settings")  # there where the flow has imported `metaflow`
        if settings is not None and name in _RUNNING and (unused := settings.unused_settings()):
            notices.append(f"Settings of Metaflow's without a meaning here: {', '.join(unused)}.")
        if not read_shared(ctx).quiet:
            for notice in notices:
                say(notice)

    def argument_for(self, ctx: click.Context, entry: Entry) -> Sequence[object]:
        argument = super().argument_for(ctx, entry)
        if not entry.needs_configs:
            return argument
        return [self._resolved(cls, ctx) for cls in argument if isinstance(cls, type)]

    def _resolved(self, cls: type[FlowSpec], ctx: click.Context) -> type[FlowSpec]:
        try:
            return resolve_flow(cls, read_choices(ctx))
        except ConfigError as exc:
            if self._asks_for_help or COMPLETE_VARIABLE in os.environ:  # what is known helps too
                return cls
            raise click.UsageError(str(exc), ctx) from exc

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        return super().parse_args(ctx, configs_first(self.flow, args))

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        if lines := config_lines(self.flow):
            with formatter.section("Configs"):
                formatter.write_dl(lines)
        super().format_options(ctx, formatter)


def make_group(cls: type[FlowSpec]) -> LazyGroup:
    defaults = option_defaults(flow_folder(cls))
    group = FlowGroup(COMMANDS, (cls,), default="check", defaults=defaults, help=cls.__doc__, name=cls.__name__)
    group.flow = cls
    group.params.extend([*flow_options(cls), *idle_options()])
    return group


def run_flow_command(cls: type[FlowSpec], arguments: list[str], program: str) -> int:
    """One command of a flow; its exit code."""

    def command() -> int | None:
        code: int | None = make_group(cls).main(arguments, program, COMPLETE_VARIABLE, standalone_mode=False)
        return code

    return guarded(command)
