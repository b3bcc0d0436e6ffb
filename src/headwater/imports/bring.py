"""Making an import: what a store has is looked through and told, and a document says from then on where it is."""

from collections import Counter
from collections.abc import Callable, Collection
from typing import NamedTuple

from headwater import plugins
from headwater.errors import NotFound
from headwater.imports.catalogue import add_import, list_imports
from headwater.imports.histories import open_history
from headwater.imports.history import History
from headwater.imports.source import SourceSize, Unreadable
from headwater.metadata.index import Index
from headwater.records.imports import ImportRecord
from headwater.storage import layout
from headwater.storage.base import Storage
from headwater.storage.runs import WITHOUT_END


class Brought(NamedTuple):
    """What an import shows."""

    record: ImportRecord
    new: bool  # False: the root had the import already
    flows: dict[str, int]  # runs of each
    states: dict[str, int]  # runs by how they ended
    added: int  # runs that were not known before
    elsewhere: int  # runs of which the root has one of the same name, which is the one that is shown
    size: SourceSize
    unreadable: tuple[Unreadable, ...]


def bring(
    storage: Storage,
    wish: ImportRecord,
    tell: Callable[[int, int], None] = lambda done, total: None,
    dry_run: bool = False,
) -> Brought:
    """Import what a record (its number does not count) asks for, or what is new of it since it was imported."""
    others = [one for one in list_imports(storage) if (one.kind, one.folder) == (wish.kind, wish.folder)]
    flows = _checked_flows(wish)
    known = _covering(others, flows)
    record = known or (wish if dry_run else _add(storage, wish, flows))
    history = _throw_away(record, storage) if dry_run else open_history(record, storage)
    try:
        before = len(history.index.run_ids())
        taken = _Taken(storage)
        history.catch_up(taken, tell)
        return _told(history, known is None, before, len(taken.found))
    finally:
        history.close()


def try_import(storage: Storage, record: ImportRecord) -> Brought | None:
    """What an import would show if it were made now; None when nothing is there. Nothing is kept."""
    history = _throw_away(record, storage)
    try:
        if not history.is_there():
            return None
        taken = _Taken(storage)
        history.catch_up(taken)
        return _told(history, False, 0, len(taken.found))
    finally:
        history.close()


def _checked_flows(wish: ImportRecord) -> Collection[str]:
    """The flows that are wanted, all of them there."""
    there = plugins.load("history", wish.kind)(wish.folder, wish.number).flows()
    if not there:
        raise NotFound(f"There is no run in {wish.folder}. Name the folder that holds them with --root.")
    missing = sorted(set(wish.flows) - set(there))
    if missing:
        raise NotFound(f"There is no flow {missing[0]} in {wish.folder}. It has: {', '.join(there)}.")
    return wish.flows


def _covering(imports: list[ImportRecord], flows: Collection[str]) -> ImportRecord | None:
    """The import that shows all of the flows already; no flows: all that there are."""
    for record in imports:
        if not record.flows or (flows and set(flows) <= set(record.flows)):
            return record
    return None


def _add(storage: Storage, wish: ImportRecord, flows: Collection[str]) -> ImportRecord:
    return add_import(storage, wish.kind, wish.folder, wish.user, wish.imported_at, flows)


def _throw_away(record: ImportRecord, storage: Storage) -> History:
    """The same import with an index that nobody keeps."""
    return History(record, plugins.load("history", record.kind)(record.folder, record.number), storage, Index(None))


class _Taken:
    """Runs whose name a run of the root's own bears."""

    def __init__(self, storage: Storage) -> None:
        self._storage = storage
        self.found: set[tuple[str, str]] = set()

    def __call__(self, flow: str, run_id: str) -> bool:
        taken = self._storage.exists(layout.run_record(flow, run_id))
        if taken:
            self.found.add((flow, run_id))
        return taken


def _told(history: History, new: bool, before: int, elsewhere: int) -> Brought:
    rows = history.index.runs()
    flows = Counter(row.flow for row in rows)
    left_out = [Unreadable("/".join(name), reason) for name, reason in sorted(history.left_out.items())]
    places = {one.place for one in left_out}
    return Brought(
        record=history.record,
        new=new,
        flows=dict(sorted(flows.items())),
        states=dict(sorted(Counter(row.outcome or WITHOUT_END[1] for row in rows).items())),
        added=len(rows) - before,
        elsewhere=elsewhere,
        size=history.source.measure(list(flows)),
        unreadable=(*left_out, *(one for one in history.source.unreadable() if one.place not in places)),
    )
