"""Storage in a directory: put-if-absent by link(2), overwrite by rename(2).

A value is written to `<root>/.tmp` first and gets its name when it is whole. `link` refuses a name that exists, at the
cost of a rename; where the file system has no links, the name is claimed with O_EXCL and written in place. Nothing is
flushed to the disk: what a crash of the machine takes away is taken up again by `resume`.
"""

import errno
import os
import stat
from collections.abc import Iterator, Sequence
from itertools import count
from pathlib import Path
from typing import ClassVar, NoReturn

from headwater.errors import StorageError, StorageFull
from headwater.storage import layout
from headwater.storage.base import Bytes, Entry, Names, Storage, validate_key
from headwater.storage.writers import BLOB_MTIME_NS, Writers

_HIDDEN = frozenset({layout.TEMP, layout.TRASH})  # of the root's own folder
_TEMP_FLAGS = os.O_CREAT | os.O_EXCL | os.O_WRONLY | os.O_CLOEXEC
_READ_FLAGS = os.O_RDONLY | os.O_CLOEXEC
_MAX_PARTS = 1000  # below IOV_MAX
_MAX_READ = 1 << 30
_ABSENT = frozenset({errno.ENOENT, errno.ENOTDIR, errno.EISDIR})
_FULL = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})
_NO_LINKS = frozenset({errno.EPERM, errno.EOPNOTSUPP, errno.ENOSYS, errno.EMLINK, errno.EXDEV})


class LocalStorage(Storage):
    """A root that is a directory; it is made, readable by its owner only, with the first value."""

    local: ClassVar[bool] = True
    forkable: ClassVar[bool] = True

    def __init__(self, root: str | os.PathLike[str]) -> None:
        self._root = os.path.abspath(root)
        self._prefix = self._root.rstrip("/") + "/"
        self._numbers = count()
        self._temp_stem = self._new_temp_stem()
        self.writers: Writers = Writers(self._root, self.prepare)

    @property
    def url(self) -> str:
        return self._root

    @property
    def folder(self) -> str:
        return self._root

    def path(self, key: str) -> Path:
        """Where the value of a key is, or would be."""
        return Path(self._prefix + validate_key(key))

    def prepare(self, key: str) -> Path:
        """The same, with its folder made: for files that are appended to or locked, which are no values."""
        path = Path(self._prefix + validate_key(key))
        try:
            self._make_folder(str(path.parent))
        except OSError as exc:
            self._fail("written", key, exc)
        return path

    def create(self, key: str, data: Bytes) -> bool:
        target = self._prefix + validate_key(key)
        try:
            temp = self._write_temp((data,), 0o644, blob=False)
            try:
                return self._publish(temp, target, data)
            finally:
                os.unlink(temp)
        except OSError as exc:
            self._fail("written", key, exc)

    def overwrite(self, key: str, *parts: Bytes) -> None:
        target = self._prefix + validate_key(key)
        try:
            temp = self._write_temp(parts, 0o444, blob=True)
            try:
                self._rename(temp, target)
            except OSError:
                os.unlink(temp)
                raise
        except OSError as exc:
            self._fail("written", key, exc)

    def read(self, key: str) -> bytes:
        try:
            fd = os.open(self._prefix + validate_key(key), _READ_FLAGS)
            try:
                return _read_exactly(fd, os.fstat(fd).st_size)
            finally:
                os.close(fd)
        except OSError as exc:
            self._fail("read", key, exc)

    def read_range(self, key: str, start: int, length: int) -> bytes:
        try:
            fd = os.open(self._prefix + validate_key(key), _READ_FLAGS)
            try:
                return os.pread(fd, length, start)
            finally:
                os.close(fd)
        except OSError as exc:
            self._fail("read", key, exc)

    def size(self, key: str) -> int | None:
        try:
            found = os.stat(self._prefix + validate_key(key))
        except OSError as exc:
            if exc.errno in _ABSENT:
                return None
            self._fail("read", key, exc)
        return found.st_size if stat.S_ISREG(found.st_mode) else None

    def list(self, prefix: str) -> Iterator[Entry]:
        folders = [prefix]
        while folders:
            folder = folders.pop()
            for entry in self._scan(folder):
                key = f"{folder}/{entry.name}" if folder else entry.name
                try:
                    if entry.is_dir():
                        folders.append(key)
                    else:
                        yield Entry(key, entry.stat().st_size)
                except FileNotFoundError:
                    continue  # removed since the folder was read
                except OSError as exc:
                    self._fail("read", key, exc)

    def list_names(self, prefix: str) -> Names:
        return sorted(entry.name for entry in self._scan(prefix))

    def delete(self, key: str) -> None:
        try:
            os.unlink(self._prefix + validate_key(key))
        except OSError as exc:
            if exc.errno not in _ABSENT:
                self._fail("written", key, exc)

    def _new_temp_stem(self) -> str:
        return f"{self._prefix}{layout.TEMP}/{os.getpid()}-{os.urandom(6).hex()}-"

    def _write_temp(self, parts: Sequence[Bytes], mode: int, blob: bool) -> str:
        while True:
            temp = f"{self._temp_stem}{next(self._numbers)}"
            try:
                fd = os.open(temp, _TEMP_FLAGS, mode)
                break
            except FileNotFoundError:
                self._make_folder(os.path.dirname(temp))
            except FileExistsError:  # the other side of a fork counts from the same number
                self._temp_stem = self._new_temp_stem()
        try:
            try:
                _write_all(fd, parts)
                if blob:
                    os.utime(fd, ns=(BLOB_MTIME_NS, BLOB_MTIME_NS))
            finally:
                os.close(fd)
        except BaseException:
            os.unlink(temp)
            raise
        return temp

    def _publish(self, temp: str, target: str, data: Bytes) -> bool:
        try:
            return _link(temp, target, data)
        except FileNotFoundError:
            self._make_folder(os.path.dirname(target))
            return _link(temp, target, data)

    def _rename(self, temp: str, target: str) -> None:
        try:
            os.rename(temp, target)
        except FileNotFoundError:
            self._make_folder(os.path.dirname(target))
            os.rename(temp, target)

    def _make_folder(self, folder: str) -> None:
        if not os.path.isdir(self._root):
            os.makedirs(os.path.dirname(self._root), exist_ok=True)
            try:
                os.mkdir(self._root, 0o700)
            except FileExistsError:
                if not os.path.isdir(self._root):
                    raise
        os.makedirs(folder, exist_ok=True)

    def _scan(self, folder: str) -> Iterator[os.DirEntry[str]]:
        if folder:
            validate_key(folder)
        try:
            with os.scandir(self._prefix + folder) as entries:
                return _give_up([entry for entry in entries if folder or entry.name not in _HIDDEN])
        except OSError as exc:
            if exc.errno in _ABSENT:
                return iter(())
            self._fail("read", folder, exc)

    def _fail(self, deed: str, key: str, exc: OSError) -> NoReturn:
        if deed == "read" and exc.errno in _ABSENT:
            raise KeyError(key) from None
        if exc.errno in _FULL:
            raise StorageFull(
                f"No space is left for {self._root} ({exc.strerror}). "
                "Free some, or choose another root with --datastore-root, then resume the run."
            ) from exc
        raise StorageError(
            f"{key!r} in {self._root} cannot be {deed}: {exc.strerror}. "
            "Check that you own the folder, or choose another root with --datastore-root."
        ) from exc


