"""The code package of a run: every file of the flow's folder as a blob, and a manifest that lists them.

A file that did not change since the last run of the root is known by its size, time and inode, and is not read again.
In a bucket the blobs behind such files are looked for only when the manifest itself is new: a look is a round trip.
"""

import os
import time
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

import msgspec
from blake3 import blake3

from headwater.artifacts.store import ArtifactStore
from headwater.environments.tree import SourceFile, TooLarge, file_at, list_tree
from headwater.flow.package import NOTHING_MORE, Package
from headwater.records.artifact import BlobRef
from headwater.records.run import Code
from headwater.storage import layout
from headwater.storage.base import Storage
from headwater.storage.layered import root_below

_MOST_NAMED = 5
_LOOKUPS_AT_ONCE = 16  # on roots where one costs a round trip
_SETTLED_NS = 2_000_000_000  # a file changed later than this before its capture may change again unseen

ManifestRow = tuple[str, str, int, str]
_encoder = msgspec.json.Encoder()
_manifest_decoder = msgspec.json.Decoder(list[ManifestRow])


def capture_code(
    file: Path,
    storage: Storage,
    cache: Path | None = None,
    warn: Callable[[str], None] | None = None,
    folder: str | None = None,
    package: Package = NOTHING_MORE,
) -> Code:
    """Store the code around a flow's file; `cache` is a file that makes the next capture of the same tree cheap.

    `folder`: another one than that of the file, which is then kept beside it, as if it stood there.
    A folder too large to be a flow's project is captured at its top level only, and `warn` is told so. `package`: what
    the flow itself wants to be kept.
    """
    file = Path(os.path.abspath(file))
    home = Path(folder) if folder else file.parent
    files = list_code(file, Path(root_below(storage.url)) if storage.local else None, warn, home, package)
    known = _CodeCache(cache, home)
    rows = _known_rows(files, known, storage) or _capture_rows(files, known, storage)
    known.save(files, rows)
    return Code(manifest=ArtifactStore(storage).save_blob(_encoder.encode(rows)), script=file.name)


def code_digest(files: Iterable[SourceFile]) -> str:
    """The hash of the manifest that these files would have: equal for equal code."""
    rows = [(file.relative, _hash_file(file.path), file.size, "") for file in files]
    return str(blake3(_encoder.encode(rows)).hexdigest())


def _hash_file(path: str) -> str:
    return str(blake3(Path(path).read_bytes()).hexdigest())


def read_manifest(data: bytes) -> list[tuple[str, BlobRef]]:
    """The (relative path, blob) pairs of a manifest."""
    return [
        (relative, BlobRef(hash=digest, size=size, encoding=encoding))
        for relative, digest, size, encoding in _manifest_decoder.decode(data)
    ]


def list_code(
    file: Path,
    skipped: Path | None,
    warn: Callable[[str], None] | None = None,
    folder: Path | None = None,
    package: Package = NOTHING_MORE,
) -> list[SourceFile]:
    """The files that are the code of a flow's file, without the folder `skipped`, the root's.

    `folder`: where they are looked for, if not beside the file. `package`: what else the flow wants.
    """
    found = {one.relative: one for one in _list_folder(file, skipped, warn, folder or file.parent, package.suffixes)}
    found |= {name: file_at(name, path) for path, name in package.files}
    return [found[relative] for relative in sorted(found)]


def _list_folder(
    file: Path, skipped: Path | None, warn: Callable[[str], None] | None, home: Path, more: frozenset[str]
) -> list[SourceFile]:
    secret: list[str] = []
    try:
        files = list_tree(home, file, skipped, secret=secret, more=more)
        if secret and warn is not None:
            shown = ", ".join(sorted(secret)[:_MOST_NAMED]) + (", ..." if len(secret) > _MOST_NAMED else "")
            warn(f"Not kept as code of the flow, since the name speaks of secrets: {shown}.")
        return files
    except TooLarge as exc:
        if warn is not None:
            warn(
                f"The folder {home} is too large to be kept as the code of the flow ({exc}): only the files "
                "beside the flow are. Put the flow into a folder of its own to keep all of its code."
            )
    try:
        return list_tree(home, file, skipped, deep=False, more=more)
    except TooLarge:
        return [file_at(file.name, str(file))]


