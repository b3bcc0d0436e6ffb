"""Content-addressed bytes in a storage: written once, checked when they come back.

On a local root a blob is read-only and bears a fixed time. One whose size and time are right is believed without being
read; otherwise, and whenever bytes are read rather than mapped, they are hashed. One that is there when it is saved
again is renewed, so that a sweep of the root leaves it: see `storage.writers`.
"""

import os
from collections.abc import Callable
from pathlib import PurePath

import blake3

from headwater.artifacts.mapping import Untouched, map_privately
from headwater.errors import BlobError
from headwater.records.artifact import BlobRef
from headwater.storage import layout
from headwater.storage.base import Bytes, Storage
from headwater.storage.local import LocalStorage
from headwater.storage.writers import BLOB_MTIME_NS

_ZSTD = "zst"
_PARALLEL_HASH = 8 << 20  # bytes; below, starting threads costs more than it saves
_COMPRESS_FROM = 1 << 16  # bytes; also the length of the probe
_COMPRESS_WORTH = 0.8
_COMPRESS_LEVEL = 3

_pool_of = 0  # the process whose threads have hashed


def digest(data: Bytes, parallel: bool = False) -> str:
    """The name of some bytes. Parallel starts threads, which stay: not before the author's code, which may fork."""
    global _pool_of
    if not parallel or len(data) < _PARALLEL_HASH:
        return blake3.blake3(data).hexdigest()
    _pool_of = os.getpid()
    return blake3.blake3(data, max_threads=blake3.blake3.AUTO).hexdigest()


def has_hashing_threads() -> bool:
    """Whether this process has hashed in parallel: a fork of it would wait for threads that it has not."""
    return _pool_of == os.getpid()


