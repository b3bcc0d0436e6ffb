"""What a root holds beside its documents: the index, runs that died without a word, leftovers."""

import sqlite3
import time
from collections.abc import Mapping
from pathlib import Path

from headwater.checkup.finding import Area, Finding, Level
from headwater.errors import IndexUnusable, RecordError
from headwater.metadata.index import Index
from headwater.metadata.open import index_path
from headwater.records.run import RunEnd
from headwater.storage import layout
from headwater.storage.base import Storage
from headwater.storage.documents import find_document
from headwater.storage.leftovers import find_leftovers
from headwater.storage.liveness import is_alive
from headwater.storage.local import LocalStorage
from headwater.storage.runs import stored_runs
from headwater.wording import counted, number, size

_SHOWN = 10  # lines of details
_REBUILD = "Make it anew: headwater index rebuild"

Run = tuple[str, str]


def shown(lines: list[str]) -> tuple[str, ...]:
    """The first few, and how many more there are."""
    more = [f"and {number(len(lines) - _SHOWN)} more"] if len(lines) > _SHOWN else []
    return (*lines[:_SHOWN], *more)


def check_kept(storage: Storage, environ: Mapping[str, str]) -> list[Finding]:
    stored = set(stored_runs(storage))
    if not stored:
        return [Finding(Area.KEPT, Level.OK, "no runs yet")]
    flows = len({flow for flow, _ in stored})
    kept = Finding(Area.KEPT, Level.OK, f"{counted(len(stored), 'run')} of {counted(flows, 'flow')}")
    index, unfinished = _check_index(storage, environ, stored)
    return [kept, index, *_lost_runs(storage, unfinished & stored), *_leftovers(storage)]


def _check_index(storage: Storage, environ: Mapping[str, str], stored: set[Run]) -> tuple[Finding, set[Run]]:
    """The finding, and the runs whose end the index does not know; all of them where it cannot be asked."""
    path = index_path(storage, environ)
    if path is None or not path.is_file():
        text = "there is no index yet; the next command that reads makes it"
        return Finding(Area.KEPT, Level.OK, text), stored
    damage = _damage(path)
    if damage:
        return Finding(Area.KEPT, Level.WARNING, f"the index {path} is damaged: {damage}", _REBUILD), stored
    try:
        with Index(path) as index:
            known, unfinished = index.run_ids(), index.run_ids(unfinished=True)
    except IndexUnusable as exc:
        if exc.replaceable:
            text = f"the index {path} is of another version; the next command that reads makes it anew"
            return Finding(Area.KEPT, Level.NOTE, text), stored
        return Finding(Area.KEPT, Level.WARNING, str(exc)), stored
    behind, gone = len(stored - known), len(known - stored)
    if behind or gone:
        lacks = [f"lacks {counted(behind, 'run')}"] if behind else []
        lacks += [f"has {counted(gone, 'run')} that are gone"] if gone else []
        text = f"the index {' and '.join(lacks)}; the next command that reads catches up"
        return Finding(Area.KEPT, Level.NOTE, text), unfinished | (stored - known)
    return Finding(Area.KEPT, Level.OK, f"the index is whole and knows every run ({path})"), unfinished


def _damage(path: Path) -> str:
    """What SQLite says of the file; empty when it is sound."""
    try:
        connection = sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True, timeout=5.0)
        try:
            answer = str(connection.execute("PRAGMA quick_check(1)").fetchone()[0])
        finally:
            connection.close()
    except sqlite3.Error as exc:
        return str(exc)
    return "" if answer == "ok" else answer


def _lost_runs(storage: Storage, unfinished: set[Run]) -> list[Finding]:
    lost = sorted((flow, run_id) for flow, run_id in unfinished if _is_lost(storage, flow, run_id))
    if not lost:
        return []
    remedy = (
        "Take up what succeeded in one (python FILE resume --origin-run-id ID), or remove it (headwater rm FLOW/ID)."
    )
    text = f"{counted(len(lost), 'run')} lost: the processes died without writing how the run ended"
    return [Finding(Area.KEPT, Level.WARNING, text, remedy, shown([f"{flow}/{run_id}" for flow, run_id in lost]))]


def _is_lost(storage: Storage, flow: str, run_id: str) -> bool:
    try:
        return find_document(storage, RunEnd, layout.run_end(flow, run_id)) is None and not (
            is_alive(storage, flow, run_id)
        )
    except RecordError:  # --verify tells of damaged documents
        return False


def _leftovers(storage: Storage) -> list[Finding]:
    if not isinstance(storage, LocalStorage):
        return []
    root = Path(storage.url)
    found = []
    left = list(find_leftovers(storage, time.time()))
    if left:
        bulk = size(sum(one.size for one in left))
        text = f"{counted(len(left), 'file')} ({bulk}) of writers that died, in {root / layout.TEMP}"
        found.append(Finding(Area.KEPT, Level.NOTE, text, "Remove them: headwater gc --yes"))
    trash = [entry for entry in (root / layout.TRASH).rglob("*") if entry.is_file()]
    if trash:
        bulk = size(sum(entry.stat().st_size for entry in trash))
        text = f"the trash holds {counted(len(trash), 'file')} ({bulk}) of runs that were removed"
        remedy = "Bring the last ones back with `headwater rm --undo`, or empty it with `headwater gc --yes`."
        found.append(Finding(Area.KEPT, Level.NOTE, text, remedy))
    return found
