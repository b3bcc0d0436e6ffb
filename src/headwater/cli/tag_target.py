"""Which run a command about tags means, and whether its namespace shows it."""

from typing import NamedTuple

import click

from headwater.cli.reading import read_pathspec
from headwater.client import tagging
from headwater.client.reader import Reader
from headwater.client.scope import get_namespace
from headwater.errors import InvalidName, NamespaceMismatch
from headwater.metadata.rows import RunRow
from headwater.names import LATEST, LATEST_SUCCESS, Pathspec


class Target(NamedTuple):
    """A flow, or one run of it; the run may be `latest`."""

    flow: str
    run: str | None

    @classmethod
    def read(cls, text: str | None, flow: str | None) -> "Target":
        """A run id or pathspec as it was typed. Of a flow's own command line, `flow` stands before a bare run id."""
        if flow is None:
            spec = Pathspec.parse(text or "")
        elif not text:
            return cls(flow, LATEST)
        else:
            spec = read_pathspec(text, flow)
        if spec.step is not None:
            raise InvalidName("run", str(spec), f"tags are those of a whole run, {spec.flow}/{spec.run}")
        return cls(spec.flow, spec.run)


def target_params(flow: str | None) -> list[click.Parameter]:
    """How the run to change is said."""
    where: click.Parameter
    if flow is None:
        where = click.Argument(["where"], metavar="FLOW/RUN")
    else:
        where = click.Option(["where", "--run-id"], metavar="ID", help="The run; else the latest of the namespace.")
    return [
        where,
        click.Option(
            ["namespace", "--namespace"],
            metavar="TAG",
            help="Whose runs may be changed: user:NAME, or any tag; '' for all. Else your own.",
        ),
    ]


def find_scope(namespace: str | None) -> str | None:
    """The namespace of the option; None is all."""
    return get_namespace() if namespace is None else namespace or None


def find_run(reader: Reader, target: Target, scope: str | None) -> RunRow:
    """The run that is meant; `NamespaceMismatch` when the namespace does not show it."""
    if target.run is None:
        raise InvalidName(
            "run", target.flow, f"it has the form {target.flow}/ID, or {target.flow}/latest for the newest"
        )
    if target.run in (LATEST, LATEST_SUCCESS):
        return reader.latest(target.flow, scope, successful=target.run == LATEST_SUCCESS)
    row = reader.run_row(target.flow, target.run)
    if scope is not None:
        place = (reader, row.flow, row.run_id)
        if scope not in tagging.user_tags(*place) | tagging.system_tags(*place):
            remedy = f"If it is to be changed all the same, say so: --namespace user:{row.user}"
            raise NamespaceMismatch(f"{row.flow}/{row.run_id}", scope, remedy)
    return row
