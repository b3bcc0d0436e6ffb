"""The `headwater` command."""

import os
import sys
from pathlib import Path
from typing import NoReturn

import click

from headwater.cli.commands import COMPLETE_VARIABLE, Entry, LazyGroup
from headwater.cli.defaults import option_defaults
from headwater.cli.errors import guarded, leave
from headwater.compat.path import activate
from headwater.plugins import load
from headwater.version import __version__

COMMANDS = {
    "run": Entry("headwater.cli.run_file", "Run a flow from its file."),
    "resume": Entry("headwater.cli.resume_file", "Resume a flow from its file."),
    "spin": Entry("headwater.cli.spin_file", "Run one step of a flow from its file."),
    "flows": Entry("headwater.cli.flows", "List flows."),
    "runs": Entry("headwater.cli.runs", "List runs."),
    "show": Entry("headwater.cli.show", "Show a run, a step, a task or an artifact."),
    "replay": Entry("headwater.cli.replay", "Run a past task again, as it was, and compare."),
    "diff": Entry("headwater.cli.diff", "Compare two runs, tasks or artifacts."),
    "tag": Entry("headwater.cli.tag", "Change and list the tags of runs."),
    "card": Entry("headwater.cli.card", "Show, list and make the cards of tasks."),
    "logs": Entry("headwater.cli.logs", "Show what tasks printed, or remove it."),
    "code": Entry("headwater.cli.code", "Show the code of a run, or write it out."),
    "du": Entry("headwater.cli.du", "Show what takes space."),
    "rm": Entry("headwater.cli.rm", "Remove runs, in a way that can be undone."),
    "gc": Entry("headwater.cli.gc", "Remove old runs, and free what nothing refers to."),
    "import": Entry("headwater.cli.imports", "Bring in the runs of another system."),
    "doctor": Entry("headwater.cli.doctor", "Look for what is wrong, and say what to do.", needs_settings=False),
    "configure": Entry("headwater.cli.configure", "Show and change settings.", needs_settings=False),
    "completion": Entry("headwater.cli.completion", "Make a shell complete our commands.", needs_settings=False),
    "compat": Entry("headwater.cli.compat", "Run what was written for Metaflow.", needs_settings=False),
    "index": Entry("headwater.cli.index", "Look after the index of a root."),
    "tensorboard": Entry("headwater.cli.tensorboard", "Show the TensorBoard event files that tasks kept."),
    "version": Entry("headwater.cli.version", "Say which Headwater this is.", needs_settings=False),
    "help": Entry("headwater.cli.help", "Show this message.", needs_settings=False),
}


#: Beside COMPLETE_VARIABLE: the line that a shell completes is that of this flow's file.
FLOW_VARIABLE = "_HEADWATER_FLOW"


def main() -> NoReturn:
    """Run the command line and end the process with its exit code.

    Whatever code of an author's it imports, and whatever it starts, finds Headwater when it asks for `metaflow`.
    """
    activate()
    leave(run_command(sys.argv[1:]))


def run_command(arguments: list[str]) -> int:
    """One command; its exit code."""
    flow = os.environ.get(FLOW_VARIABLE)
    if flow and COMPLETE_VARIABLE in os.environ:
        return guarded(lambda: load("face", "complete-flow")(Path(flow), arguments))
    group = LazyGroup(
        COMMANDS,
        (),
        defaults=option_defaults(Path.cwd()),
        name="headwater",
        help="Machine-learning workflows.",
        no_args_is_help=True,
    )
    group.params.append(_version_option())

    def command() -> int | None:
        code: int | None = group.main(arguments, "headwater", COMPLETE_VARIABLE, standalone_mode=False)
        return code

    return guarded(command)


def _version_option() -> click.Option:
    def show(ctx: click.Context, _option: click.Parameter, asked: bool) -> None:
        if asked:
            click.echo(__version__)
            ctx.exit()

    return click.Option(
        ["--version"],
        is_flag=True,
        is_eager=True,
        expose_value=False,
        callback=show,
        help="Say which Headwater this is.",
    )