def _known_rows(files: Sequence[SourceFile], known: "_CodeCache", storage: Storage) -> list[ManifestRow] | None:
    """The manifest's rows when no file changed and the manifest of before is still there; else None."""
    rows: list[ManifestRow] = []
    for source in files:
        digest = known.digest(source)
        if digest is None:
            return None
        rows.append((source.relative, digest, source.size, ""))
    manifest = layout.blob(blake3(_encoder.encode(rows)).hexdigest())
    if not storage.exists(manifest):
        return None
    if not storage.local:
        return rows
    # Where runs can be removed, a manifest may be all that is left of one.
    kept = ArtifactStore(storage).keep_blobs(BlobRef(hash=digest, size=size) for _, digest, size, _ in rows)
    return rows if kept else None


def _capture_rows(files: Sequence[SourceFile], known: "_CodeCache", storage: Storage) -> list[ManifestRow]:
    """Store what is missing of each file; one that vanished or may not be read is left out."""
    store = ArtifactStore(storage)

    def capture(source: SourceFile) -> ManifestRow | None:
        digest = known.digest(source)
        if digest is not None and store.keep_blobs([BlobRef(hash=digest, size=source.size)]):
            return (source.relative, digest, source.size, "")
        try:
            data = Path(source.path).read_bytes()
        except OSError:
            return None
        blob = store.save_blob(data)
        return (source.relative, blob.hash, blob.size, "")

    if storage.local:
        return [row for row in map(capture, files) if row is not None]
    from concurrent.futures import ThreadPoolExecutor

    with ThreadPoolExecutor(_LOOKUPS_AT_ONCE) as pool:
        return [row for row in pool.map(capture, files) if row is not None]


class _CodeCache:
    """Hashes of files at the last capture, in one JSON file: folder -> path -> [size, time, inode, hash]."""

    _decoder = msgspec.json.Decoder(dict[str, dict[str, tuple[int, int, int, str]]])

    def __init__(self, path: Path | None, folder: Path) -> None:
        self._path = path
        self._folder = str(folder)
        self._started_ns = time.time_ns()
        self._folders = self._load()
        self._files = self._folders.get(self._folder, {})

    def digest(self, source: SourceFile) -> str | None:
        entry = self._files.get(source.relative)
        if entry is None or entry[:3] != (source.size, source.mtime_ns, source.inode):
            return None
        return entry[3]

    def save(self, files: Iterable[SourceFile], rows: Iterable[ManifestRow]) -> None:
        """Write the file, if anything changed. Losing it, or a race for it, costs the next capture some reading."""
        settled = self._started_ns - _SETTLED_NS
        captured = {relative: (digest, size) for relative, digest, size, _ in rows}
        fresh = {
            source.relative: (source.size, source.mtime_ns, source.inode, captured[source.relative][0])
            for source in files
            if source.mtime_ns < settled and captured.get(source.relative, ("", -1))[1] == source.size
        }
        if self._path is None or fresh == self._files:
            return
        temporary = self._path.with_name(f"{self._path.name}.{os.getpid()}")
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            temporary.write_bytes(_encoder.encode({**self._folders, self._folder: fresh}))
            temporary.replace(self._path)
        except OSError:
            temporary.unlink(missing_ok=True)

    def _load(self) -> dict[str, dict[str, tuple[int, int, int, str]]]:
        if self._path is None:
            return {}
        try:
            return self._decoder.decode(self._path.read_bytes())
        except (OSError, msgspec.DecodeError, UnicodeDecodeError):
            return {}
