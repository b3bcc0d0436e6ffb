"""Which runs a command means: the options that choose, sort and page them, and the runs that they find."""

from typing import NamedTuple

import click

from headwater.cli.when import Moment
from headwater.client import finding
from headwater.client.reader import Reader
from headwater.metadata.query import RunOrder, RunQuery
from headwater.metadata.rows import RunRow

PAGE = 20
_ALPHABETIC = (RunOrder.FLOW, RunOrder.USER)  # A comes first; of times and durations the newest and longest


class Found(NamedTuple):
    """The runs of one page."""

    rows: list[RunRow]
    more: bool  # others come after them


class Choice(NamedTuple):
    """What was asked for."""

    query: RunQuery
    status: str | None


def filter_options() -> list[click.Parameter]:
    return [
        click.Option(["flow", "--flow"], metavar="FLOW", help="The same as the argument."),
        click.Option(["tags", "--tag"], multiple=True, metavar="TAG", help="Runs with this tag; several: with all."),
        click.Option(["project", "--project"], metavar="PROJECT", help="Runs of this project."),
        click.Option(["branch", "--branch"], metavar="BRANCH", help="Runs in this branch: prod, test.NAME, user.NAME."),
        click.Option(["status", "--status"], type=click.Choice(finding.STATUSES), help="Runs in this state."),
        click.Option(["user", "--user"], metavar="NAME", help="Runs of this user."),
        click.Option(
            ["since", "--since"],
            type=Moment(),
            metavar="WHEN",
            help="Runs begun at or after: 2d, 36h, today, yesterday, 2026-11-20, 2026-11-20T14:03.",
        ),
        click.Option(
            ["until", "--until"],
            type=Moment(end_of_day=True),
            metavar="WHEN",
            help="Runs begun before; a day counts whole.",
        ),
        click.Option(
            ["parameters", "--param"],
            multiple=True,
            metavar="NAME=VALUE",
            callback=_read_parameters,
            help="Runs with this value of a parameter; several: with all.",
        ),
    ]


def order_options() -> list[click.Parameter]:
    return [
        click.Option(
            ["sort", "--sort"],
            type=click.Choice([order.value for order in RunOrder]),
            default=RunOrder.CREATED.value,
            show_default=True,
            help="By what they are sorted.",
        ),
        click.Option(["reverse", "--reverse"], is_flag=True, help="The other way round."),
        click.Option(
            ["limit", "--limit", "-n"],
            type=click.IntRange(min=1),
            metavar="N",
            show_default=str(PAGE),
            help="At most so many.",
        ),
        click.Option(["page", "--page"], type=click.IntRange(min=1), metavar="N", help="The N-th page of so many."),
        click.Option(["offset", "--offset"], type=click.IntRange(min=0), metavar="N", help="Leave out the first N."),
        click.Option(["every", "--all"], is_flag=True, help="All of them."),
    ]


def make_choice(
    *,
    flow: str | None,
    tags: tuple[str, ...],
    project: str | None,
    branch: str | None,
    status: str | None,
    user: str | None,
    since: float | None,
    until: float | None,
    parameters: dict[str, str],
    sort: str,
    reverse: bool,
    limit: int | None,
    page: int | None,
    offset: int | None,
    every: bool,
) -> Choice:
    """The options as a query; usage errors for those that contradict each other."""
    if page is not None and offset is not None:
        raise click.UsageError("--page and --offset both say where to begin. Give one of them.")
    if every and (limit, page, offset) != (None, None, None):
        raise click.UsageError("--all leaves nothing out: it does not go with --limit, --page or --offset.")
    most = None if every else limit or PAGE
    order = RunOrder(sort)
    query = RunQuery(
        flow=flow,
        user=user,
        tags=(*tags, *_project_tags(project, branch)),
        since=since,
        until=until,
        parameters=parameters,
        order=order,
        ascending=(order in _ALPHABETIC) != reverse,
        limit=most,
        offset=offset or ((page or 1) - 1) * (most or 0),
    )
    return Choice(query, status)


def find_runs(reader: Reader, choice: Choice) -> Found:
    most = choice.query.limit
    # One more is asked for, to know whether there is one.
    query = choice.query._replace(limit=None if most is None else most + 1)
    rows = list(finding.find_runs(reader, query, choice.status))
    return Found(rows[:most], most is not None and len(rows) > most)


def _project_tags(project: str | None, branch: str | None) -> list[str]:
    """The system tags that runs of a project and a branch bear."""
    named = {"project": project, "project_branch": branch}
    return [f"{kind}:{name}" for kind, name in named.items() if name]


def _read_parameters(ctx: click.Context, param: click.Parameter, values: tuple[str, ...]) -> dict[str, str]:
    pairs = [value.partition("=") for value in values]
    for name, equals, _ in pairs:
        if not name or not equals:
            raise click.BadParameter(f"{name!r} has no value. Write NAME=VALUE, as in --param alpha=0.1.", ctx, param)
    return {name: value for name, _, value in pairs}
