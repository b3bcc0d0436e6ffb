"""Writes the pages of the reference that are made from the commands: `python tools/command_pages.py [FOLDER]`.

docs/reference/commands/headwater.md and flow.md, which are not kept in git: `make docs` makes them anew.
"""

import inspect
import re
import sys
import textwrap
from importlib import import_module
from pathlib import Path

import click

from headwater.cli import flow as flow_commands
from headwater.cli import main as main_commands
from headwater.cli.commands import Entry, LazyGroup
from headwater.flow.spec import FlowSpec

FOLDER = Path(__file__).parents[1] / "docs" / "reference" / "commands"

_HEADWATER = """\
# The `headwater` command

For every root and every flow. `headwater COMMAND --help` says the same in the terminal; `headwater --help` lists the
commands. Options of all commands, before or after their name, are at the [end of the page](#for-all-commands).
"""
_FLOW = """\
# `python flow.py`

What a file can do that holds a flow and ends with `MyFlow()`. Without a command it checks the flow. The parameters of
the flow are options of `run`, by their own names; `python flow.py run --help` shows them. Options of all commands,
before or after their name, are at the [end of the page](#for-all-commands).
"""
_BREAK = re.compile(r"\n\s*\n")


class Flow(FlowSpec):
    """A flow without parameters."""


def write_pages(folder: Path = FOLDER) -> list[Path]:
    """Both pages; where they are."""
    folder.mkdir(parents=True, exist_ok=True)
    ours = LazyGroup(main_commands.COMMANDS, (), name="headwater")
    flows = LazyGroup(flow_commands.COMMANDS, (Flow,), default="check", name="flow.py")
    pages = {
        "headwater.md": (_HEADWATER, ours, main_commands.COMMANDS, "headwater"),
        "flow.md": (_FLOW, flows, flow_commands.COMMANDS, "python flow.py"),
    }
    for name, (head, group, table, program) in pages.items():
        (folder / name).write_text(_page(head, group, table, program), "utf-8")
    return [folder / name for name in pages]


def _page(head: str, group: LazyGroup, table: dict[str, Entry], program: str) -> str:
    root = click.Context(group, info_name=program)
    parts = [head, _contents(table)]
    for name, entry in table.items():
        command = group.get_command(root, name)
        assert command is not None
        parts += _sections(command, click.Context(command, info_name=name, parent=root), 2)
        parts += _json_paragraphs(entry)
    parts += ["## For all commands\n", _parameters(group, root, hidden=False)]
    return "\n".join(parts)


def _contents(table: dict[str, Entry]) -> str:
    rows = [f"| [`{name}`](#{name}) | {_cell(entry.help)} |" for name, entry in table.items()]
    return "\n".join(["| command | what it does |", "| --- | --- |", *rows, ""])


def _sections(command: click.Command, ctx: click.Context, level: int) -> list[str]:
    words = ctx.command_path.removeprefix(ctx.find_root().command_path).strip()
    usage = " ".join(command.get_usage(ctx).removeprefix("Usage:").split())
    parts = [f"{'#' * level} `{words}` {{ #{words.replace(' ', '-')} }}\n", _prose(command.help or "")]
    if isinstance(command, click.Group):
        for name in command.list_commands(ctx):
            inner = command.get_command(ctx, name)
            assert inner is not None
            parts += _sections(inner, click.Context(inner, info_name=name, parent=ctx), level + 1)
        return parts
    return [*parts, f"```text\n{usage}\n```\n", _parameters(command, ctx)]


def _parameters(command: click.Command, ctx: click.Context, hidden: bool = False) -> str:
    rows = []
    for param in command.get_params(ctx):
        record = param.get_help_record(ctx)
        if record is None or getattr(param, "hidden", False) is not hidden or param.name == "help":
            continue
        names, text = record
        if not text.strip() or names == "--help":
            continue
        rows.append(f"| {' '.join(f'`{part}`' for part in names.split(', '))} | {_cell(text)} |")
    return "\n".join(["| option | what it does |", "| --- | --- |", *rows, ""]) if rows else ""


def _json_paragraphs(entry: Entry) -> list[str]:
    """What the command's file says of its JSON."""
    text = inspect.getdoc(import_module(entry.module)) or ""
    found = [part for part in _BREAK.split(text) if part.startswith("With --json")]
    return [f"{part.replace('With --json', 'With `--json`')}\n" for part in found]


def _prose(text: str) -> str:
    """Paragraphs as they are; those that click keeps as they are set become blocks."""
    parts = []
    for part in _BREAK.split(inspect.cleandoc(text)):
        if part.startswith("\b"):
            parts.append(f"```text\n{textwrap.dedent(part.removeprefix(chr(8)).strip(chr(10)))}\n```")
        elif part:
            parts.append(part)
    return "\n\n".join(parts) + "\n"


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "&#124;").replace("<", "&lt;").replace("[", "&#91;")


if __name__ == "__main__":
    for page in write_pages(*map(Path, sys.argv[1:])):
        sys.stdout.write(f"{page}\n")
