"""Large buffers without copies: blobs mapped privately, copy-on-write, and recognised when they are saved again.

A mapped array is writable, and processes that map one blob share its pages until they write to them. A page that was
written to is anonymous memory of the process, and the kernel counts those: a mapping without any still holds what its
blob's name says, so it is not read again when it is saved.
"""

import mmap
import os
import sys
from collections.abc import Callable, Iterator
from functools import cache
from typing import NamedTuple

#: Bytes from which asking the kernel (3 ms in a process with pandas) is cheaper than hashing.
WORTH_ASKING = 16 << 20

_mapped_any = False  # spares those who never load an array the look at /proc


class Mapped(NamedTuple):
    """One stretch of this process's memory that stands for a file."""

    start: int
    end: int
    offset: int
    path: str
    touched: bool


def map_privately(path: str, size: int) -> memoryview | None:
    """The bytes of a file, writable, without changing it; None where the system gives no mapping (too many files)."""
    global _mapped_any
    try:
        fd = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    except FileNotFoundError:
        raise
    except OSError:
        return None
    try:
        mapping = mmap.mmap(fd, size, access=mmap.ACCESS_COPY)
    except (OSError, ValueError):
        return None
    finally:
        os.close(fd)
    _mapped_any = True
    return memoryview(mapping)


class Untouched:
    """Which of this process's mapped blobs still hold what they were loaded with, at the moment of asking."""

    def __init__(self, worth_asking: bool = True) -> None:
        self._asks = worth_asking and sys.platform == "linux"
        self._stretches: list[Mapped] | None = None

    def path_of(self, buffer: memoryview) -> str | None:
        """The file that has exactly these bytes, when that is sure without reading them."""
        if not _mapped_any or not self._asks:
            return None
        if self._stretches is None:
            self._stretches = list(_read_mappings())
        start = address_of(buffer)
        end = start + buffer.nbytes
        stretches = [stretch for stretch in self._stretches if stretch.start < end and start < stretch.end]
        if not stretches or stretches[0].start != start or stretches[0].offset or stretches[-1].end < end:
            return None
        path = stretches[0].path
        at = start
        for stretch in stretches:
            if stretch.touched or stretch.path != path or stretch.start != at or stretch.offset != at - start:
                return None
            at = stretch.end
        return path


def address_of(buffer: memoryview) -> int:
    """Where in memory the bytes are."""
    return _address_reader()(buffer)


@cache
def _address_reader() -> Callable[[memoryview], int]:
    # Needed only beside large buffers, and its import takes milliseconds.
    import ctypes

    class View(ctypes.Structure):
        """The beginning of CPython's Py_buffer, with room for the rest."""

        _fields_ = (("buf", ctypes.c_void_p), ("obj", ctypes.py_object), ("rest", ctypes.c_byte * 128))

    def read(buffer: memoryview) -> int:
        view = View()
        ctypes.pythonapi.PyObject_GetBuffer(ctypes.py_object(buffer), ctypes.byref(view), 0)
        try:
            return int(view.buf or 0)
        finally:
            ctypes.pythonapi.PyBuffer_Release(ctypes.byref(view))

    return read


def _read_mappings() -> Iterator[Mapped]:
    """The mappings of blobs in /proc/self/smaps, in the order of their addresses."""
    try:
        with open("/proc/self/smaps", "rb", buffering=0) as file:
            text = file.readall()
    except OSError:
        return
    at = text.find(b"/b3-")
    while at >= 0:
        head, _, rest = text[text.rfind(b"\n", 0, at) + 1 : text.find(b"VmFlags:", at)].partition(b"\n")
        fields = head.split(None, 5)
        start, _, end = fields[0].partition(b"-")
        counts = dict(line.split()[:2] for line in rest.splitlines())
        touched = counts.get(b"Anonymous:") != b"0" or counts.get(b"Swap:", b"0") != b"0"
        yield Mapped(int(start, 16), int(end, 16), int(fields[2], 16), os.fsdecode(fields[5]), touched)
        at = text.find(b"/b3-", at + len(head))
