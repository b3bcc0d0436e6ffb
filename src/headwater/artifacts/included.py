"""A file of the author's as a value: its bytes as they are, a large one hashed and written from a mapping of it."""

import codecs
import io
import mmap
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple

from headwater.artifacts.blobs import digest
from headwater.artifacts.serializers import FILE
from headwater.artifacts.store import ArtifactStore, InlineBudget
from headwater.errors import ParameterError
from headwater.flow.include_file import IncludedFile
from headwater.records.artifact import ArtifactRef
from headwater.storage.base import Bytes

_MAPPED_FROM = 8 << 20  # bytes
_CHUNK = 1 << 20
_MOST_HEAD = 80


class _Text(NamedTuple):
    """What was seen of a text while it was decoded."""

    length: int  # characters
    lines: int
    head: str


def save_file(store: ArtifactStore, name: str, file: IncludedFile, budget: InlineBudget) -> ArtifactRef:
    """Keep a file as it is now; ParameterError, naming the parameter, when it cannot be read or is no text."""
    try:
        with _content(name, file.path) as content:
            return _save(store, name, file, content, budget)
    except OSError as exc:
        if exc.filename is None:  # of the root, which says itself what to do
            raise
        raise ParameterError(
            f"The file {file.path} of parameter {name!r} cannot be read: {exc.strerror}. Give another."
        ) from exc


def _save(store: ArtifactStore, name: str, file: IncludedFile, content: Bytes, budget: InlineBudget) -> ArtifactRef:
    written = os.path.basename(file.path).encode("utf-8", "backslashreplace").decode()
    told: dict[str, Any] = {"file": written, "bytes": len(content)}
    if file.encoding is None:
        kind, form = "builtins.bytes", FILE
        told |= {"length": len(content), "head": repr(bytes(content[: _MOST_HEAD // 2]))}
    else:
        kind, form = "builtins.str", f"{FILE}:{file.encoding}"
        told |= _read_text(name, file.path, content, file.encoding)._asdict()
    if budget.take(len(content)):
        data = bytes(content)
        return ArtifactRef(type=kind, serializer=form, size=len(data), hash=digest(data), data=data, summary=told)
    blob = store.save_blob(content)
    return ArtifactRef(type=kind, serializer=form, size=blob.size, hash=blob.hash, blobs=(blob,), summary=told)


@contextmanager
def _content(name: str, path: str) -> Iterator[Bytes]:
    """The bytes of a file, or of a pipe; a large file is mapped, and has to stay as it is until it is kept."""
    with open(path, "rb", buffering=0) as stream:
        before = os.fstat(stream.fileno())
        if not stat.S_ISREG(before.st_mode) or before.st_size < _MAPPED_FROM:
            yield stream.readall()
            return
        # Not closed here: an error on its way out may hold a piece of it.
        yield memoryview(mmap.mmap(stream.fileno(), before.st_size, access=mmap.ACCESS_READ))
        after = os.fstat(stream.fileno())
    if (before.st_size, before.st_mtime_ns) != (after.st_size, after.st_mtime_ns):
        raise ParameterError(
            f"The file {path} of parameter {name!r} changed while it was read. Run again when it is whole."
        )


def _read_text(name: str, path: str, content: Bytes, encoding: str) -> _Text:
    """Decode it piece by piece, so that a wrong encoding is known before anything runs."""
    decoder = codecs.getincrementaldecoder(encoding)()
    line_ends = io.IncrementalNewlineDecoder(None, translate=True)
    length, lines, head = 0, 0, ""
    for start in range(0, len(content) or 1, _CHUNK):
        piece = bytes(content[start : start + _CHUNK])
        waiting = len(decoder.getstate()[0])
        last = start + _CHUNK >= len(content)
        try:
            text = line_ends.decode(decoder.decode(piece, last), last)
        except UnicodeError as exc:
            raise _no_text(name, path, content, encoding, start - waiting + getattr(exc, "start", 0)) from None
        length += len(text)
        lines += text.count("\n")
        head = head or text[:_MOST_HEAD]
    return _Text(length, lines, head)


def _no_text(name: str, path: str, content: Bytes, encoding: str, place: int) -> ParameterError:
    byte = f"byte {place} is 0x{content[place]:02x}" if place < len(content) else f"it ends too soon, at byte {place}"
    return ParameterError(
        f"The file {path} of parameter {name!r} is no text in {encoding}: {byte}. "
        "Give IncludeFile the encoding that it has, or is_text=False for its bytes."
    )