def _give_up(entries: list[os.DirEntry[str]]) -> Iterator[os.DirEntry[str]]:
    """Each in turn, kept by nobody afterwards: an entry remembers its stat, and a wide step has many thousands."""
    entries.reverse()
    while entries:
        yield entries.pop()


def _write_all(fd: int, parts: Sequence[Bytes]) -> None:
    """One system call where the kernel takes everything at once."""
    if len(parts) == 1 and os.write(fd, parts[0]) == len(parts[0]):
        return
    if len(parts) == 1:
        os.lseek(fd, 0, os.SEEK_SET)
    views = [memoryview(part).cast("B") for part in parts if len(part)]
    first = 0
    while first < len(views):
        written = os.writev(fd, views[first : first + _MAX_PARTS])
        while first < len(views) and written >= len(views[first]):
            written -= len(views[first])
            first += 1
        if written:
            views[first] = views[first][written:]


def _read_exactly(fd: int, size: int) -> bytes:
    """All bytes of a file of this size (which may have grown or shrunk since)."""
    data = os.read(fd, min(size + 1, _MAX_READ))
    if len(data) == size:
        return data
    pieces = [data]
    while data:
        data = os.read(fd, _MAX_READ)
        pieces.append(data)
    return b"".join(pieces)


def _link(temp: str, target: str, data: Bytes) -> bool:
    """Give a whole file its name, unless the name is taken."""
    try:
        os.link(temp, target)
    except FileExistsError:
        return False
    except OSError as exc:
        if exc.errno not in _NO_LINKS:
            raise
        return _claim(target, data)
    return True


def _claim(target: str, data: Bytes) -> bool:
    """Put-if-absent without links: a reader may for a moment see a value that is not whole yet."""
    try:
        fd = os.open(target, _TEMP_FLAGS, 0o644)
    except FileExistsError:
        return False
    try:
        _write_all(fd, (data,))
    except BaseException:
        os.unlink(target)
        raise
    finally:
        os.close(fd)
    return True
