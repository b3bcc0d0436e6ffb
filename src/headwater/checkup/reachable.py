"""Whether a root can do what runs ask of it, tried with a file of our own that is removed again."""

import errno
import fcntl
import mmap
import os
import secrets
import shutil
from collections.abc import Callable
from pathlib import Path

from headwater.checkup.finding import Area, Finding, Level
from headwater.errors import HeadwaterError
from headwater.storage import layout
from headwater.storage.base import Storage
from headwater.storage.local import LocalStorage
from headwater.wording import number, size

_LITTLE_SPACE = 1 << 30  # bytes
_FEW_FILES = 10_000
_NETWORKS = frozenset({"nfs", "nfs4", "cifs", "smb3", "fuse.sshfs", "lustre", "beegfs", "ceph", "gpfs", "9p"})


def check_reachable(storage: Storage) -> list[Finding]:
    """The root, as far as it is there; nothing is made but the probe."""
    if isinstance(storage, LocalStorage):
        return _check_folder(Path(storage.url))
    return _check_bucket(storage)


def _check_folder(root: Path) -> list[Finding]:
    if not root.exists():
        parent = next(folder for folder in root.parents if folder.exists())
        if os.access(parent, os.W_OK):
            text = f"{root} is not there yet; the first run makes it"
            return [Finding(Area.REACHABLE, Level.OK, text), *_space(parent)]
        remedy = "Choose another root: headwater configure set datastore_root FOLDER"
        return [Finding(Area.REACHABLE, Level.PROBLEM, f"{root} is not there, and cannot be made in {parent}", remedy)]
    folder = root / layout.TEMP
    probe = folder / f"{os.getpid()}-doctor-{secrets.token_hex(6)}"
    try:
        folder.mkdir(exist_ok=True)
        probe.write_bytes(b"headwater")
    except OSError as exc:
        remedy = f"Make it yours (chown), or choose another root. Reading works: {exc.strerror} is about writing."
        return [Finding(Area.REACHABLE, Level.PROBLEM, f"{root} cannot be written", remedy)]
    try:
        tried = [_try("links", probe, _link), _try("locks", probe, _lock), _try("mapped files", probe, _map)]
    finally:
        probe.unlink(missing_ok=True)
    return [_summary(root, [one for one in tried if one]), *_network(root), *_space(root)]


def _try(what: str, probe: Path, attempt: Callable[[Path], None]) -> Finding | None:
    """A finding when the file system cannot do it."""
    try:
        attempt(probe)
    except OSError as exc:
        reason = exc.strerror or str(exc)
        if what == "links":
            remedy = "Runs work, by slower means; a file system of Linux has them."
            return Finding(Area.REACHABLE, Level.WARNING, f"no {what} in the root: {reason}", remedy)
        remedy = "Choose a root on another file system: headwater configure set datastore_root FOLDER"
        return Finding(Area.REACHABLE, Level.PROBLEM, f"no {what} in the root: {reason}", remedy)
    return None


def _summary(root: Path, lacks: list[Finding]) -> Finding:
    if not lacks:
        return Finding(Area.REACHABLE, Level.OK, f"{root} can be written; links, locks and mapped files work")
    worst = max(lacks, key=lambda one: one.level is Level.PROBLEM)
    return worst._replace(details=tuple(one.text for one in lacks if one is not worst))


def _link(probe: Path) -> None:
    other = probe.with_name(f"{probe.name}-link")
    os.link(probe, other)
    try:
        try:
            os.link(probe, other)
        except FileExistsError:
            return
        raise OSError(errno.EIO, "a name that was taken was given again")
    finally:
        other.unlink()


def _lock(probe: Path) -> None:
    """Two openings of one file exclude each other, as two processes do."""
    with probe.open("rb") as first, probe.open("rb") as second:
        fcntl.flock(first, fcntl.LOCK_EX | fcntl.LOCK_NB)
        try:
            fcntl.flock(second, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return
    raise OSError(errno.EIO, "two processes were given one lock")


def _map(probe: Path) -> None:
    with probe.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_COPY) as view:
        if view[:] != b"headwater":
            raise OSError(errno.EIO, "a mapped file does not show its bytes")


def _network(root: Path) -> list[Finding]:
    kind = _file_system(root)
    if kind not in _NETWORKS:
        return []
    remedy = "Locks hold as far as the server keeps them; let one machine at a time run flows in it."
    return [Finding(Area.REACHABLE, Level.NOTE, f"the root is on a network file system ({kind})", remedy)]


def _file_system(root: Path) -> str:
    """The kind of file system of a folder; empty where the kernel does not say."""
    try:
        mounts = Path("/proc/self/mounts").read_text("utf-8", "replace").splitlines()
    except OSError:
        return ""
    best, kind = "", ""
    for line in mounts:
        fields = line.split(" ")
        place = fields[1].replace("\\040", " ") if len(fields) > 2 else ""
        if place and len(place) >= len(best) and root.resolve().is_relative_to(place):
            best, kind = place, fields[2]
    return kind


def _space(folder: Path) -> list[Finding]:
    free, files = shutil.disk_usage(folder).free, os.statvfs(folder)
    remedy = "See what takes space with `headwater du`, and free some with `headwater gc`."
    if free < _LITTLE_SPACE:
        return [Finding(Area.REACHABLE, Level.WARNING, f"only {size(free)} are free there", remedy)]
    if files.f_files and files.f_favail < _FEW_FILES:
        text = f"only {number(files.f_favail)} more files can be made there"
        return [Finding(Area.REACHABLE, Level.WARNING, text, remedy)]
    return [Finding(Area.REACHABLE, Level.OK, f"{size(free)} are free")]


def _check_bucket(storage: Storage) -> list[Finding]:
    key = f"{layout.TEMP}/doctor-{secrets.token_hex(8)}"
    try:
        storage.list_names(layout.FLOWS)
    except HeadwaterError as exc:
        return [Finding(Area.REACHABLE, Level.PROBLEM, str(exc))]
    try:
        first, second = storage.create(key, b"1"), storage.create(key, b"2")
        kept = storage.read(key)
    except HeadwaterError as exc:
        remedy = "Ask for the right to put objects; reading works."
        return [Finding(Area.REACHABLE, Level.WARNING, f"{storage.url} cannot be written: {exc}", remedy)]
    finally:
        _forget(storage, key)
    if (first, second, kept) != (True, False, b"1"):
        remedy = "Use a server with conditional writes (If-None-Match), so that two writers cannot replace each other."
        return [Finding(Area.REACHABLE, Level.PROBLEM, f"{storage.url} lets a taken name be written again", remedy)]
    return [Finding(Area.REACHABLE, Level.OK, f"{storage.url} can be read and written, and keeps names that are taken")]


def _forget(storage: Storage, key: str) -> None:
    try:
        storage.delete(key)
    except HeadwaterError:
        return  # what kept the probe from being written is told already
