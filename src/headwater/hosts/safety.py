"""Whether this process may be forked: what is known to hang or break on the other side."""

import os
import sys
import threading

from headwater.artifacts.blobs import has_hashing_threads

_NATIVE_POOLS = ("polars-", "tokio-", "grpc")
_HARMLESS = ("polars-ooc",)  # waits since the import of polars and holds nothing; forks then work
_GPU = ("/dev/nvidia", "/dev/kfd")


def fork_hazard(embedded: bool = False) -> str | None:
    """Why forks of this process are unsafe, in words; None when nothing speaks against them.

    `embedded`: it did more than to import an author's file, so it was not the file that started what is found.

    Threads of OpenBLAS are no hazard: it ends them before a fork and starts them again behind it.
    """
    if sys.platform != "linux":
        return f"forking is not reliable on {sys.platform}"
    others = [thread.name for thread in threading.enumerate() if thread is not threading.main_thread()]
    if others:
        if embedded:
            return f"this process has more than one thread, which a fork does not survive: {others[0]}"
        return f"the author's file started a thread when it was imported: {others[0]}"
    pool = _native_pool() or ("those that hashed large values" if has_hashing_threads() else None)
    if pool:
        when = "in this process" if embedded else "when the author's file was imported"
        return f"a library started threads {when}: {pool}"
    found = _open_device()
    if found is None:
        return None
    return f"this process has opened {found}" if embedded else f"the author's file opened {found} when it was imported"


def _native_pool() -> str | None:
    for task in _names("/proc/self/task"):
        try:
            with open(f"/proc/self/task/{task}/comm") as file:
                name = file.read().strip()
        except OSError:
            continue  # the thread has just ended
        if name.startswith(_NATIVE_POOLS) and not name.startswith(_HARMLESS):
            return name
    return None


def _open_device() -> str | None:
    for fd in _names("/proc/self/fd"):
        try:
            target = os.readlink(f"/proc/self/fd/{fd}")
        except OSError:
            continue  # the listing's own descriptor
        if target.startswith(_GPU):
            return target
        if target.startswith("socket:") and int(fd) > 2 and not _inherited(int(fd)):
            return "a connection"
    return None


def _inherited(fd: int) -> bool:
    """Descriptors that Python opens are not inheritable; one that is came from whoever started this process."""
    return os.get_inheritable(fd)


def _names(folder: str) -> list[str]:
    try:
        return os.listdir(folder)
    except OSError:
        return []
