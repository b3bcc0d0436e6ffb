"""What writers that died left behind in a root: begun values that nobody is going to finish."""

import os
from collections.abc import Iterator
from typing import NamedTuple

from headwater.storage import layout
from headwater.storage.local import LocalStorage

#: Seconds that a begun value is given: a process of its writer's number may be another's, or on another machine.
LEFT_S = 3600.0


class Leftover(NamedTuple):
    """A file of a dead writer."""

    path: str
    size: int  # bytes of the disk


def find_leftovers(storage: LocalStorage, now: float) -> Iterator[Leftover]:
    """Files in `.tmp` that are old and whose writer, whose number begins their name, is gone."""
    try:
        entries = os.scandir(storage.path(layout.TEMP))
    except (FileNotFoundError, NotADirectoryError):
        return
    with entries:
        for entry in entries:
            try:
                found = entry.stat(follow_symlinks=False)
            except FileNotFoundError:  # its writer has just finished
                continue
            if now - found.st_ctime >= LEFT_S and not _is_alive(entry.name.partition("-")[0]):
                yield Leftover(entry.path, found.st_blocks * 512)


def _is_alive(pid: str) -> bool:
    """Whether a process of this machine has this number."""
    try:
        os.kill(int(pid), 0)
    except (ProcessLookupError, OverflowError):
        return False
    except ValueError:  # no file of ours
        return True
    except PermissionError:
        return True
    return True
