"""`headwater import metaflow`, `import list`, `import remove N`: runs of another system, read where they are.

With --json one document. `metaflow`: {number (null of a dry run), kind, folder, new, flows (name -> runs), states
(outcome -> runs), runs, added (runs that were not known before), elsewhere (runs of which the root has one of the same
name, which is shown), tasks, values, bytes (that the values take), unreadable: [{place, reason}], dry_run}.
`list`: {imports: [{number, kind, folder, flows (empty: all), imported_at, user, there, runs, tagged}]}.
`remove`: {number, folder, runs, tagged (runs whose tags were changed here)}.
"""

import os
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click

from headwater.cli.columns import Column, fitted
from headwater.cli.commands import Shared, ask, command_with
from headwater.cli.errors import DONE, FAILED, say
from headwater.cli.json import to_line
from headwater.cli.meter import Meter
from headwater.cli.pager import show_lines, terminal_width
from headwater.cli.reading import reader_of
from headwater.cli.streams import Sink
from headwater.client.reader import Reader
from headwater.errors import NotFound
from headwater.imports.bring import Brought, bring
from headwater.imports.catalogue import count_tagged, import_numbers, list_imports, read_import, remove_import
from headwater.imports.histories import remove_index
from headwater.imports.place import find_metaflow
from headwater.records.imports import ImportRecord
from headwater.settings import find_user
from headwater.wording import counted, moment, number, plain, size

_MOST_UNREADABLE = 10
_SHOWN = {"--json", "--quiet", "--datastore-root"}


def command() -> click.Command:
    group = click.Group("import", help="Bring in the runs of another system: they are read where they are.")
    group.add_command(_metaflow_command())
    group.add_command(command_with("list", list_all, shown=_SHOWN, help="List what is imported."))
    group.add_command(
        command_with(
            "remove",
            remove,
            [
                click.Argument(["wanted"], metavar="N", type=click.IntRange(min=1)),
                click.Option(["yes", "--yes", "-y"], is_flag=True, help="Do not ask."),
            ],
            shown=_SHOWN,
            help="Forget an import. What it reads is not touched, and can be imported again.",
        )
    )
    return group


def _metaflow_command() -> click.Command:
    return command_with(
        "metaflow",
        import_metaflow,
        [
            click.Option(["root", "--root"], metavar="FOLDER", help="The .metaflow; else that found upward from here."),
            click.Option(["flows", "--flow"], multiple=True, metavar="NAME", help="Only this flow; may be repeated."),
            click.Option(["dry_run", "--dry-run"], is_flag=True, help="Say what would be imported, and keep nothing."),
        ],
        shown=_SHOWN,
        help="Import the runs of a Metaflow datastore in a folder. Said again, it brings what is new.",
    )


def import_metaflow(shared: Shared, root: str | None, flows: tuple[str, ...], dry_run: bool) -> None:
    reader = reader_of(shared)
    wish = ImportRecord(
        number=0,
        kind="metaflow",
        folder=find_metaflow(root, Path.cwd(), os.environ),
        imported_at=time.time(),
        user=find_user(os.environ),
        flows=tuple(sorted(set(flows))),
    )
    with Meter(shared.quiet) as meter:
        done = bring(reader.storage, wish, lambda some, total: meter.show("reading runs", some, total), dry_run)
    if shared.json:
        Sink(sys.stdout).write(to_line(_document(done, dry_run)))
    elif not shared.quiet:
        for line in _summary(done, dry_run):
            say(line)


def list_all(shared: Shared) -> None:
    reader = reader_of(shared)
    known = [_listed(reader, record) for record in list_imports(reader.storage)]
    if shared.json:
        Sink(sys.stdout).write(to_line({"imports": known}))
        return
    if not known:
        say(f"Nothing is imported into {reader.root}. Bring in what Metaflow kept: headwater import metaflow")
        return
    show_lines(fitted(_columns(known), terminal_width()))


