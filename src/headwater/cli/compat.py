"""`compat path|check`: for flows that were written for Metaflow.

With --json `path` answers with one document: path. `check` answers with one document: file, runs (whether nothing that
it uses is missing), uses: name, status (same, better, different, not yet), runs (the same of this one), notes, places:
file, line.
"""

import os
import sys
import textwrap
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import click

from headwater.cli import colours
from headwater.cli.commands import Shared, command_with
from headwater.cli.errors import DONE, FAILED
from headwater.cli.json import to_line
from headwater.cli.pager import terminal_width
from headwater.cli.streams import Sink
from headwater.compat.check import Finding, check_file
from headwater.compat.parity import Status
from headwater.compat.path import shim_folder
from headwater.wording import counted

_WIDTH = 100
_MOST_PLACES = 5
#: What is told with its places and notes: heading, colour, and which findings stand below it.
_TOLD: tuple[tuple[str, str, Callable[[Finding], bool]], ...] = (
    ("Will not run", "red", lambda one: not one.runs),
    ("Runs, and does not act yet", "yellow", lambda one: one.runs and one.status is Status.NOT_YET),
    ("Different here", "yellow", lambda one: one.runs and one.status is Status.DIFFERENT),
)
#: What is only listed.
_LISTED = ((Status.BETTER, "Better here"), (Status.SAME, "The same"))


def command() -> click.Command:
    group = click.Group("compat", help="Run what was written for Metaflow, and see what it uses.")
    text = "Print the folder that answers `import metaflow` on PYTHONPATH."
    group.add_command(command_with("path", _path, shown={"--json"}, help=text))
    group.add_command(
        command_with(
            "check",
            _check,
            [click.Argument(["file"], metavar="FILE")],
            shown={"--json", "--quiet"},
            help="Say what FILE and the modules beside it use of Metaflow, and how each is here. Nothing is imported.",
        )
    )
    return group


def _path(shared: Shared) -> None:
    folder = shim_folder()
    Sink(sys.stdout).line(to_line({"path": folder}).decode().rstrip() if shared.json else folder)


def _check(shared: Shared, file: str) -> int:
    findings = check_file(Path(file))
    runs = all(one.runs for one in findings)
    out = Sink(sys.stdout)
    if shared.json:
        out.write(to_line({"file": file, "runs": runs, "uses": [_document(one) for one in findings]}))
    else:
        for line in _lines(file, findings, shared.quiet):
            out.line(line)
    return DONE if runs else FAILED


def _document(one: Finding) -> dict[str, Any]:
    places = [{"file": _shown(use.file), "line": use.line} for use in one.places]
    return {"name": one.name, "status": one.status.value, "runs": one.runs, "notes": list(one.notes), "places": places}


def _lines(file: str, findings: list[Finding], quiet: bool) -> Iterator[str]:
    width = terminal_width() or _WIDTH
    coloured = terminal_width() is not None and colours.wanted()

    def heading(text: str, colour: str) -> str:
        return click.style(text, bold=True, fg=colour) if coloured else text

    for text, colour, belongs in _TOLD:
        some = [one for one in findings if belongs(one)]
        if some:
            yield heading(text, colour)
        for one in some:
            yield f"  {_short(one.name)}  {_places(one)}"
            for note in one.notes:
                yield from _folded(note, width, "    ")
    for status, text in () if quiet else _LISTED:
        names = ", ".join(_short(one.name) for one in findings if one.runs and one.status is status)
        if names:
            yield heading(text, "green")
            yield from _folded(names, width, "  ")
    if findings:
        yield ""
    yield _verdict(file, findings)


def _verdict(file: str, findings: list[Finding]) -> str:
    missing = sum(not one.runs for one in findings)
    if not findings:
        return f"{file} uses nothing of Metaflow."
    if missing:
        return (
            f"{file} uses {counted(missing, 'thing')} of Metaflow that {'is' if missing == 1 else 'are'} not here yet."
        )
    return f"{file} runs here as it is: headwater run {file}"


def _short(name: str) -> str:
    return name.removeprefix("metaflow.")


def _places(one: Finding) -> str:
    places = list(dict.fromkeys(f"{_shown(use.file)}:{use.line}" for use in one.places))
    more = f" and {len(places) - _MOST_PLACES} more" if len(places) > _MOST_PLACES else ""
    return f"({', '.join(places[:_MOST_PLACES])}{more})"


def _shown(file: Path) -> str:
    """The file as one would type it here."""
    try:
        return str(file.relative_to(os.path.realpath(os.getcwd())))
    except ValueError:
        return str(file)


def _folded(text: str, width: int, indent: str) -> list[str]:
    return textwrap.wrap(
        text,
        max(width, 40),
        initial_indent=indent,
        subsequent_indent=indent,
        break_long_words=False,
        break_on_hyphens=False,
    )