class Blobs:
    """The blobs of one storage."""

    def __init__(self, storage: Storage, elsewhere: Callable[[BlobRef, str], bytes] | None = None) -> None:
        """`elsewhere` loads those whose `at` says that an import has them."""
        self._elsewhere = elsewhere
        self._storage = storage
        self._local = storage if isinstance(storage, LocalStorage) else None

    def save(self, data: Bytes, compress: bool = False) -> BlobRef:
        """Store bytes, unless they are there; `compress` where a probe of their beginning says it is worth it."""
        return self._save(data, _ZSTD if compress and _is_compressible(data) else "")

    def save_text(self, data: bytes) -> BlobRef:
        """Store bytes that are known to be text, however few: compressed."""
        return self._save(data, _ZSTD)

    def _save(self, data: Bytes, encoding: str) -> BlobRef:
        name = digest(data, parallel=True)
        ref = BlobRef(hash=name, size=len(data), encoding=encoding)
        key = layout.blob(name, encoding)
        while not self.keep(ref):
            damaged = self._storage.exists(key)
            self._storage.overwrite(key, _compress(data) if encoding else data)
            if not damaged:  # a sweep may have looked at the damaged one, and have removed this in its place
                break
        return ref

    def keep(self, *refs: BlobRef) -> bool:
        """Whether blobs are there; if so, they stay until the documents that follow are committed."""
        writers = self._storage.writers
        if writers is None:
            return all(map(self._is_there, refs))
        writers.join()
        return all(map(self._is_there, refs)) and writers.renew(layout.blob(ref.hash, ref.encoding) for ref in refs)

    def save_buffer(self, buffer: memoryview, untouched: Untouched) -> BlobRef:
        """The same for a large buffer: never compressed on a local root, and not read when it is known by its place."""
        if self._local is None:
            return self.save(buffer, compress=True)
        path = untouched.path_of(buffer)
        if path is not None:
            name = PurePath(path).name.removeprefix("b3-")
            ref = BlobRef(hash=name, size=buffer.nbytes)
            if path == os.path.realpath(self._local.path(layout.blob(name))) and self.keep(ref):
                return ref
        return self.save(buffer)

    def load(self, ref: BlobRef, label: str) -> bytes:
        """The bytes of a blob, hashed; `label` ("artifact 'x' of F/1/start/0") stands in the error."""
        if ref.at:
            return self._load_elsewhere(ref, label)
        key = layout.blob(ref.hash, ref.encoding)
        try:
            data = self._storage.read(key)
        except KeyError:
            raise self._missing(ref, label) from None
        if ref.encoding:
            data = self._decompress(ref, data, label)
        if len(data) != ref.size or digest(data) != ref.hash:
            raise self._corrupt(ref, label)
        return data

    def load_buffer(self, ref: BlobRef, label: str) -> memoryview:
        """The bytes of a blob as writable memory: mapped in constant time where the root is local."""
        return self._map(ref, label) or memoryview(bytearray(self.load(ref, label)))

    def load_view(self, ref: BlobRef, label: str) -> memoryview:
        """The bytes of a blob to be read once: mapped where the root is local, so that they are not held twice."""
        return self._map(ref, label) or memoryview(self.load(ref, label))

    def _map(self, ref: BlobRef, label: str) -> memoryview | None:
        if self._local is None or ref.encoding or ref.at or not ref.size:
            return None
        self.check(ref, label)
        try:
            return map_privately(str(self._local.path(layout.blob(ref.hash))), ref.size)
        except FileNotFoundError:
            raise self._missing(ref, label) from None

    def load_range(self, ref: BlobRef, start: int, length: int, label: str) -> bytes:
        """A piece of an unencoded blob, which the caller checks."""
        try:
            return self._storage.read_range(layout.blob(ref.hash), start, length)
        except KeyError:
            raise self._missing(ref, label) from None

    def check(self, ref: BlobRef, label: str) -> None:
        """Believe an unencoded blob on a local root by its size and time, or read it."""
        if self._local is None or self._is_there(ref):
            return
        self.load(ref, label)

    def _is_there(self, ref: BlobRef) -> bool:
        key = layout.blob(ref.hash, ref.encoding)
        if self._local is None:
            return self._storage.exists(key)
        try:
            found = os.stat(self._local.path(key))
        except OSError:  # absent, or not to be seen: then reading or writing it says why
            return False
        return found.st_mtime_ns == BLOB_MTIME_NS and (bool(ref.encoding) or found.st_size == ref.size)

    def _load_elsewhere(self, ref: BlobRef, label: str) -> bytes:
        if self._elsewhere is None:
            raise BlobError(f"{label} is kept by an import, and only the client reads these.")
        return self._elsewhere(ref, label)

    def _decompress(self, ref: BlobRef, data: bytes, label: str) -> bytes:
        # Needed only beside compressed blobs, and its import takes milliseconds.
        import zstandard

        try:
            return zstandard.ZstdDecompressor().decompress(data, max_output_size=ref.size, allow_extra_data=False)
        except zstandard.ZstdError as exc:
            raise self._corrupt(ref, label) from exc

    def _missing(self, ref: BlobRef, label: str) -> BlobError:
        return BlobError(
            f"Blob {ref.hash} of {label} is missing from {self._storage.url}. "
            "Restore it from a copy, or run the step again."
        )

    def _corrupt(self, ref: BlobRef, label: str) -> BlobError:
        return BlobError(
            f"Blob {ref.hash} of {label} in {self._storage.url} is damaged: its bytes are not what its name says. "
            "Restore it from a copy, or remove it and run the step again."
        )


def _is_compressible(data: Bytes) -> bool:
    if len(data) < _COMPRESS_FROM:
        return False
    probe = _compress(memoryview(data)[:_COMPRESS_FROM])
    return len(probe) < _COMPRESS_WORTH * _COMPRESS_FROM


def _compress(data: Bytes) -> bytes:
    # Needed only beside large streams, and its import takes milliseconds.
    import zstandard

    compressed: bytes = zstandard.ZstdCompressor(level=_COMPRESS_LEVEL).compress(data)
    return compressed