def remove(shared: Shared, wanted: int, yes: bool) -> int:
    storage = reader_of(shared).storage
    record = read_import(storage, wanted)
    if record is None:
        known = ", ".join(map(str, import_numbers(storage)))
        have = f"There are {known}." if known else "There is none."
        raise NotFound(f"There is no import {wanted} in {storage.url}. {have} List them: headwater import list")
    runs, tagged = _listed(reader_of(shared), record)["runs"], count_tagged(storage, wanted)
    lost = f"the tags that were changed here of {counted(tagged, 'run')} go with it"
    if tagged and not yes and not ask(f"Forget import {wanted}? {lost.capitalize()}."):
        say("Nothing was removed.")
        return FAILED
    remove_import(storage, wanted)
    remove_index(wanted, storage)
    if shared.json:
        answer = {"number": wanted, "folder": record.folder, "runs": runs, "tagged": tagged}
        Sink(sys.stdout).write(to_line(answer))
    elif not shared.quiet:
        say(f"Import {wanted} is forgotten, and {counted(runs, 'run')} with it{f'; {lost}' if tagged else ''}.")
        say(f"{plain(record.folder)} is as it was. To have it back: headwater import metaflow --root {record.folder}")
    return DONE


def _document(done: Brought, dry_run: bool) -> dict[str, Any]:
    return {
        "number": done.record.number or None,
        "kind": done.record.kind,
        "folder": done.record.folder,
        "new": done.new,
        "flows": done.flows,
        "states": done.states,
        "runs": sum(done.flows.values()),
        "added": done.added,
        "elsewhere": done.elsewhere,
        **done.size._asdict(),
        "unreadable": [one._asdict() for one in done.unreadable],
        "dry_run": dry_run,
    }


def _summary(done: Brought, dry_run: bool) -> Iterator[str]:
    folder, runs = plain(done.record.folder), sum(done.flows.values())
    if dry_run:
        yield f"{folder} would be imported; nothing was kept."
    elif done.new:
        yield f"{folder} is import {done.record.number}. Nothing was copied: its runs are read there."
    else:
        yield f"{folder} is import {done.record.number} already; {counted(done.added, 'run')} came since."
    states = ", ".join(f"{number(count)} {state}" for state, count in done.states.items())
    yield f"{counted(len(done.flows), 'flow')}, {counted(runs, 'run')} ({states or 'none'})."
    yield f"{counted(done.size.tasks, 'task')}, {counted(done.size.values, 'value')} ({size(done.size.bytes)})."
    if done.elsewhere:
        yield f"Of {counted(done.elsewhere, 'run')} the root has one of the same name, which is the one that is shown."
    if done.unreadable:
        yield f"{counted(len(done.unreadable), 'thing')} could not be read:"
        yield from (f"  {plain(one.place)}: {plain(one.reason)}" for one in done.unreadable[:_MOST_UNREADABLE])
        more = len(done.unreadable) - _MOST_UNREADABLE
        if more > 0:
            yield f"  and {number(more)} more; --json lists them all."
    if not dry_run and runs:
        yield "See them: headwater runs"


def _listed(reader: Reader, record: ImportRecord) -> dict[str, Any]:
    history = next((one for one in reader.histories if one.record.number == record.number), None)
    return {
        "number": record.number,
        "kind": record.kind,
        "folder": record.folder,
        "flows": list(record.flows),
        "imported_at": record.imported_at,
        "user": record.user,
        "there": history is not None and history.is_there(),
        "runs": len(history.index.run_ids()) if history is not None else 0,
        "tagged": count_tagged(reader.storage, record.number),
    }


def _columns(known: list[dict[str, Any]]) -> list[Column]:
    return [
        Column("import", [str(one["number"]) for one in known]),
        Column("kind", [one["kind"] for one in known], weight=2),
        Column("runs", [number(one["runs"]) for one in known], right=True),
        Column("flows", [", ".join(one["flows"]) or "all" for one in known], weight=1),
        Column("since", [moment(one["imported_at"]) for one in known], weight=3),
        Column("", ["" if one["there"] else "missing" for one in known]),
        Column("folder", [plain(one["folder"]) for one in known]),
    ]
