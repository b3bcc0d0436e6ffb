"""Every command can answer in JSON, and its file says what."""

import inspect
from collections.abc import Iterator
from importlib import import_module

import click
import pytest

from headwater.cli import flow, main
from headwater.flow.spec import FlowSpec

#: What answers with text alone: a picture's source, help.
_TEXT_ALONE = {"output-dot", "help"}
#: What tells the events of a run, which have a page and a schema of their own.
_EVENTS = {"run", "resume"}
#: What hands everything to the flow's own command.
_OF_FILES = {"headwater.cli.run_file", "headwater.cli.resume_file", "headwater.cli.spin_file"}


class Flow(FlowSpec):
    """A flow without parameters."""


_TABLES = ((main.COMMANDS, ()), (flow.COMMANDS, (Flow,)))
_COMMANDS = [
    pytest.param(name, entry.module, argument, id=f"{entry.module.rpartition('.')[2]}-{name}")
    for table, argument in _TABLES
    for name, entry in table.items()
]


def _leaves(command: click.Command) -> Iterator[click.Command]:
    if isinstance(command, click.Group):
        for inner in command.commands.values():
            yield from _leaves(inner)
    else:
        yield command


def _shows_json(command: click.Command) -> bool:
    return any("--json" in param.opts and not getattr(param, "hidden", False) for param in command.params)


@pytest.mark.parametrize(("name", "module", "argument"), _COMMANDS)
def test_a_command_answers_in_json_and_its_file_says_how(name: str, module: str, argument: tuple[type, ...]) -> None:
    if name in _TEXT_ALONE or module in _OF_FILES:
        return
    found = import_module(module)
    for leaf in _leaves(found.command(*argument)):
        assert _shows_json(leaf), f"{name} {leaf.name} does not offer --json"
    if name not in _EVENTS:
        assert "\nWith --json" in (inspect.getdoc(found) or ""), f"{module} does not say what {name} --json answers"


def _defaults(command: click.Command) -> Iterator[tuple[str, str]]:
    for leaf in _leaves(command):
        for param in leaf.params:
            if isinstance(param, click.Option):
                yield f"{leaf.name} {param.opts[0]}", param.help or ""


@pytest.mark.parametrize(("name", "module", "argument"), _COMMANDS)
def test_defaults_are_shown_by_click(name: str, module: str, argument: tuple[type, ...]) -> None:
    for option, text in _defaults(import_module(module).command(*argument)):
        assert not text.rstrip().endswith("]"), f"{option} writes its default into its help: use show_default"
