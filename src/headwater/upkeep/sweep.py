"""Removing blobs that nothing refers to, beside writers: see `storage.writers` for how they keep apart."""

import os
import re
from collections.abc import Callable, Collection, Iterator
from itertools import islice
from typing import NamedTuple

from headwater.errors import StorageError
from headwater.storage import layout
from headwater.storage.leftovers import find_leftovers
from headwater.storage.local import LocalStorage
from headwater.storage.writers import now_ns

_BLOB = re.compile(r"b3-([0-9a-f]{64})(?:\.[a-z0-9]+)?")
_AT_ONCE = 256  # blobs looked at and removed while nobody can renew one: some milliseconds

Tell = Callable[[int, int], None]


class Swept(NamedTuple):
    """What a sweep removed."""

    blobs: int
    bytes: int  # of the disk


class _Candidate(NamedTuple):
    path: str
    size: int


def sweep_blobs(
    storage: LocalStorage, reached: Collection[bytes], t0: int, tell: Tell = lambda done, total: None
) -> Swept:
    """Remove the blobs that are not reached and that nobody wrote or renewed since t0."""
    blobs = freed = 0
    candidates = list(_candidates(storage, reached, t0))
    rest = iter(candidates)
    while some := list(islice(rest, _AT_ONCE)):
        with storage.writers.kept_from_renewing():
            _check_clock(storage, t0)
            for path, size in some:
                if _remove_if_older(path, t0):
                    blobs += 1
                    freed += size
        tell(blobs, len(candidates))
    return Swept(blobs, freed)


def remove_leftovers(storage: LocalStorage, now: float) -> Swept:
    """Remove what writers that were killed had begun to write."""
    count = freed = 0
    for left in find_leftovers(storage, now):
        try:
            os.unlink(left.path)
        except FileNotFoundError:  # its writer has just finished
            continue
        count += 1
        freed += left.size
    return Swept(count, freed)


def _candidates(storage: LocalStorage, reached: Collection[bytes], t0: int) -> Iterator[_Candidate]:
    for folder in _entries(str(storage.path(layout.BLOBS))):
        for entry in _entries(folder.path):
            match = _BLOB.fullmatch(entry.name)
            if match is None or bytes.fromhex(match[1]) in reached:
                continue
            try:
                found = entry.stat(follow_symlinks=False)
            except FileNotFoundError:
                continue
            if found.st_ctime_ns < t0:
                yield _Candidate(entry.path, found.st_blocks * 512)


def _remove_if_older(path: str, t0: int) -> bool:
    try:
        if os.stat(path, follow_symlinks=False).st_ctime_ns >= t0:
            return False
        os.unlink(path)
    except FileNotFoundError:
        return False
    return True


def _check_clock(storage: LocalStorage, t0: int) -> None:
    """Times are compared, so a clock that was set back ends the sweep: what is renewed now would look old."""
    if now_ns(str(storage.prepare(layout.UPKEEP_LOCK))) < t0:
        raise StorageError(
            f"The clock of {storage.url} was set back while blobs were being removed. Nothing that is needed is lost; "
            "call `headwater gc` again."
        )


def _entries(folder: str) -> list[os.DirEntry[str]]:
    try:
        with os.scandir(folder) as entries:
            return list(entries)
    except (FileNotFoundError, NotADirectoryError):
        return []
