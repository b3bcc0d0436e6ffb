"""Whether processes of a run are still alive: a lock that the kernel releases with the last of them.

The lock is flock(2) on an open file description of `<run>/alive`. The driver's forks inherit the description, and with
it the lock; a process that is started afresh is given the descriptor (`pass_fds`). No process has to release anything:
a run whose driver, hosts and children are all dead is not held, whatever killed them.

Capability: this holds where the root is a folder of one machine, or of a network file system with flock. On other
roots (a bucket, memory) nothing is held and nothing is known yet: `hold` succeeds always, and `is_alive` says True,
so that nothing of such a run is taken for lost. A lease that is renewed is to take this place.
"""

import fcntl
import os
import time
from types import TracebackType
from typing import Self

from headwater.errors import NotFound, RunBusy, StorageError
from headwater.storage import layout
from headwater.storage.base import Storage
from headwater.storage.local import LocalStorage

_POLL_S = 0.01
_LEAST_WAIT_S = 0.05  # somebody may be asking `is_alive` in this very moment, which takes the lock for an instant


class RunLock:
    """The hold of this process, and of all that inherit `fd`, on a run."""

    def __init__(self, fd: int | None) -> None:
        #: To be passed to processes of the run that are not forks; None where the root has no locks.
        self.fd = fd

    def close(self) -> None:
        """Let go. The run stays held while another process has the descriptor."""
        if self.fd is not None:
            os.close(self.fd)
            self.fd = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, exc: BaseException | None, tb: TracebackType | None) -> None:
        self.close()


def hold(storage: Storage, flow: str, run_id: str, wait_s: float = 0.0) -> RunLock:
    """Take the run, waiting at most `wait_s` for those that hold it; then `RunBusy`, naming them."""
    if not isinstance(storage, LocalStorage):
        return RunLock(None)
    path = str(storage.prepare(layout.alive(flow, run_id)))
    return _wait_for(path, fcntl.LOCK_EX, wait_s, flow, run_id)


def borrow(storage: Storage, flow: str, run_id: str, wait_s: float = 0.0) -> RunLock:
    """Keep a run whose processes are dead from being removed, beside others who do; it does not count as alive.

    `RunBusy` when processes of it live, after waiting at most `wait_s`; `NotFound` when it is gone.
    """
    if not isinstance(storage, LocalStorage):
        return RunLock(None)
    path = str(storage.path(layout.alive(flow, run_id)))
    gone = NotFound(f"The run {flow}/{run_id} was just removed. `headwater rm --undo` brings back what `rm` removed.")
    try:
        lock = _wait_for(path, fcntl.LOCK_SH, wait_s, flow, run_id)
    except FileNotFoundError:
        raise gone from None
    if not _is_named(lock.fd, path):
        lock.close()
        raise gone
    return lock


def is_alive(storage: Storage, flow: str, run_id: str) -> bool:
    """Whether a process of the run lives; True where that cannot be known."""
    if not isinstance(storage, LocalStorage):
        return True
    try:
        fd = _open(str(storage.path(layout.alive(flow, run_id))), os.O_RDONLY)
    except FileNotFoundError:
        return False
    try:
        return not _try_lock(fd, fcntl.LOCK_SH)
    finally:
        os.close(fd)


def find_holders(path: str) -> tuple[int, ...]:
    """The processes that have a file open, as far as this user may see them; empty where there is no /proc."""
    target = os.path.realpath(path)
    found = []
    for name in _names("/proc"):
        if name.isdigit() and any(_points_at(f"/proc/{name}/fd/{fd}", target) for fd in _names(f"/proc/{name}/fd")):
            found.append(int(name))
    return tuple(sorted(found))


def _wait_for(path: str, kind: int, wait_s: float, flow: str, run_id: str) -> RunLock:
    lock = RunLock(fd := _open(path, os.O_RDWR | os.O_CREAT))
    deadline = time.monotonic() + max(wait_s, _LEAST_WAIT_S)
    try:
        while not _try_lock(fd, kind):
            if time.monotonic() >= deadline:
                raise RunBusy(_describe_holders(flow, run_id, find_holders(path)))
            time.sleep(_POLL_S)
    except BaseException:
        lock.close()
        raise
    return lock


def _is_named(fd: int | None, path: str) -> bool:
    """Whether an open file still has its name: the folder of a run that is removed is renamed first."""
    try:
        return fd is not None and os.path.samestat(os.fstat(fd), os.stat(path))
    except FileNotFoundError:
        return False


def _open(path: str, flags: int) -> int:
    try:
        return os.open(path, flags | os.O_CLOEXEC, 0o644)
    except FileNotFoundError:
        raise
    except OSError as exc:
        raise StorageError(f"{path} cannot be opened: {exc.strerror}. Check that you own the root's folder.") from exc


def _try_lock(fd: int, kind: int) -> bool:
    try:
        fcntl.flock(fd, kind | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError as exc:
        raise StorageError(
            f"The file system of the root has no locks: {exc.strerror}. Choose a root on another with --datastore-root."
        ) from exc
    return True


def _names(folder: str) -> list[str]:
    try:
        return os.listdir(folder)
    except OSError:  # no /proc, a process that has just ended, or somebody else's
        return []


def _points_at(link: str, target: str) -> bool:
    try:
        return os.readlink(link) == target
    except OSError:
        return False


def _describe_holders(flow: str, run_id: str, pids: tuple[int, ...]) -> str:
    others = [pid for pid in pids if pid != os.getpid()]
    if not others:
        return (
            f"Processes of {flow}/{run_id} are still alive. "
            "Wait for them, or end them; on another machine that shares this root, look there."
        )
    listed = " ".join(map(str, others))
    return f"Processes of {flow}/{run_id} are still alive: {listed}. Wait for them, or end them with: kill {listed}"
