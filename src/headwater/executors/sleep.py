"""Finds a process that sleeps for ever: every thread in a private futex without a timeout, using no CPU.

Such a process waits for locks that only its own threads could release, and none of them is awake. It happens when a
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
    if len(fields) < 18 or fields[0] != b"S":
        return None
    return int(fields[11]) + int(fields[12])


def _waits_for_nobody(pid: int) -> bool:
    """Whether every thread sleeps so; the main one is looked at first, and mostly the last."""
    if not _sleeps_in_futex(f"/proc/{pid}/syscall"):
        return False
    try:
        threads = os.listdir(f"/proc/{pid}/task")
    except OSError:
        return False
    return all(_sleeps_in_futex(f"/proc/{pid}/task/{thread}/syscall") for thread in threads)


def _sleeps_in_futex(path: str) -> bool:
    fields = _read(path).split()
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
