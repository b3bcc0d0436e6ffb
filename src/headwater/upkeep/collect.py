"""`gc`: runs that a policy gives up, then everything that nothing refers to any more.

    runs that are to go ─► trash, for good ─► delete it ─► t0, wait for writers ─► mark ─► sweep

Killed at any moment, it leaves a root in which every document that is there can be followed: runs go before blobs, each
by one rename, and blobs only when no document refers to them.
"""

import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import NamedTuple

from headwater.errors import NotFound, StorageError
from headwater.metadata.base import Metadata
from headwater.storage.base import Storage
from headwater.storage.local import LocalStorage
from headwater.upkeep.policy import YOUNG_S, Choice, Policy, RunFacts, RunKey, choose
from headwater.upkeep.reach import reached_blobs
from headwater.upkeep.removal import Removed, remove_claims, remove_runs
from headwater.upkeep.runs import known_origins, known_runs
from headwater.upkeep.sweep import Swept, remove_leftovers, sweep_blobs
from headwater.upkeep.trash import Trash


class Progress(NamedTuple):
    """How far a part of the work is."""

    what: str  # "removing runs", "waiting for writers", "reading records", "removing values"
    done: int = 0
    total: int = 0


class Collected(NamedTuple):
    """What a collection removed."""

    runs: tuple[RunFacts, ...]
    spared: tuple[RunKey, ...]  # chosen, but used or pinned before they could be removed
    folders: int  # bytes of documents and logs of removed runs, those in the trash among them
    values: Swept
    leftovers: Swept

    @property
    def bytes(self) -> int:
        return self.folders + self.values.bytes + self.leftovers.bytes


Tell = Callable[[Progress], None]


def local_root(storage: Storage) -> LocalStorage:
    """The root, if runs can be removed from it."""
    if isinstance(storage, LocalStorage):
        return storage
    raise StorageError(
        f"Runs cannot be removed from {storage.url} yet: a root that is no folder has no locks, so nobody would know "
        "what is in use. Let the bucket's own rules delete old objects below flows/, or copy the runs that you need "
        "to another root."
    )


@contextmanager
def upkeep_of(storage: Storage) -> Iterator[LocalStorage]:
    """A root to remove things from, which one process does at a time."""
    root = local_root(storage)
    if not os.path.isdir(root.url):  # nothing is made by looking after it
        raise NotFound(f"There is no run in {root.url}: the folder does not exist.")
    with root.writers.alone() as taken:
        if not taken:
            raise StorageError(f"Another `headwater gc` or `rm` is at work in {root.url}. Wait until it has ended.")
        yield root


def choose_runs(storage: Storage, index: Metadata, policy: Policy) -> Choice:
    """Which runs would go, by what the index knows."""
    return choose(policy, known_runs(storage, index), known_origins(index), time.time())


def collect(storage: Storage, index: Metadata, policy: Policy, tell: Tell = lambda progress: None) -> Collected:
    """Remove the runs that the policy gives up, and all that nothing refers to. The trash is emptied first."""
    with upkeep_of(storage) as root:
        trash = Trash(root)
        doomed = choose_runs(root, index, policy).doomed
        batch = trash.new_batch(for_good=True)
        removed = remove_runs(root, index, [run.key for run in doomed], batch, _telling(tell, "removing runs"))
        remove_claims(root, batch, time.time() - YOUNG_S)
        tell(Progress("deleting files"))
        folders = trash.empty()
        t0 = root.writers.drain(lambda: tell(Progress("waiting for tasks that are saving")))
        reached = reached_blobs(root, _telling(tell, "reading records of runs"))
        values = sweep_blobs(root, reached, t0, _telling(tell, "removing values"))
        gone = set(removed.runs)
        return Collected(
            runs=tuple(run for run in doomed if run.key in gone),
            spared=removed.spared,
            folders=folders,
            values=values,
            leftovers=remove_leftovers(root, time.time()),
        )


def remove_to_trash(
    storage: Storage, index: Metadata, runs: list[RunKey], tell: Tell = lambda progress: None
) -> Removed:
    """Remove runs in a way that `undo` brings back until the next collection."""
    with upkeep_of(storage) as root:
        return remove_runs(root, index, runs, Trash(root).new_batch(), _telling(tell, "removing runs"))


def undo(storage: Storage) -> list[RunKey]:
    """Bring back what the last removal took."""
    with upkeep_of(storage) as root:
        return Trash(root).undo()


def _telling(tell: Tell, what: str) -> Callable[[int, int], None]:
    return lambda done, total: tell(Progress(what, done, total))
