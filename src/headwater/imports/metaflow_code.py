"""The code package of a Metaflow run: a compressed archive, told as a manifest of ours."""

import io
import tarfile
from collections.abc import Iterator
from pathlib import PurePosixPath

import msgspec
from blake3 import blake3

from headwater.errors import BlobError

_ITS_OWN = frozenset({"metaflow", "metaflow_extensions", ".mf_meta", ".mf_install", "INFO", "CONFIG"})
_CODE_FOLDER = ".mf_code"


def read_package(data: bytes, label: str) -> tarfile.TarFile:
    try:
        return tarfile.open(fileobj=io.BytesIO(data), mode="r:*")
    except tarfile.TarError as exc:
        raise BlobError(f"The code package of {label} cannot be read: {exc}. Restore it from a copy.") from exc


def list_members(package: tarfile.TarFile) -> Iterator[tuple[str, bytes]]:
    """(relative path, content) of the author's files: without Metaflow itself, links, and names that lead outside."""
    for member in package:
        path = PurePosixPath(member.name)
        parts = path.parts[1:] if path.parts[:1] == (_CODE_FOLDER,) else path.parts
        if not member.isfile() or path.is_absolute() or ".." in parts or not parts or parts[0] in _ITS_OWN:
            continue
        file = package.extractfile(member)
        if file is not None:
            yield "/".join(parts), file.read()


def manifest_of(data: bytes) -> bytes:
    """The manifest as `environments.code` writes it: [[path, hash, size, encoding], ...], sorted by path."""
    with read_package(data, "a run") as package:
        rows = sorted((path, blake3(content).hexdigest(), len(content), "") for path, content in list_members(package))
    return msgspec.json.encode(rows)
