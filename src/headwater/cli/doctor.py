"""`headwater doctor`: what is installed, configured, reachable and kept, and what to do about what is wrong.

With --json one document: {ok, findings: [{area, level, text, remedy, details}]}. Areas: installed, configured,
reachable, kept, verified; levels: ok, note, warning, problem. With a problem, `ok` is false and the exit code 1.
"""

import os
import sys
import textwrap
from collections.abc import Iterator
from itertools import groupby
from pathlib import Path

import click

from headwater.checkup.configured import check_configured
from headwater.checkup.finding import Area, Finding, Level
from headwater.checkup.imported import check_imported
from headwater.checkup.installed import check_installed
from headwater.checkup.kept import check_kept
from headwater.checkup.reachable import check_reachable
from headwater.checkup.verify import verify
from headwater.cli import colours
from headwater.cli.commands import Shared, command_with
from headwater.cli.errors import DONE, FAILED
from headwater.cli.json import to_line
from headwater.cli.meter import Meter
from headwater.cli.pager import terminal_width
from headwater.cli.streams import Sink
from headwater.errors import HeadwaterError, SettingsError
from headwater.settings import resolve_settings
from headwater.storage.open import open_storage
from headwater.wording import counted, plain, size

_MARKS = {Level.OK: ("✓", "+"), Level.NOTE: ("·", "-"), Level.WARNING: ("!", "!"), Level.PROBLEM: ("✗", "x")}
_COLOURS = {Level.OK: "green", Level.NOTE: "cyan", Level.WARNING: "yellow", Level.PROBLEM: "red"}
_WIDTH = 120  # columns where there is no terminal


def command() -> click.Command:
    return command_with(
        "doctor",
        doctor,
        [
            click.Option(
                ["all_of_it", "--verify"], is_flag=True, help="Read every record and hash every blob of the root."
            )
        ],
        shown={"--json", "--quiet", "--datastore-root"},
        help="Look for what is wrong with the installation, the settings and the root, and say what to do.",
    )


def doctor(shared: Shared, all_of_it: bool) -> int:
    findings = list(_look(shared, all_of_it))
    wrong = any(one.level is Level.PROBLEM for one in findings)
    if shared.json:
        document = {"ok": not wrong, "findings": [one._asdict() for one in findings]}
        Sink(sys.stdout).write(to_line(document))
    else:
        _print(findings, shared.quiet)
    return FAILED if wrong else DONE


def _look(shared: Shared, all_of_it: bool) -> Iterator[Finding]:
    yield from check_installed()
    yield from check_configured(os.environ, Path.cwd(), shared.datastore_root)
    try:
        root = resolve_settings(os.environ, Path.cwd(), shared.datastore_root).datastore_root
    except SettingsError:  # told already; without settings nobody knows which root is meant
        return
    try:
        storage = open_storage(root)
    except HeadwaterError as exc:
        yield Finding(Area.REACHABLE, Level.PROBLEM, str(exc), "Name another root: --datastore-root ROOT")
        return
    with storage:
        try:
            reached = check_reachable(storage)
            yield from reached
            if not storage.local and any(one.level is Level.PROBLEM for one in reached):
                return  # whatever is asked of it next fails in the same way
            yield from check_kept(storage, os.environ)
            yield from check_imported(storage)
            if all_of_it:
                with Meter(shared.quiet) as meter:
                    found = verify(storage, lambda what, done, total: _tell(meter, what, done, total))
                yield from found
        except HeadwaterError as exc:
            yield Finding(Area.REACHABLE, Level.PROBLEM, str(exc), "Nothing more of the root was looked at.")


def _tell(meter: Meter, what: str, done: int, total: int) -> None:
    if what == "bytes":
        meter.show("hashing blobs", done, total, size)
    else:
        meter.show("reading records of runs", done, total)


def _print(findings: list[Finding], quiet: bool) -> None:
    width = terminal_width() or _WIDTH
    encoding = (getattr(sys.stdout, "encoding", None) or "ascii").lower()
    fancy = encoding.startswith("utf")
    coloured = terminal_width() is not None and colours.wanted()
    out = Sink(sys.stdout)
    told = [one for one in findings if not quiet or one.level in (Level.WARNING, Level.PROBLEM)]
    for area, group in groupby(told, key=lambda one: one.area):
        out.line(click.style(area.value, bold=True) if coloured else area.value)
        for one in group:
            mark = _MARKS[one.level][0 if fancy else 1]
            shown = click.style(mark, fg=_COLOURS[one.level]) if coloured else mark
            first, *rest = _wrapped(one, width)
            out.line(f"  {shown} {first}")
            for line in rest:
                out.line(f"    {line}")
    out.line()
    out.line(_verdict(findings))


def _wrapped(finding: Finding, width: int) -> Iterator[str]:
    """The lines of a finding; long names and places are not broken, so that they can be copied."""

    def fold(text: str, indent: str = "") -> list[str]:
        return textwrap.wrap(
            plain(text), max(width - 4, 20), break_long_words=False, break_on_hyphens=False, subsequent_indent=indent
        )

    yield from fold(finding.text)
    for line in finding.details:
        yield from fold(f"- {line}", "  ")
    if finding.remedy:
        yield from fold(f"-> {finding.remedy}", "   ")


def _verdict(findings: list[Finding]) -> str:
    problems = sum(one.level is Level.PROBLEM for one in findings)
    warnings = sum(one.level is Level.WARNING for one in findings)
    if problems:
        return f"{counted(problems, 'problem')} and {counted(warnings, 'warning')}."
    return f"Everything works, with {counted(warnings, 'warning')}." if warnings else "Everything is as it should be."
