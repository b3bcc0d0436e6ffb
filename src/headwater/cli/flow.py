"""`python flow.py ...`: what `FlowSpec()` in an author's script calls."""

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import NoReturn

import click

from headwater.cli.commands import COMPLETE_VARIABLE, Entry, LazyGroup
from headwater.cli.defaults import flow_folder, option_defaults
from headwater.cli.errors import guarded, leave
from headwater.cli.flow_options import flow_options, read_choices
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
    "package": Entry("headwater.cli.package", "Look at the code that a run would keep."),
    "output-dot": Entry("headwater.cli.output_dot", "Print the graph for Graphviz.", needs_configs=True),
    "output-raw": Entry("headwater.cli.output_raw", "Print the graph as Headwater holds it.", needs_configs=True),
    "tag": Entry("headwater.cli.tag", "Change and list the tags of runs."),
    "card": Entry("headwater.cli.card", "Show, list and make the cards of tasks."),
    "version": Entry("headwater.cli.version", "Say which Headwater this is."),
    "help": Entry("headwater.cli.help", "Show this message."),
}


def main(cls: type[FlowSpec]) -> NoReturn:
    """Run the command line of a flow and end the process with its exit code."""
    adopt_main(cls)
    leave(run_flow_command(cls, sys.argv[1:], f"python {Path(sys.argv[0]).name}"))


class FlowGroup(LazyGroup):
    """The commands of a flow; those that need its configs are made from the flow as it runs."""

    def argument_for(self, ctx: click.Context, entry: Entry) -> Sequence[object]:
        argument = super().argument_for(ctx, entry)
        if not entry.needs_configs:
            return argument
        return [resolve_flow(cls, read_choices(ctx)) for cls in argument if isinstance(cls, type)]


def make_group(cls: type[FlowSpec]) -> LazyGroup:
    defaults = option_defaults(flow_folder(cls))
    group = FlowGroup(COMMANDS, (cls,), default="check", defaults=defaults, help=cls.__doc__, name=cls.__name__)
    group.params.extend(flow_options(cls))
    return group


def run_flow_command(cls: type[FlowSpec], arguments: list[str], program: str) -> int:
    """One command of a flow; its exit code."""

    def command() -> int | None:
        code: int | None = make_group(cls).main(arguments, program, COMPLETE_VARIABLE, standalone_mode=False)
        return code

    return guarded(command)
