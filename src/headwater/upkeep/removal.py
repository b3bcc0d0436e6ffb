"""Removing runs while others run and resume: decided once more under their locks, then renamed away.

    lock some runs, the newest first ─► read again who took tasks over from them, and their tags ─► rename ─► index

A run that is resumed is borrowed (`storage.liveness`) until the documents of the new run name it, so either its lock is
not to be had, or what took tasks over from it can be read.
"""

from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import ExitStack
from itertools import islice
from pathlib import Path
from typing import NamedTuple

from headwater.errors import RecordError, RunBusy
from headwater.metadata.base import Metadata
from headwater.storage import layout
from headwater.storage.liveness import hold
from headwater.storage.local import LocalStorage
from headwater.upkeep.policy import PIN, RunKey, reached_from
from headwater.upkeep.runs import readable_origins, stored_facts, stored_origins, stored_runs
from headwater.upkeep.trash import Trash

_AT_ONCE = 100  # locks held at a time; each is a descriptor

Tell = Callable[[int, int], None]


class Removed(NamedTuple):
    """What came of a removal."""

    runs: tuple[RunKey, ...]
    spared: tuple[RunKey, ...]  # since they were chosen, somebody began to use or pinned them


def remove_runs(
    storage: LocalStorage,
    index: Metadata,
    runs: Sequence[RunKey],
    batch: Path,
    tell: Tell = lambda done, total: None,
) -> Removed:
    """Move runs, given with the newest first, into a batch of the trash. The caller holds the root's upkeep."""
    removed: list[RunKey] = []
    for some in _portions(runs):
        with ExitStack() as locks:
            going = _still_unused(storage, [key for key in some if _lock(storage, key, locks)])
            for key in going:
                Trash(storage).take(batch, key)
        for key in going:
            index.forget_run(*key)
        removed += going
        tell(len(removed), len(runs))
    gone = set(removed)
    return Removed(tuple(removed), tuple(key for key in runs if key not in gone))


def remove_claims(storage: LocalStorage, batch: Path, before: float) -> None:
    """Remove folders of runs that were claimed and never began: no record, no task, and nothing new since `before`."""
    for key in stored_runs(storage):
        if not _is_claim(storage, key, before):
            continue
        with ExitStack() as locks:
            if _lock(storage, key, locks) and _is_claim(storage, key, before):
                Trash(storage).take(batch, key)


def _is_claim(storage: LocalStorage, key: RunKey, before: float) -> bool:
    if storage.exists(layout.run_record(*key)) or storage.list_names(layout.all_tasks(*key)):
        return False
    try:
        return storage.path(layout.run(*key)).stat().st_ctime < before
    except FileNotFoundError:
        return False


def _portions(runs: Sequence[RunKey]) -> Iterator[list[RunKey]]:
    rest = iter(runs)
    while some := list(islice(rest, _AT_ONCE)):
        yield some


def _lock(storage: LocalStorage, key: RunKey, locks: ExitStack) -> bool:
    if not storage.path(layout.run(*key)).is_dir():
        return False
    try:
        locks.enter_context(hold(storage, *key))
    except RunBusy:
        return False
    return True


def _still_unused(storage: LocalStorage, locked: Collection[RunKey]) -> list[RunKey]:
    """Those of the locked runs that nobody pinned, and from whom no run that stays took tasks over."""
    going = {key for key in locked if not _is_pinned(storage, key)}
    others = [key for key in stored_runs(storage, {key.flow for key in locked}) if key not in going]
    reached = reached_from(others, {**readable_origins(storage, going), **stored_origins(storage, others)})
    return [key for key in locked if key in going and key not in reached]


def _is_pinned(storage: LocalStorage, key: RunKey) -> bool:
    try:
        facts = stored_facts(storage, key)
    except RecordError:  # of its tags; better once too often than once too seldom
        return True
    return facts is not None and PIN in facts.tags
