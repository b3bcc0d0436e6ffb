"""`tag add|remove|replace|list`: the tags of a run, by its flow's own command line or by `headwater`.

With --json a change answers with one document: flow, run_id, pathspec, tags and system_tags (as they stand now), added
and removed. `list` answers with one document: flow and, by default and with --group-by-run, runs: pathspec, tags and
system_tags of each; with --group-by-tag, tags: tag, system (true for a tag of the system) and runs (pathspecs) of each;
with --flat, tags and system_tags: those that any of the runs bears.
"""

import sys
from collections.abc import Callable, Sequence
from typing import Any

import click

from headwater.cli.commands import Shared, command_with
from headwater.cli.errors import say
from headwater.cli.json import to_line
from headwater.cli.reading import reader_of
from headwater.cli.streams import Sink
from headwater.cli.tag_list import list_command
from headwater.cli.tag_target import Target, find_run, find_scope, target_params
from headwater.client import tagging
from headwater.flow.spec import FlowSpec
from headwater.wording import plain

SHOWN = {"--json", "--quiet", "--datastore-root"}


def command(cls: type[FlowSpec] | None = None) -> click.Command:
    """The commands; of one flow's runs, when its class is given."""
    flow = cls.__name__ if cls is not None else None
    group = click.Group("tag", help="Change and list the tags of runs.")
    several = click.Argument(["tags"], nargs=-1, required=True, metavar="TAG...")
    group.add_command(_change("add", flow, _add, [several], "Give a run tags."))
    group.add_command(_change("remove", flow, _remove, [several], "Take tags from a run."))
    swaps = [
        click.Option(["add", "--add"], multiple=True, metavar="TAG", help="Give this tag; may be repeated."),
        click.Option(["remove", "--remove"], multiple=True, metavar="TAG", help="Take this tag; may be repeated."),
    ]
    group.add_command(_change("replace", flow, _replace, swaps, "Take tags from a run and give it others, at once."))
    group.add_command(list_command(flow))
    return group


Change = dict[str, Sequence[str]]


def _add(tags: Sequence[str]) -> Change:
    return {"add": tags}


def _remove(tags: Sequence[str]) -> Change:
    return {"remove": tags}


def _replace(add: Sequence[str], remove: Sequence[str]) -> Change:
    if not add and not remove:
        raise click.UsageError("Nothing to replace. Say which tags with --remove and --add.")
    return {"add": add, "remove": remove}


def _change(
    name: str, flow: str | None, read: Callable[..., Change], params: Sequence[click.Parameter], text: str
) -> click.Command:
    def change(shared: Shared, where: str | None = None, namespace: str | None = None, **values: Any) -> None:
        wanted = read(**values)
        reader = reader_of(shared)
        scope = find_scope(namespace)
        run = find_run(reader, Target.read(where, flow), scope)
        done = tagging.change_tags(reader, run.flow, run.run_id, **wanted)
        if shared.json:
            document = {
                "flow": run.flow,
                "run_id": run.run_id,
                "pathspec": f"{run.flow}/{run.run_id}",
                "tags": done.record.tags,
                "system_tags": sorted(tagging.system_tags(reader, run.flow, run.run_id)),
                "added": done.added,
                "removed": done.removed,
            }
            Sink(sys.stdout).write(to_line(document))
        elif not shared.quiet:
            say(_describe(f"{run.flow}/{run.run_id}", done.added, done.removed, done.record.tags))

    return command_with(name, change, [*target_params(flow), *params], shown=SHOWN, help=text)


def _describe(pathspec: str, added: Sequence[str], removed: Sequence[str], tags: Sequence[str]) -> str:
    changes = [f"{verb} {_names(some)}" for verb, some in (("removed", removed), ("added", added)) if some]
    change = f"{pathspec}: {', '.join(changes) or 'nothing to change'}."
    return f"{change} Its tags: {_names(tags)}." if tags else f"{change} It has no tags."


def _names(tags: Sequence[str]) -> str:
    return ", ".join(plain(tag) for tag in tags)
