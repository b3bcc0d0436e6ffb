"""The files that make up a flow's code: those of its own folder and below, by what they are called.

Taken are sources (`.py`, `.pyi`, `.R`, `.RDS`, `.sql`) up to 1 MiB, and what commonly configures them (`.toml`,
`.yaml`, `.yml`, `.cfg`, `.ini`, `.txt`) up to 64 KiB. Left out are hidden files and folders, caches, virtual
environments, installed packages, the datastore, and configuration whose name speaks of secrets. JSON is left out as it
is mostly data.
"""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

SOURCE_SUFFIXES = frozenset({".py", ".pyi", ".R", ".RDS", ".sql"})
CONFIGURATION_SUFFIXES = frozenset({".toml", ".yaml", ".yml", ".cfg", ".ini", ".txt"})
MAX_SOURCE_BYTES = 1 << 20
MAX_CONFIGURATION_BYTES = 64 << 10
MAX_FILES = 5_000
MAX_TOTAL_BYTES = 64 << 20
MAX_ENTRIES = 100_000  # names looked at before a tree is taken to be no project's

_SKIPPED_FOLDERS = frozenset({"__pycache__", "node_modules", "site-packages", "dist-packages"})
_ENVIRONMENT_MARKS = ("pyvenv.cfg", "conda-meta")
_SECRET_WORDS = ("secret", "credential", "password", "token")
_SECRET_SUFFIXES = frozenset({".env", ".pem", ".key", ".p12", ".pfx", ".jks", ".keystore"})


class SourceFile(NamedTuple):
    """One file of the code, with what tells whether it changed."""

    relative: str  # '/'-separated, below the tree's folder
    path: str
    size: int
    mtime_ns: int
    inode: int


class TooLarge(Exception):
    """The tree holds more than a flow's code would; a decision for the caller, not an error."""


def looks_secret(name: str) -> bool:
    """Whether a file is called as files with secrets are; no source is."""
    stem, suffix = os.path.splitext(name)
    if suffix in SOURCE_SUFFIXES:
        return False
    stem = stem.lower().replace("tokeniz", "")  # what takes words apart holds no token
    return suffix.lower() in _SECRET_SUFFIXES or any(word in stem for word in _SECRET_WORDS)


def list_tree(
    folder: Path,
    script: Path,
    skipped: Path | None = None,
    deep: bool = True,
    secret: list[str] | None = None,
    more: frozenset[str] = frozenset(),
) -> list[SourceFile]:
    """The code below a folder, sorted by relative path, always with the script itself; raises `TooLarge` over a cap.

    `skipped` is a folder to leave out, the datastore. Not `deep`: the folder's own files alone. `secret` gets the
    paths of files that would be taken, were they not called as if they held secrets. `more` are further endings of
    files that are taken as sources are.
    """
    found = {file.relative: file for file in _walk(folder, skipped, deep, [] if secret is None else secret, more)}
    if (total := sum(file.size for file in found.values())) > MAX_TOTAL_BYTES:
        raise TooLarge(f"{total} bytes")
    if script.name not in found or folder != script.parent:
        found[script.name] = _source_file(script.name, str(script), script.stat())
    return [found[relative] for relative in sorted(found)]


def _walk(
    folder: Path, skipped: Path | None, deep: bool, secret: list[str], more: frozenset[str]
) -> Iterator[SourceFile]:
    seen = {_identity(os.stat(folder))}
    if skipped is not None and skipped.exists():
        seen.add(_identity(os.stat(skipped)))
    waiting = [(str(folder), "")]
    files = entries = 0
    while waiting:
        directory, prefix = waiting.pop()
        for entry in _scan(directory):
            entries += 1
            if entries > MAX_ENTRIES:
                raise TooLarge(f"more than {MAX_ENTRIES} entries")
            if entry.name.startswith("."):
                continue
            if _is_directory(entry):
                # A folder that a link leads back to, or that two links lead to, is walked once.
                if deep and entry.name not in _SKIPPED_FOLDERS and _first_visit(entry, seen):
                    waiting.append((entry.path, f"{prefix}{entry.name}/"))
            elif (file := _wanted(entry, prefix, more)) is not None:
                if looks_secret(entry.name):
                    secret.append(file.relative)
                    continue
                files += 1
                if files > MAX_FILES:
                    raise TooLarge(f"more than {MAX_FILES} files")
                yield file


def _scan(directory: str) -> list["os.DirEntry[str]"]:
    """A folder's entries in order; none of a virtual environment or of what may not be read."""
    try:
        with os.scandir(directory) as scanned:
            entries = sorted(scanned, key=lambda entry: entry.name)
    except OSError:
        return []
    names = {entry.name for entry in entries}
    return [] if names.intersection(_ENVIRONMENT_MARKS) else entries


def _wanted(entry: "os.DirEntry[str]", prefix: str, more: frozenset[str]) -> SourceFile | None:
    suffix = os.path.splitext(entry.name)[1]
    if suffix in SOURCE_SUFFIXES or suffix in more:
        limit = MAX_SOURCE_BYTES
    elif suffix in CONFIGURATION_SUFFIXES:
        limit = MAX_CONFIGURATION_BYTES
    else:
        return None
    try:
        status = entry.stat()
    except OSError:
        # A link that leads nowhere.
        return None
    if not entry.is_file() or status.st_size > limit:
        return None
    return _source_file(prefix + entry.name, entry.path, status)


def file_at(relative: str, path: str) -> SourceFile:
    """One file, wherever it is, under a name of its own."""
    return _source_file(relative, path, os.stat(path))


def _source_file(relative: str, path: str, status: os.stat_result) -> SourceFile:
    return SourceFile(relative, path, status.st_size, status.st_mtime_ns, status.st_ino)


def _is_directory(entry: "os.DirEntry[str]") -> bool:
    try:
        return entry.is_dir()
    except OSError:
        return False


def _first_visit(entry: "os.DirEntry[str]", seen: set[tuple[int, int]]) -> bool:
    try:
        identity = _identity(entry.stat())
    except OSError:
        return False
    if identity in seen:
        return False
    seen.add(identity)
    return True


def _identity(status: os.stat_result) -> tuple[int, int]:
    return status.st_dev, status.st_ino
