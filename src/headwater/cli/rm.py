"""`headwater rm`: remove runs, in a way that can be undone until the next `headwater gc`.

With --json one document: {removed, spared, refused, dry_run, freed, brought_back}. The first two and the last are lists
of pathspecs, `refused` is one of {pathspec, why, by}, `freed` the bytes that `gc` would give back, about.
"""

import sys
from collections.abc import Sequence
from typing import Any

import click

from headwater.cli.commands import Shared, ask, command_with
from headwater.cli.errors import DONE, FAILED, say
from headwater.cli.json import to_line
from headwater.cli.meter import Meter
from headwater.cli.reading import find, no_flow, reader_of
from headwater.cli.streams import Sink
from headwater.client.reader import Reader
from headwater.upkeep.collect import local_root, remove_to_trash, undo
from headwater.upkeep.policy import PIN, RunKey, Why
from headwater.upkeep.request import Refused, freed_by, read_request
from headwater.upkeep.runs import stored_runs
from headwater.wording import counted, size

_LISTED = 10


def command() -> click.Command:
    return command_with(
        "rm",
        rm,
        [
            click.Argument(["pathspecs"], nargs=-1, metavar="FLOW[/RUN]..."),
            click.Option(
                ["with_dependents", "--with-dependents"],
                is_flag=True,
                help="The runs that took tasks over from them too.",
            ),
            click.Option(["dry_run", "--dry-run"], is_flag=True, help="Only say what would be removed."),
            click.Option(["undo_last", "--undo"], is_flag=True, help="Bring back what the last removal took."),
            click.Option(["yes", "--yes", "-y"], is_flag=True, help="Do not ask."),
        ],
        shown={"--json", "--quiet", "--datastore-root"},
        help="Remove runs, or all runs of a flow. --undo brings them back, until `headwater gc` deletes them.",
        no_args_is_help=True,
    )


def rm(
    shared: Shared, pathspecs: tuple[str, ...], with_dependents: bool, dry_run: bool, undo_last: bool, yes: bool
) -> int:
    reader = reader_of(shared)
    local_root(reader.storage)
    if undo_last:
        if pathspecs or with_dependents or dry_run:
            raise click.UsageError("--undo brings back the whole of the last removal. Give nothing else with it.")
        return _bring_back(reader, shared)
    if not pathspecs:
        raise click.UsageError("Missing argument 'FLOW[/RUN]...'. Name the runs to remove, as in MyFlow/17.")
    return _remove(reader, shared, _read_keys(reader, pathspecs), with_dependents, dry_run, yes)


def _read_keys(reader: Reader, pathspecs: Sequence[str]) -> list[RunKey]:
    keys = []
    for text in pathspecs:
        pathspec = find(reader, text)
        if pathspec.step is not None:
            raise click.UsageError(f"{text} is part of a run. Only runs and flows can be removed: MyFlow/17, MyFlow.")
        if pathspec.run is not None:
            reader.histories.refuse(pathspec.flow, pathspec.run, "removed")
            keys.append(RunKey(pathspec.flow, pathspec.run))
            continue
        runs = stored_runs(reader.storage, [pathspec.flow])
        if not runs:
            reader.histories.refuse_flow(pathspec.flow, "removed")
            raise no_flow(reader, pathspec.flow)
        keys += runs
    return keys


def _remove(
    reader: Reader, shared: Shared, keys: Sequence[RunKey], with_dependents: bool, dry_run: bool, yes: bool
) -> int:
    reader.refresh()
    request = read_request(reader.storage, reader.index, keys, with_dependents)
    going = [run.key for run in request.runs]
    freed = freed_by(reader.storage, reader.index, going)
    if request.refused or dry_run:
        code = FAILED if request.refused else DONE
        if shared.json:
            _write(removed=[] if request.refused else going, refused=request.refused, freed=freed, dry_run=dry_run)
            return code
        for refused in request.refused[:_LISTED]:
            say(_why(refused))
        if len(request.refused) > _LISTED:
            say(f"{counted(len(request.refused) - _LISTED, 'more run')} cannot be removed; --json says why.")
        if request.refused:
            say("Nothing was removed.")
        else:
            Sink(sys.stdout).line(f"{_named(going)} would be removed, and about {size(freed)} free after a gc.")
        return code
    if not yes and not ask(f"Remove {_named(going)} ({size(freed)})?"):
        say("Nothing was removed.")
        return FAILED
    with Meter(shared.quiet) as meter:
        removed = remove_to_trash(reader.storage, reader.index, going, lambda progress: meter.show(*progress))
    if shared.json:
        _write(removed=removed.runs, spared=removed.spared, freed=freed)
    else:
        if not shared.quiet:
            say(
                f"Removed {_named(removed.runs)}. `headwater gc --yes` frees about {size(freed)}; "
                "until then `headwater rm --undo` brings them back."
            )
        for key in removed.spared:
            say(f"{key} is in use by now, and stays.")
    return FAILED if removed.spared else DONE


def _bring_back(reader: Reader, shared: Shared) -> int:
    back = undo(reader.storage)
    reader.refresh()
    if shared.json:
        _write(brought_back=back)
    elif not shared.quiet:
        say(f"{_named(back)} {'is' if len(back) == 1 else 'are'} back.")
    return DONE


def _why(refused: Refused) -> str:
    key = refused.key
    if refused.why is Why.RUNNING:
        return f"{key} is running. End it with Ctrl-C where it runs, or wait."
    if refused.why is Why.PINNED:
        return f"{key} bears the tag {PIN!r}. Take it away first: headwater tag remove {key} {PIN}"
    return (
        f"{key} is needed by {_named(refused.by)}, which took tasks over from it. "
        "Remove both with --with-dependents, or leave it."
    )


def _named(keys: Sequence[RunKey]) -> str:
    """`F/1`, `F/1 and F/2`, `120 runs (F/120, F/119, …)`."""
    names = [str(key) for key in keys]
    if len(names) > _LISTED:
        return f"{counted(len(names), 'run')} ({names[0]} to {names[-1]})"
    if len(names) < 2:
        return "".join(names) or "no run"
    return f"{', '.join(names[:-1])} and {names[-1]}"


def _write(
    removed: Sequence[RunKey] = (),
    spared: Sequence[RunKey] = (),
    refused: Sequence[Refused] = (),
    brought_back: Sequence[RunKey] = (),
    freed: int = 0,
    dry_run: bool = False,
) -> None:
    document: dict[str, Any] = {
        "removed": [str(key) for key in removed],
        "spared": [str(key) for key in spared],
        "refused": [
            {"pathspec": str(one.key), "why": one.why.value, "by": [str(key) for key in one.by]} for one in refused
        ],
        "dry_run": dry_run,
        "freed": freed,
        "brought_back": [str(key) for key in brought_back],
    }
    Sink(sys.stdout).write(to_line(document))
