"""`headwater gc`: remove runs by a policy, and everything that nothing refers to.

Without --yes it only says what would go.

With --json one document: {dry_run, runs, kept, spared, trash, bytes, values}. `runs` are those that go: {pathspec,
status, created_at}; `kept` counts the others by why they stay (null when it was done); `spared` and `trash` are lists
of pathspecs; `bytes` is what would be free, about, or what became free; `values` counts removed blobs (null before
they are looked for).
"""

import sys
import time
from collections import Counter
from collections.abc import Iterator
from typing import Any

import click

from headwater.cli.columns import Column, fitted
from headwater.cli.commands import Shared, command_with
from headwater.cli.errors import DONE, say
from headwater.cli.json import to_line
from headwater.cli.meter import Meter
from headwater.cli.pager import terminal_width
from headwater.cli.reading import no_flow, reader_of
from headwater.cli.streams import Sink
from headwater.cli.when import Moment, ago
from headwater.client.reader import Reader
from headwater.upkeep.collect import Collected, choose_runs, collect, local_root
from headwater.upkeep.policy import PIN, Choice, Policy, RunFacts, RunKey
from headwater.upkeep.request import freed_by
from headwater.upkeep.trash import Trash
from headwater.wording import counted, number, size

_LISTED = 20


def command() -> click.Command:
    return command_with(
        "gc",
        gc,
        [
            click.Option(
                ["keep_last", "--keep-last"],
                type=click.IntRange(min=0),
                metavar="N",
                help="Remove runs that are none of the last N of their flow.",
            ),
            click.Option(
                ["before", "--older-than"],
                type=Moment(),
                metavar="WHEN",
                help="Remove runs begun before: 30d, 2w, 2026-11-20. With --keep-last, those that are both.",
            ),
            click.Option(
                ["flows", "--flow"], multiple=True, metavar="FLOW", help="Only runs of this flow; may be repeated."
            ),
            click.Option(["keep_tagged", "--keep-tagged"], is_flag=True, help="Leave runs that bear any tag."),
            click.Option(["keep_failed", "--keep-failed"], is_flag=True, help="Leave runs that did not succeed."),
            click.Option(["dry_run", "--dry-run"], is_flag=True, help="Only say what would go. The default."),
            click.Option(["yes", "--yes", "-y"], is_flag=True, help="Do it."),
        ],
        shown={"--json", "--quiet", "--datastore-root"},
        help=(
            "Remove runs by age or number, empty the trash, and free what nothing refers to, also while flows run. "
            f"Runs stay that are running, bear the tag '{PIN}', or are needed by a run that stays."
        ),
    )


def gc(
    shared: Shared,
    keep_last: int | None,
    before: float | None,
    flows: tuple[str, ...],
    keep_tagged: bool,
    keep_failed: bool,
    dry_run: bool,
    yes: bool,
) -> int:
    if yes and dry_run:
        raise click.UsageError("--dry-run only looks, --yes removes. Give one of them.")
    policy = Policy(keep_last, before, flows, keep_tagged, keep_failed)
    if not policy.removes_runs and (flows or keep_tagged or keep_failed):
        raise click.UsageError("Say which runs are to go, with --keep-last N or --older-than 30d.")
    reader = reader_of(shared)
    local_root(reader.storage)
    reader.refresh()
    _check_flows(reader, flows)
    if yes:
        _collect(reader, shared, policy)
    else:
        _look(reader, shared, policy)
    return DONE


def _check_flows(reader: Reader, flows: tuple[str, ...]) -> None:
    for flow in sorted(set(flows) - set(reader.index.flows())):
        raise no_flow(reader, flow)


def _look(reader: Reader, shared: Shared, policy: Policy) -> None:
    choice = choose_runs(reader.storage, reader.index, policy)
    trash = Trash(local_root(reader.storage)).runs()
    freed = freed_by(reader.storage, reader.index, [run.key for run in choice.doomed])
    if shared.json:
        document = {
            "dry_run": True,
            "runs": [_run_document(run) for run in choice.doomed],
            "kept": _kept(choice),
            "spared": [],
            "trash": [str(key) for key in trash],
            "bytes": freed,
            "values": None,
        }
        Sink(sys.stdout).write(to_line(document))
        return
    if not policy.removes_runs:
        choice = Choice((), ())
        Sink(sys.stdout).line("No run would be removed: say which with --keep-last N or --older-than 30d.")
    for line in _lines(choice, trash, freed):
        Sink(sys.stdout).line(line)
    if not shared.quiet:
        say("Nothing was removed. Add --yes to do it.")


def _lines(choice: Choice, trash: list[RunKey], freed: int) -> Iterator[str]:
    if choice.doomed:
        now = time.time()
        listed = choice.doomed[:_LISTED]
        columns = [
            Column("run", [str(run.key) for run in listed]),
            Column("status", [run.status for run in listed], 2),
            Column("started", [ago(run.created_at, now) for run in listed], 1),
            Column("tags", [", ".join(run.tags) for run in listed], 3, cut=True),
        ]
        yield from fitted(columns, terminal_width())
        if len(choice.doomed) > _LISTED:
            yield f"and {number(len(choice.doomed) - _LISTED)} more; --json lists them all"
        yield ""
        yield f"{counted(len(choice.doomed), 'run')} would be removed, about {size(freed)}."
    elif choice.kept:
        yield "No run would be removed."
    if choice.kept:
        reasons = ", ".join(f"{number(count)} {why}" for why, count in _kept(choice).items())
        yield f"{counted(len(choice.kept), 'run')} would stay: {reasons}."
    if trash:
        yield f"{counted(len(trash), 'removed run')} in the trash could not be brought back any more."
    yield "Values that nothing refers to would go too; they are looked for when it is done."


def _kept(choice: Choice) -> dict[str, int]:
    return dict(Counter(kept.why.value for kept in choice.kept).most_common())


def _collect(reader: Reader, shared: Shared, policy: Policy) -> None:
    with Meter(shared.quiet) as meter:
        done = collect(reader.storage, reader.index, policy, lambda progress: meter.show(*progress))
    if shared.json:
        Sink(sys.stdout).write(to_line(_document(done)))
        return
    for key in done.spared:
        say(f"{key} is in use by now, and stays.")
    if not shared.quiet:
        say(
            f"Removed {counted(len(done.runs), 'run')} and {counted(done.values.blobs, 'value')} "
            f"that nothing refers to: {size(done.bytes)} are free."
        )


def _document(done: Collected) -> dict[str, Any]:
    return {
        "dry_run": False,
        "runs": [_run_document(run) for run in done.runs],
        "kept": None,
        "spared": [str(key) for key in done.spared],
        "trash": [],
        "bytes": done.bytes,
        "values": done.values.blobs,
    }


def _run_document(run: RunFacts) -> dict[str, Any]:
    return {"pathspec": str(run.key), "status": run.status, "created_at": run.created_at}
