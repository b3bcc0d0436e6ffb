"""What Metaflow's command line takes and ours has no use for: THE table.

An option is accepted, with one notice where what it says has no meaning here. A command or an option that would do
something else than was asked is an error that names it.
"""

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

import click

from headwater.cli.commands import NOT_QUIET, PACKAGE_SUFFIXES

_META = "headwater.metaflow-options"


class Idle(NamedTuple):
    """An option without a meaning here."""

    option: str  # as click declares it, `--on/--off` for a flag
    silent: str | bool | None  # the value that says what holds anyway; None: there is none
    notice: str


#: Options that stand before a command.
BEFORE = (
    Idle("--metadata", "local", "records are kept with the runs, and no metadata service is asked"),
    Idle("--datastore", "local", "where runs are kept is said by --datastore-root: a folder, or s3://BUCKET/PREFIX"),
    Idle("--event-logger", "nullSidecarLogger", "events of a run are told by --json"),
    Idle("--monitor", "nullSidecarMonitor", "what a task took stands in its record"),
    Idle("--pylint/--no-pylint", False, "flows are checked without pylint"),
    Idle("--force-rebuild-environments/--no-force-rebuild-environments", False, "no environment is built"),
    Idle("--local-config-file", None, "settings stand in headwater.toml; see `headwater configure`"),
)
#: Commands of Metaflow's that are not ours, and why.
ELSEWHERE: Mapping[str, str] = {
    "argo-workflows": "Flows are not deployed by Headwater yet",
    "step-functions": "Flows are not deployed by Headwater yet",
    "airflow": "Flows are not deployed by Headwater yet",
    "batch": "Tasks run on this machine so far",
    "kubernetes": "Tasks run on this machine so far",
    "spot-metadata": "Tasks run on this machine so far",
    "init": "It is a command of Metaflow's own inside; a run is begun by `run`",
    "step": "It is a command of Metaflow's own inside; one step is run by `spin`",
    "spin-step": "It is a command of Metaflow's own inside; one step is run by `spin`",
}
#: Options of `resume` that are refused, and why.
REFUSED_BY_RESUME: Mapping[str, str] = {
    "--clone-only": "Resuming is cheap: what succeeded is taken over without being copied",
    "--reentrant": "Several processes cannot resume into one run. Start one",
    "--resume-identifier": "Several processes cannot resume into one run. Start one",
    "--run-id": "A resumed run gets an id of its own; --run-id-file writes it down",
}


def idle_options() -> list[click.Option]:
    """Those that stand before a command: what has no meaning here is hidden, taken and told."""
    not_quiet = click.Option([NOT_QUIET, "--not-quiet"], is_flag=True, hidden=True)
    suffixes = click.Option(
        [PACKAGE_SUFFIXES, "--package-suffixes"],
        metavar=".SUFFIX,.SUFFIX",
        help="Keep files with these endings with the code too: .csv,.json.",
    )
    return [not_quiet, suffixes, *(_option(one) for one in BEFORE)]


def granted(*declarations: str) -> list[click.Option]:
    """Options of a command that ask for what holds anyway: hidden, and taken without a word."""
    return [
        click.Option([one], is_flag="/" in one or one == "--include-not-done", hidden=True, expose_value=False)
        for one in declarations
    ]


def _option(one: Idle) -> click.Option:
    flag = "/" in one.option
    return click.Option(
        [one.option],
        is_flag=flag,
        default=None,
        hidden=True,
        expose_value=False,
        callback=_remember(one),
        metavar=None if flag else "VALUE",
    )


def _remember(one: Idle) -> Callable[[click.Context, click.Parameter, Any], None]:
    def remember(ctx: click.Context, param: click.Parameter, value: Any) -> None:
        if value is not None and value != one.silent:
            ctx.find_root().meta.setdefault(_META, []).append(f"{param.opts[0]} has no meaning here: {one.notice}.")

    return remember


def idle_notices(ctx: click.Context) -> list[str]:
    """What there is to say about options that were given, in their order; it is told once."""
    told: list[str] = ctx.find_root().meta.pop(_META, [])
    return told


def refused_options() -> list[click.Option]:
    """Options of `resume` that end it with an error."""

    def refuse(ctx: click.Context, param: click.Parameter, value: Any) -> None:
        if value is not None:
            name = param.opts[0]
            raise click.UsageError(f"Headwater's resume has no {name}. {REFUSED_BY_RESUME[name]}.", ctx)

    flags = {"--clone-only", "--reentrant"}
    return [
        click.Option([name], is_flag=name in flags, default=None, hidden=True, expose_value=False, callback=refuse)
        for name in REFUSED_BY_RESUME
    ]
