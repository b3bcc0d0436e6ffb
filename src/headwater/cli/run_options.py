"""Options of `run` and `resume` alike, and the value they make."""

from collections.abc import Container
from typing import Any

import click

from headwater.cli.commands import PACKAGE_SUFFIXES, Shared
from headwater.cli.debugger import open_debugger
from headwater.runner.options import OnFailure, RunOptions

_DEFAULTS = RunOptions()
_MB = 1024 * 1024
_POSITIVE = click.IntRange(min=1)


def run_options(taken: Container[str] = ()) -> list[click.Option]:
    """The options, less those whose names a parameter of the flow bears."""
    options = [
        click.Option(["hw_tag", "--tag"], multiple=True, metavar="TAG", help="Put a tag on the run; may be repeated."),
        _number("max_workers", _DEFAULTS.max_workers, "Attempts that run at once."),
        _number("max_num_splits", _DEFAULTS.max_splits, "The widest foreach."),
        _number("max_log_size", _DEFAULTS.max_log_bytes // _MB, "What is kept of the output of an attempt, in MB."),
        click.Option(["hw_run_id_file", "--run-id-file"], metavar="FILE", help="Write the run's id to this file."),
        click.Option(
            ["hw_runner_attribute_file", "--runner-attribute-file"],
            metavar="FILE",
            hidden=True,
            help="Write the flow, the run's id and the root to this file, as JSON, once the run can be read.",
        ),
        click.Option(
            ["hw_code_folder", "--code-folder"],
            metavar="FOLDER",
            hidden=True,
            help="Keep the files of this folder as the run's code, beside the flow's file.",
        ),
        click.Option(
            ["hw_on_failure", "--on-failure"],
            type=click.Choice([choice.value for choice in OnFailure]),
            default=_DEFAULTS.on_failure.value,
            show_default=True,
            envvar="HEADWATER_ON_FAILURE",
            help="End the other tasks when one has failed, or let them finish.",
        ),
        _seconds("grace_s", _DEFAULTS.grace_s, "How long what is to end may take to end by itself, in seconds."),
        _seconds("deadlock_s", _DEFAULTS.deadlock_s, "How long a fork may sleep on a lock that nobody can release."),
        _seconds("hook_timeout_s", _DEFAULTS.hook_timeout_s, "How long a function of @exit_hook may take."),
        click.Option(
            ["hw_pdb", "--pdb"], is_flag=True, help="Open the debugger where a step fails; implies --isolation none."
        ),
        click.Option(["hw_full_traceback", "--full-traceback"], is_flag=True, help="Show all frames of a failure."),
    ]
    return [option for option in options if option.opts[0] not in taken]


def namespace_option(taken: Container[str] = ()) -> list[click.Option]:
    option = click.Option(
        ["hw_namespace", "--namespace"],
        metavar="TAG",
        help="What the client sees inside the run: user:NAME, or any tag; '' for all.",
    )
    return [] if option.opts[0] in taken else [option]


def watch_options(taken: Container[str] = ()) -> list[click.Option]:
    """`--watch`, and what the runs of a watch are told: the run to go on from, and the steps that changed since."""
    options = [
        click.Option(
            ["hw_watch", "--watch"],
            is_flag=True,
            help="Stay, and when the flow's source changes run again from the first step that the change touches.",
        ),
        click.Option(["hw_continue", "--continue-run"], metavar="ID", hidden=True),
        click.Option(["hw_again", "--again"], metavar="STEP,STEP", hidden=True),
        click.Option(["hw_only_check", "--only-check"], is_flag=True, hidden=True),
    ]
    return [option for option in options if option.opts[0] not in taken]


def read_options(shared: Shared, values: dict[str, Any]) -> RunOptions:
    """What was said; an option that could not be said is as if it had not been."""
    return RunOptions(
        tags=tuple(values.get("hw_tag", ())),
        with_=shared.with_,
        max_workers=values.get("hw_max_workers", _DEFAULTS.max_workers),
        max_splits=values.get("hw_max_num_splits", _DEFAULTS.max_splits),
        max_log_bytes=values.get("hw_max_log_size", _DEFAULTS.max_log_bytes // _MB) * _MB,
        isolation=shared.isolation,
        on_failure=OnFailure(values.get("hw_on_failure", _DEFAULTS.on_failure)),
        run_id_file=values.get("hw_run_id_file"),
        package_suffixes=click.get_current_context().find_root().params.get(PACKAGE_SUFFIXES) or "",
        resume_command=click.get_current_context().find_root().obj or "",
        attribute_file=values.get("hw_runner_attribute_file"),
        code_folder=values.get("hw_code_folder"),
        namespace=values.get("hw_namespace"),
        grace_s=values.get("hw_grace_s", _DEFAULTS.grace_s),
        deadlock_s=values.get("hw_deadlock_s", _DEFAULTS.deadlock_s),
        hook_timeout_s=values.get("hw_hook_timeout_s", _DEFAULTS.hook_timeout_s),
        post_mortem=open_debugger if values.get("hw_pdb") else None,
    )


def _number(name: str, default: int, text: str) -> click.Option:
    return click.Option(
        [f"hw_{name}", f"--{name.replace('_', '-')}"],
        type=_POSITIVE,
        metavar="N",
        default=default,
        envvar=f"HEADWATER_{name.upper()}",
        show_default=True,
        help=text,
    )


def _seconds(name: str, default: float, text: str) -> click.Option:
    return click.Option(
        [f"hw_{name}", f"--{name.replace('_', '-')}"],
        type=click.FloatRange(min=0.0),
        default=default,
        envvar=f"HEADWATER_{name.upper()}",
        help=text,
        hidden=True,
    )
