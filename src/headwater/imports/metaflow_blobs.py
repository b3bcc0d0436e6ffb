"""Values, files, code and cards of a Metaflow datastore as bytes, checked against the names they bear.

The place of a reference is one of `values/<Flow>`, `files/<Flow>`, `code/<Flow>`, `code/<Flow>/<sha1>` (a file of that
package, by the BLAKE3 of its content) and `cards/<path>`.
"""

import gzip
import hashlib
import os
import zlib

from blake3 import blake3

from headwater.errors import BlobError
from headwater.imports.metaflow_code import list_members, manifest_of, read_package
from headwater.imports.metaflow_files import CARDS, INCLUDED, DatastoreFiles
from headwater.imports.metaflow_pickle import NotPlain, load_plain
from headwater.records.artifact import BlobRef

VALUES, FILES, CODE, PAGES = "values", "files", "code", "cards"
_SMALL = 4096  # bytes of a pickle that is kept in memory
_KEPT = 4096
_SHA1 = frozenset("0123456789abcdef")


class DatastoreBlobs:
    """The content of one datastore."""

    def __init__(self, files: DatastoreFiles, prefix: str) -> None:
        self._files = files
        self._prefix = prefix
        self._small: dict[tuple[str, str], bytes] = {}

    def value_ref(self, flow: str, sha: str, size: int) -> BlobRef:
        return BlobRef(hash=sha, size=size, at=f"{self._prefix}{VALUES}/{flow}")

    def file_ref(self, flow: str, sha: str, size: int) -> BlobRef:
        return BlobRef(hash=sha, size=size, at=f"{self._prefix}{FILES}/{flow}")

    def code_ref(self, flow: str, sha: str) -> BlobRef:
        return BlobRef(hash=sha, size=0, at=f"{self._prefix}{CODE}/{flow}")

    def page_ref(self, path: str, unique: str, size: int) -> BlobRef:
        """A card or its data, which bear no hash but a name that no other card has."""
        return BlobRef(hash=unique, size=size, at=f"{self._prefix}{PAGES}/{path}")

    def load(self, ref: BlobRef, label: str) -> bytes:
        kind, _, rest = ref.at.removeprefix(self._prefix).partition("/")
        flow, _, package = rest.partition("/")
        if kind == VALUES:
            return self.load_value(flow, ref.hash, label)
        if kind == FILES:
            return self._load_file(flow, ref, label)
        if kind == CODE and not package:
            return manifest_of(self._load_stored(flow, ref.hash, label))
        if kind == CODE:
            return self._load_member(flow, package, ref, label)
        if kind == PAGES:
            return self._load_page(rest, label)
        raise BlobError(f"{label} is kept in a way that is not known here ({ref.at!r}). Upgrade Headwater to read it.")

    def load_value(self, flow: str, sha: str, label: str) -> bytes:
        """A pickle, once for each small one."""
        key = (flow, sha)
        known = self._small.get(key)
        if known is not None:
            return known
        data = self._load_stored(flow, sha, label)
        if len(data) <= _SMALL:
            if len(self._small) >= _KEPT:
                self._small.clear()
            self._small[key] = data
        return data

    def plain(self, flow: str, sha: str | None, default: object = None) -> object:
        """A value that can be read without running code; `default` where there is none, or it cannot be read so."""
        if sha is None:
            return default
        try:
            return load_plain(self.load_value(flow, sha, sha))
        except (BlobError, NotPlain):
            return default

    def _load_stored(self, flow: str, sha: str, label: str) -> bytes:
        """What is stored under a sha1, decompressed where it was compressed."""
        path = self._path(flow, "data", sha[:2], sha, sha=sha, label=label)
        data = self._read(path, sha, label)
        if _sha1(data) == sha:  # a package of code is stored as it is
            return data
        return self._checked(_decompress(data), sha, path, label)

    def _load_file(self, flow: str, ref: BlobRef, label: str) -> bytes:
        path = self._path(INCLUDED, flow, ref.hash, sha=ref.hash, label=label)
        data = self._read(path, ref.hash, label)
        return data if _sha1(data) == ref.hash else self._checked(_decompress(data), ref.hash, path, label)

    def _load_member(self, flow: str, package: str, ref: BlobRef, label: str) -> bytes:
        for _, data in list_members(read_package(self._load_stored(flow, package, label), label)):
            if len(data) == ref.size and blake3(data).hexdigest() == ref.hash:
                return data
        raise BlobError(f"{label} is missing from the code package {package}. Was the package replaced?")

    def _load_page(self, relative: str, label: str) -> bytes:
        return self._read(self._path(CARDS, relative, sha=None, label=label), relative, label)

    def _path(self, *parts: str, sha: str | None, label: str) -> str:
        if sha is not None and not (len(sha) == 40 and _SHA1.issuperset(sha)):
            raise BlobError(f"{label} is named {sha!r} in its record, which is no sha1. Restore it from a copy.")
        path = self._files.path(*parts)
        if ".." in path.split("/") or not self._files.contains(path):
            raise BlobError(f"{label} lies outside of {self._files.folder}: {os.path.realpath(path)}. It is not read.")
        return path

    def _read(self, path: str, name: str, label: str) -> bytes:
        try:
            with open(path, "rb") as file:
                return file.read()
        except FileNotFoundError:
            raise BlobError(
                f"Blob {name} of {label} is missing: there is no file {path}. Restore it from a copy of the datastore."
            ) from None
        except OSError as exc:
            raise BlobError(f"Blob {name} of {label} cannot be read: {path}: {exc.strerror}.") from exc

    def _checked(self, data: bytes | None, sha: str, path: str, label: str) -> bytes:
        if data is None or _sha1(data) != sha:
            raise BlobError(
                f"Blob {sha} of {label} is damaged: the bytes of {path} are not what its name says. "
                "Restore it from a copy of the datastore."
            )
        return data


def _sha1(data: bytes) -> str:
    return hashlib.sha1(data, usedforsecurity=False).hexdigest()


def _decompress(data: bytes) -> bytes | None:
    try:
        return gzip.decompress(data)
    except (OSError, EOFError, zlib.error):
        return None
