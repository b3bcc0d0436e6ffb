"""`spin`: one step of the flow as it is now, on the inputs of a past task, beside the runs.

With --json one document: pathspec (of the spin), root (where it is kept), origin (the run whose inputs it had),
outcome, duration_s, next (the steps that would follow), splits, failure, artifacts: a list of what the step wrote now
or then, each with name, change (same, changed, added, removed), facts, before and after as in `headwater diff --json`.
"""

import os
import runpy
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import click

from headwater.cli.again import AgainView, change_lines
from headwater.cli.commands import Shared, command_with
from headwater.cli.defaults import flow_folder
from headwater.cli.flow_options import read_choices
from headwater.cli.run import in_foreground
from headwater.cli.run_options import read_options, run_options
from headwater.errors import UsageError
from headwater.flow.spec import FlowSpec
from headwater.records.task import Outcome
from headwater.runner.options import Isolation
from headwater.runner.spin import SpinOptions, SpinResult, spin_flow
from headwater.settings import resolve_settings
from headwater.wording import duration

_OFFERED = (
    "--max-log-size",
    "--run-id-file",
    "--runner-attribute-file",
    "--grace-s",
    "--deadlock-s",
    "--pdb",
    "--full-traceback",
)
_VARIABLE = "ARTIFACTS"


def command(cls: type[FlowSpec]) -> click.Command:
    def spin(
        shared: Shared,
        pathspec: str,
        skip_decorators: bool,
        artifacts_module: str | None,
        persist: bool,
        **values: Any,
    ) -> int:
        if values.get("hw_pdb"):
            shared = in_foreground(shared)
        settings = resolve_settings(os.environ, Path.cwd(), shared.datastore_root, flow_folder(cls))
        artifacts = read_artifacts(artifacts_module) if artifacts_module else {}
        options = SpinOptions(skip_decorators, artifacts, persist)
        with AgainView(shared, values.get("hw_full_traceback", False), shared.isolation is Isolation.NONE) as view:
            chosen = read_options(shared, values)._replace(choices=read_choices(click.get_current_context()))
            result = spin_flow(cls, pathspec, options, chosen, settings, view)
            view.tell(_document(result) if shared.json else _lines(result))
        return _exit_code(result)

    return command_with(
        "spin",
        spin,
        [
            click.Argument(["pathspec"], metavar="[RUN/]STEP[/TASK]"),
            click.Option(
                ["skip_decorators", "--skip-decorators/--no-skip-decorators"],
                default=False,
                show_default=True,
                help="Leave out every decorator of the step.",
            ),
            click.Option(
                ["artifacts_module", "--artifacts-module"],
                metavar="FILE",
                help="A Python file with ARTIFACTS = {name: value}, in place of what the step inherits; for a join "
                "{'run/step/task': {name: value}}.",
            ),
            click.Option(
                ["persist", "--persist/--no-persist"],
                default=False,
                show_default=True,
                envvar="HEADWATER_SPIN_PERSIST",
                help="Keep the spin; else the next one of the step takes its place.",
            ),
            *(option for option in run_options() if option.opts[-1] in _OFFERED),
        ],
        shown={"--json", "--quiet", "--datastore-root", "--isolation"},
        help="Run one step as it is now on the inputs of a past task, beside the runs. RUN may be `latest` or "
        "`latest-success`; without it, your newest run with the step counts, and without TASK the first that failed.",
    )


def read_artifacts(file: str) -> Mapping[str, Any]:
    """`ARTIFACTS` of a Python file."""
    if not Path(file).is_file():
        raise UsageError(f"There is no file {file}. Give a Python file that sets {_VARIABLE} to --artifacts-module.")
    try:
        found = runpy.run_path(file).get(_VARIABLE)
    except Exception as exc:
        raise UsageError(f"{file} could not be read: {type(exc).__name__}: {exc}. Correct it.") from exc
    if not isinstance(found, Mapping) or not all(isinstance(name, str) for name in found):
        raise UsageError(f"{file} sets no dict {_VARIABLE}. Write {_VARIABLE} = {{'name': value}} in it.")
    return found


def _exit_code(result: SpinResult) -> int:
    if result.record.outcome is not Outcome.FAILED:
        return 0
    return 130 if result.interrupted else 1


def _lines(result: SpinResult) -> list[str]:
    record, run = result.record, result.run
    place = f"{record.step}/{record.task_id}"
    how = "failed after" if record.outcome is Outcome.FAILED else "took"
    then = "" if result.before is None else f" (then {duration(result.before.ended_at - result.before.started_at)})"
    lines = change_lines(result.changes, record, result.before)
    lines.append(
        f"{place} on the inputs of {result.origin} {how} {duration(record.ended_at - record.started_at)}{then}."
    )
    script = Path(run.file).name
    lines.append(f"  Read on: python {script} --mode spin dump {run.run_id}/{place}")
    return lines


def _document(result: SpinResult) -> dict[str, Any]:
    record, run = result.record, result.run
    transition = record.transition
    return {
        "pathspec": f"{run.flow}/{run.run_id}/{record.step}/{record.task_id}",
        "root": result.root,
        "origin": result.origin,
        "outcome": record.outcome.value,
        "duration_s": record.ended_at - record.started_at,
        "next": list(transition.steps) if transition else [],
        "splits": transition.splits if transition else None,
        "failure": record.failure,
        "artifacts": list(result.changes),
    }
