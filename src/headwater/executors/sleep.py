"""Finds a process that sleeps for ever: one thread, in a private futex without a timeout, using no CPU.

Such a process waits for a lock that only its own threads could release, and it has no other thread. It happens when a
lock was held, or a thread pool was alive, in the moment in which the process was forked.
"""

import os
import platform
from typing import NamedTuple

_FUTEX = {"x86_64": 202, "aarch64": 98}.get(platform.machine())
_PRIVATE = 128


class Sleep(NamedTuple):
    """Since when a process has been asleep for ever, as far as was seen."""

    since: float  # monotonic seconds
    cpu_ticks: int


def watch_sleep(pid: int, before: Sleep | None, now: float) -> Sleep | None:
    """Look again; None when the process is awake, could wake up, or cannot be looked into."""
    ticks = _idle_ticks(pid)
    if ticks is None or not _waits_for_nobody(pid):
        return None
    if before is not None and before.cpu_ticks == ticks:
        return before
    return Sleep(now, ticks)


def _idle_ticks(pid: int) -> int | None:
    """CPU ticks that a sleeping process has used."""
    fields = _read(f"/proc/{pid}/stat").rpartition(b")")[2].split()
    if len(fields) < 18 or fields[0] != b"S" or fields[17] != b"1":  # state, number of threads
        return None
    return int(fields[11]) + int(fields[12])


def _waits_for_nobody(pid: int) -> bool:
    fields = _read(f"/proc/{pid}/syscall").split()
    if len(fields) < 5 or not fields[0].isdigit() or int(fields[0]) != _FUTEX:
        return False
    operation, timeout = int(fields[2], 16), int(fields[4], 16)
    return bool(operation & _PRIVATE) and timeout == 0


def _read(path: str) -> bytes:
    try:
        fd = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    except OSError:
        return b""
    try:
        return os.read(fd, 4096)
    except OSError:
        return b""
    finally:
        os.close(fd)
