"""Those who write blobs, and the sweep that removes them: how neither is in the other's way. Local roots only.

    writer   join ─► save, or renew what is there already ─► commit a document that refers to it ─► leave
    sweep    t0 ─► wait for everybody who joined before ─► read all documents ─► remove what none of them refers to
                                                                                  and nobody wrote or renewed since t0

A blob bears a fixed modification time, but the kernel notes every change of a file in its ctime. So a writer *renews* a
blob that it finds, by setting its times once more, and the sweep spares what was made or renewed after its beginning.

`locks/writers`  held shared (flock) by each writer. The sweep puts a new file in its place, whose ctime is t0, and
                 waits until the old one is held by nobody: all that was renewed before is in documents by then. Later
                 writers hold the new file, so a long write keeps a sweep waiting and nobody else.
`locks/blobs`    held shared while a blob is renewed, exclusively while a few are looked at and removed: an instant.

The kernel releases both with the process that held them, whatever ended it.
"""

import fcntl
import os
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from headwater.errors import StorageError
from headwater.storage import layout

#: Every blob bears this time (2000-01-01 UTC), so that one that was changed in place is noticed without reading it.
BLOB_MTIME_NS = 946_684_800_000_000_000

_FLAGS = os.O_RDWR | os.O_CREAT | os.O_CLOEXEC
_POLL_S = 0.01
_TICK_S = 0.001
_PATIENCE_S = 1.0


class Writers:
    """This process among those that write blobs to a root. Nothing is opened before the first blob."""

    def __init__(self, root: str, prepare: Callable[[str], Path]) -> None:
        """`prepare` gives a key's path and makes its folder."""
        self._locks = Locks(root, prepare)
        self._depth = 0
        self._joined: int | None = None  # descriptor

    @contextmanager
    def scope(self) -> Iterator[None]:
        """Who joined in here leaves at its end; outside of any scope, when the process ends or sweeps."""
        self._depth += 1
        try:
            yield
        finally:
            self._depth -= 1
            if self._depth == 0:
                self.leave()

    def join(self) -> None:
        """Before the first look at whether a blob is there."""
        while self._joined is None:
            fd = self._locks.open(layout.WRITERS_LOCK)
            if self._locks.take(fd, fcntl.LOCK_SH) and self._locks.is_named(fd, layout.WRITERS_LOCK):
                self._joined = fd
            else:  # a sweep has begun in this moment, and put another file here
                os.close(fd)

    def leave(self) -> None:
        """After the commit."""
        if self._joined is not None:
            os.close(self._joined)
            self._joined = None

    def renew(self, keys: Iterable[str]) -> bool:
        """Keep blobs that are there from every sweep that began before; False: write them (again).

        One is not there any more, or is somebody else's, who alone may set its times.
        """
        with self._locks.held(layout.BLOBS_LOCK, fcntl.LOCK_SH):
            try:
                for key in keys:
                    os.utime(self._locks.path(key), ns=(BLOB_MTIME_NS, BLOB_MTIME_NS))
            except (FileNotFoundError, PermissionError):
                return False
            except OSError as exc:
                raise self._locks.unusable(exc) from exc
        return True

    def drain(self, waiting: Callable[[], None] = lambda: None) -> int:
        """Begin a sweep: t0, in ns of the file system's clock, once all who joined before have left.

        `waiting` is called again and again meanwhile. One sweep at a time, which is for the caller to see to.
        """
        if self._depth == 0:
            self.leave()
        old = self._locks.open(layout.WRITERS_LOCK)
        try:
            t0 = self.replace_lock()
            while not self._locks.take(old, fcntl.LOCK_EX | fcntl.LOCK_NB):
                waiting()
                time.sleep(_POLL_S)
        finally:
            os.close(old)
        return t0

    def replace_lock(self) -> int:
        """From here on writers join anew. When that was, by the file system's clock."""
        path = self._locks.path(layout.WRITERS_LOCK)
        try:
            before = t0 = now_ns(f"{path}.new")
            while t0 == before:  # the clock stands still for some milliseconds: what is renewed in them is no later
                time.sleep(_TICK_S)
                t0 = now_ns(f"{path}.new")
            os.replace(f"{path}.new", path)
        except OSError as exc:
            raise self._locks.unusable(exc) from exc
        return t0

    @contextmanager
    def kept_from_renewing(self) -> Iterator[None]:
        """No blob is renewed meanwhile: for looking at a few and removing them."""
        with self._locks.held(layout.BLOBS_LOCK, fcntl.LOCK_EX):
            yield

    @contextmanager
    def alone(self) -> Iterator[bool]:
        """Hold the root's upkeep, of which there is one at a time; False: another process is at it."""
        fd = self._locks.open(layout.UPKEEP_LOCK)
        try:
            # A process that was forked a moment ago has what its parent held, until it becomes another program.
            deadline = time.monotonic() + _PATIENCE_S
            while not (taken := self._locks.take(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)) and time.monotonic() < deadline:
                time.sleep(_POLL_S)
            yield taken
        finally:
            os.close(fd)


class Locks:
    """Lock files of a root."""

    def __init__(self, root: str, prepare: Callable[[str], Path]) -> None:
        self._root = root
        self._prepare = prepare

    def path(self, key: str) -> str:
        return f"{self._root}/{key}"

    @contextmanager
    def held(self, key: str, kind: int) -> Iterator[bool]:
        """Hold a lock; False when `kind` says not to wait (`LOCK_NB`) and another process has it."""
        fd = self.open(key)
        try:
            yield self.take(fd, kind)
        finally:
            os.close(fd)

    def open(self, key: str) -> int:
        try:
            with suppress(FileNotFoundError):
                return os.open(self.path(key), _FLAGS, 0o644)
            return os.open(self._prepare(key), _FLAGS, 0o644)
        except StorageError:
            raise
        except OSError as exc:
            raise self.unusable(exc) from exc

    def take(self, fd: int, kind: int) -> bool:
        try:
            fcntl.flock(fd, kind)
        except BlockingIOError:
            return False
        except OSError as exc:
            raise self.unusable(exc) from exc
        return True

    def is_named(self, fd: int, key: str) -> bool:
        """Whether an open file still has its name."""
        try:
            return os.path.samestat(os.fstat(fd), os.stat(self.path(key)))
        except FileNotFoundError:
            return False

    def unusable(self, exc: OSError) -> StorageError:
        return StorageError(
            f"The locks of {self._root} cannot be used: {exc.strerror}. "
            "Check that you own the folder, or choose another root with --datastore-root."
        )


def now_ns(path: str) -> int:
    """What the file system takes for the time: the ctime of a file that is made or changed for it."""
    fd = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC, 0o644)
    try:
        os.utime(fd)
        return os.fstat(fd).st_ctime_ns
    finally:
        os.close(fd)
