"""`tag list`: tags of a run, or of all runs of a flow. `tag` says what it answers with --json."""

import os
import sys
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

import click

from headwater.cli.commands import Shared, command_with
from headwater.cli.errors import say
from headwater.cli.json import to_line
from headwater.cli.reading import reader_of
from headwater.cli.streams import Sink
from headwater.cli.tag_target import Target, find_run
from headwater.client import tagging
from headwater.client.reader import Reader
from headwater.client.scope import get_namespace
from headwater.metadata.query import RunQuery
from headwater.metadata.rows import RunRow
from headwater.names import LATEST
from headwater.settings import find_user
from headwater.wording import counted, plain

_WIDEST = 40  # characters of a column of tags


class Tagged(NamedTuple):
    """One run with its tags."""

    pathspec: str
    tags: tuple[str, ...]
    system_tags: tuple[str, ...]


def list_command(flow: str | None) -> click.Command:
    """Of a flow's own command line when `flow` is given."""
    params: list[click.Parameter] = [
        click.Argument(["where"], required=flow is None, metavar="FLOW[/RUN]" if flow is None else "[RUN]"),
        click.Option(["mine", "--my-runs"], is_flag=True, help="The tags of all your runs."),
        click.Option(["hide", "--hide-system-tags"], is_flag=True, help="Only the tags that users gave."),
        click.Option(["by_run", "--group-by-run"], is_flag=True, help="Each run with its tags."),
        click.Option(["by_tag", "--group-by-tag"], is_flag=True, help="Each tag with the runs that bear it."),
        click.Option(["flat", "--flat"], is_flag=True, help="The tags alone, one a line."),
    ]
    if flow is not None:
        params[1:1] = [
            click.Option(["run_id", "--run-id"], metavar="ID", help="The run; else the latest of the namespace."),
            click.Option(["every", "--all"], is_flag=True, help="The tags of all runs, anybody's."),
        ]
        text = "List the tags of the latest run, of RUN, or of many runs."
    else:
        text = "List the tags of a run, or of all runs of a flow."

    def show(shared: Shared, where: str | None, run_id: str | None = None, **flags: bool) -> None:
        if sum(flags.get(name, False) for name in ("by_run", "by_tag", "flat")) > 1:
            raise click.UsageError("Of --group-by-run, --group-by-tag and --flat only one can be given.")
        if sum(map(bool, (where if flow is not None else None, run_id, flags.get("every"), flags["mine"]))) > 1:
            raise click.UsageError("Name a run, or say --all or --my-runs; only one of these.")
        reader = reader_of(shared)
        every = flags.get("every", False) or flags["mine"]
        target = Target(flow, None) if flow is not None and every else Target.read(run_id or where, flow)
        _show(reader, target, shared, **flags)

    return command_with("list", show, params, shown={"--json", "--datastore-root"}, help=text)


def _show(reader: Reader, target: Target, shared: Shared, **flags: bool) -> None:
    runs = _find(reader, target, flags["mine"], flags["hide"])
    out = Sink(sys.stdout)
    if shared.json:
        out.write(to_line({"flow": target.flow, **_document(runs, flags["by_tag"], flags["flat"])}))
        return
    if not runs:
        say(f"{'You have' if flags['mine'] else 'There are'} no runs of {target.flow} in {reader.root}.")
    for line in _lines(target.flow, runs, **flags) if runs else ():
        out.line(line)


def _lines(flow: str, runs: Sequence[Tagged], by_run: bool, by_tag: bool, flat: bool, **_others: bool) -> Iterator[str]:
    if flat:
        return map(plain, (*_union(runs), *_union(runs, system=True)))
    if by_tag:
        return _by_tag(runs)
    if by_run or len(runs) == 1:
        return (line for run in runs for line in _block(run))
    return _counted(flow, runs)


def _find(reader: Reader, target: Target, mine: bool, hide: bool) -> list[Tagged]:
    """The runs that are meant, the newest first: one with its tags as they stand now, many as the index has them."""
    if target.run is not None:
        row = find_run(reader, target, get_namespace() if target.run.startswith(LATEST) else None)
        row = row._replace(tags=tuple(sorted(tagging.user_tags(reader, row.flow, row.run_id))))
        rows: Sequence[RunRow] = [row]
    else:
        rows = reader.runs(RunQuery(flow=target.flow, user=find_user(os.environ) if mine else None))
    return [Tagged(f"{row.flow}/{row.run_id}", row.tags, () if hide else _system_tags(row)) for row in rows]


def _system_tags(row: RunRow) -> tuple[str, ...]:
    return tuple(sorted({*row.system_tags, f"user:{row.user}"}))


def _union(runs: Sequence[Tagged], system: bool = False) -> list[str]:
    return sorted({tag for run in runs for tag in (run.system_tags if system else run.tags)})


def _bearers(runs: Sequence[Tagged]) -> Iterator[tuple[str, bool, list[str]]]:
    """(tag, whether it is the system's, runs that bear it)."""
    for system in (False, True):
        for tag in _union(runs, system):
            yield tag, system, [run.pathspec for run in runs if tag in (run.system_tags if system else run.tags)]


def _document(runs: Sequence[Tagged], by_tag: bool, flat: bool) -> dict[str, Any]:
    if flat:
        return {"tags": _union(runs), "system_tags": _union(runs, system=True)}
    if by_tag:
        return {"tags": [{"tag": tag, "system": system, "runs": some} for tag, system, some in _bearers(runs)]}
    return {"runs": [run._asdict() for run in runs]}


def _block(run: Tagged) -> Iterator[str]:
    yield run.pathspec
    if not run.tags:
        yield "  no tags of users"
    for tag in run.tags:
        yield f"  {plain(tag)}"
    for tag in run.system_tags:
        yield f"  {plain(tag)}  (system)"


def _by_tag(runs: Sequence[Tagged]) -> Iterator[str]:
    for tag, system, some in _bearers(runs):
        yield f"{plain(tag)}  (system)" if system else plain(tag)
        for pathspec in some:
            yield f"  {pathspec}"


def _counted(flow: str, runs: Sequence[Tagged]) -> Iterator[str]:
    yield f"{flow}, {counted(len(runs), 'run')}"
    bearers = [(plain(tag), system, counted(len(some), "run")) for tag, system, some in _bearers(runs)]
    width = min(max(len(tag) for tag, _, _ in bearers), _WIDEST) if bearers else 0
    for tag, system, count in bearers:
        yield f"  {tag.ljust(width)}  {count}{'  (system)' if system else ''}"
