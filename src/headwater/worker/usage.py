"""What an attempt used: CPU seconds, and peak memory beyond what its process began with.

A fork begins with its parent's pages in its resident set, so absolute figures would charge every task for the author's
imports. Peak memory is therefore a growth: of private pages (resident and not backed by files, so mapped artifacts,
which processes share, do not count) at the high-water mark. Pages of the parent that a fork merely rewrites are not
seen. The exact figure, `smaps_rollup`, costs 0.3 ms and more in a process with large libraries; this one a tenth.
"""

import os
import resource
import sys
import time
from typing import NamedTuple

from headwater.records.task import Usage

_RSS_UNIT = 1 if sys.platform == "darwin" else 1024  # ru_maxrss: bytes there, KiB on Linux


class _Mark(NamedTuple):
    cpu_s: float
    private: int  # bytes


class _Memory(NamedTuple):
    """Resident bytes."""

    private: int
    mapped: int  # backed by files, or shared
    highest: int  # of all of them, ever


_start = _Mark(0.0, 0)


def begin() -> None:
    """Measure from here on, in this process."""
    global _start
    _start = _Mark(_cpu_s(), _memory().private)


def begin_in_forks() -> None:
    """Measure every later fork of this process from its beginning: it inherits the pages, and its clock starts at 0."""
    global _start
    _start = _Mark(0.0, _memory().private)


def measure() -> Usage:
    """What this process, and those of its children that it has waited for, used since the beginning."""
    memory = _memory()
    highest = memory.highest - memory.mapped
    return Usage(
        cpu_s=round(max(0.0, _cpu_s() - _start.cpu_s), 6),
        peak_memory=max(memory.private - _start.private, highest - _start.private, 0),
    )


def _cpu_s() -> float:
    times = os.times()  # in hundredths of a second, which is too coarse for the process itself
    return time.process_time() + times.children_user + times.children_system


def _memory() -> _Memory:
    """What the kernel says now. `ru_maxrss` knows the peak everywhere, but an interpreter inherits its launcher's."""
    try:
        fd = os.open("/proc/self/status", os.O_RDONLY | os.O_CLOEXEC)
    except OSError:
        return _Memory(0, 0, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * _RSS_UNIT)
    try:
        text = os.read(fd, 4096)
    finally:
        os.close(fd)
    return _Memory(
        _figure(text, b"RssAnon:"), _figure(text, b"RssFile:") + _figure(text, b"RssShmem:"), _figure(text, b"VmHWM:")
    )


def _figure(text: bytes, name: bytes) -> int:
    """`VmHWM:	   12345 kB` in bytes; 0 where a kernel does not tell."""
    start = text.find(name)
    return int(text[start + len(name) : text.index(b"kB", start)]) << 10 if start >= 0 else 0
