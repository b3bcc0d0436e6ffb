"""`check`: is the flow ready to run?

With --json one document: flow, problems, warnings, notes; problems and warnings are lists of {file, line, message,
remedy, step}, notes of texts.
"""

import sys
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import click

from headwater.cli.commands import Shared, command_with
from headwater.cli.errors import DONE, FAILED, say
from headwater.cli.json import to_line
from headwater.cli.problems import problem_lines
from headwater.cli.streams import Sink
from headwater.errors import LintError
from headwater.flow.build import build_graph, warnings_of
from headwater.flow.flow_decorators import DEPLOYED, flow_decorators_of
from headwater.flow.spec import FlowSpec
from headwater.graph.draft import Problem
from headwater.records.base import tag_of
from headwater.records.graph import Node
from headwater.runner.platforms import platform_notice
from headwater.wording import counted


def command(cls: type[FlowSpec]) -> click.Command:
    def check(shared: Shared, with_warnings: bool) -> int:
        steps: Mapping[str, Node] = {}
        problems: list[object] = []
        try:
            steps = build_graph(cls).nodes
        except LintError as exc:
            problems = list(exc.problems)
        warnings = warnings_of(cls) if with_warnings else ()
        notes = list(_notes(cls, steps))
        if shared.json:
            Sink(sys.stdout).write(to_line(_document(cls, problems, warnings) | {"notes": notes}))
        else:
            for warning in warnings:
                say(f"Warning: {warning}")
            if problems:
                say("\n".join(problem_lines(cls.__name__, problems)))
            elif not shared.quiet:
                say(f"{cls.__name__} is ready: {counted(len(steps), 'step')}.")
                for note in notes:
                    say(f"Note: {note}")
        return FAILED if problems else DONE

    return command_with(
        "check",
        check,
        [
            click.Option(
                ["with_warnings", "--warnings/--no-warnings"], default=True, help="Also what is likely to be a mistake."
            )
        ],
        shown={"--quiet", "--json"},
        help="Say whether the flow can run, and every problem that was found if it cannot.",
    )


def _notes(cls: type[FlowSpec], steps: Mapping[str, Node]) -> Iterator[str]:
    """What is right and does nothing here; of a flow with problems nothing is said."""
    if not steps:
        return
    waiting = {f"@{tag_of(one)}": None for one in flow_decorators_of(cls) if isinstance(one, DEPLOYED)}
    if waiting:
        verb = "acts" if len(waiting) == 1 else "act"
        yield f"{', '.join(waiting)} {verb} once the flow is deployed; `run` begins at once."
    elsewhere = platform_notice({name: node.decorators for name, node in steps.items()})
    if elsewhere:
        yield elsewhere


def _document(cls: type[FlowSpec], problems: Sequence[object], warnings: Sequence[Problem]) -> dict[str, Any]:
    found = {"problems": problems, "warnings": warnings}
    return {"flow": cls.__name__} | {
        kind: [one._asdict() for one in group if isinstance(one, Problem)] for kind, group in found.items()
    }
