"""`check`: is the flow ready to run?

With --json one document: flow, problems, warnings; each of these is a list of {file, line, message, remedy, step}.
"""

import sys
from collections.abc import Sequence
from typing import Any

import click

from headwater.cli.commands import Shared, command_with
from headwater.cli.errors import DONE, FAILED, say
from headwater.cli.json import to_line
from headwater.cli.problems import problem_lines
from headwater.cli.streams import Sink
from headwater.errors import LintError
from headwater.flow.build import build_graph, warnings_of
from headwater.flow.spec import FlowSpec
from headwater.graph.draft import Problem
from headwater.wording import counted


def command(cls: type[FlowSpec]) -> click.Command:
    def check(shared: Shared, with_warnings: bool) -> int:
        try:
            steps = len(build_graph(cls).nodes)
            problems: list[object] = []
        except LintError as exc:
            steps, problems = 0, list(exc.problems)
        warnings = warnings_of(cls) if with_warnings else ()
        if shared.json:
            Sink(sys.stdout).write(to_line(_document(cls, problems, warnings)))
        else:
            for warning in warnings:
                say(f"Warning: {warning}")
            if problems:
                say("\n".join(problem_lines(cls.__name__, problems)))
            elif not shared.quiet:
                say(f"{cls.__name__} is ready: {counted(steps, 'step')}.")
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


def _document(cls: type[FlowSpec], problems: Sequence[object], warnings: Sequence[Problem]) -> dict[str, Any]:
    found = {"problems": problems, "warnings": warnings}
    return {"flow": cls.__name__} | {
        kind: [one._asdict() for one in group if isinstance(one, Problem)] for kind, group in found.items()
    }
