"""The items of a foreach in one piece of bytes, each loadable alone.

    table   count + 1 entries of 12 bytes: where an item begins (from the start of the piece), CRC-32 of its bytes;
            the last entry says where the last item ends
    items   1 byte: the serializer; 2 bytes: how many large buffers it has; 4 bytes each: their numbers; the stream

A large buffer is a blob of its own, named once in the SplitItems however many items share it. Loading an item reads two
entries of the table and the item, and maps its buffers.
"""

import struct
from typing import Any, NamedTuple
from zlib import crc32

from headwater.artifacts.blobs import Blobs
from headwater.artifacts.mapping import Untouched, address_of
from headwater.artifacts.serializers import (
    BYTES,
    CLOUDPICKLE,
    JSON,
    PICKLE,
    PYTHON,
    TEXT,
    UNSTORABLE,
    deserialize,
    serialize,
)
from headwater.errors import ArtifactError, BlobError
from headwater.records.artifact import BlobRef, SplitItems

INLINE_ITEMS = 16 << 10  # bytes

_CODES = {BYTES: 0, TEXT: 1, JSON: 2, PICKLE: 3, CLOUDPICKLE: 4}
_SERIALIZERS = {code: name for name, code in _CODES.items()}
_ENTRY = struct.Struct("<QI")
_PAIR = struct.Struct("<QIQI")
_HEAD = struct.Struct("<BH")
_PLAIN_HEADS = {name: _HEAD.pack(code, 0) for name, code in _CODES.items()}
_VERSION = struct.Struct("<BB")


class Packed(NamedTuple):
    """What `pack` made."""

    data: bytes
    buffers: tuple[BlobRef, ...]


class _Buffers:
    """The large buffers of all items, each saved and named once."""

    def __init__(self, blobs: Blobs) -> None:
        self._blobs = blobs
        self._untouched = Untouched()
        self._by_place: dict[tuple[int, int], tuple[int, memoryview]] = {}  # the view keeps the place from being reused
        self._by_hash: dict[str, int] = {}
        self.refs: list[BlobRef] = []

    def number(self, buffer: memoryview) -> int:
        place = (address_of(buffer), buffer.nbytes)
        if place not in self._by_place:
            ref = self._blobs.save_buffer(buffer, self._untouched)
            number = self._by_hash.setdefault(ref.hash, len(self.refs))
            if number == len(self.refs):
                self.refs.append(ref)
            self._by_place[place] = (number, buffer)
        return self._by_place[place][0]


def pack(items: list[Any], name: str, blobs: Blobs) -> Packed:
    """All items as one piece of bytes; `ArtifactError`, naming the item, when one cannot be stored."""
    buffers = _Buffers(blobs)
    at = _ENTRY.size * (len(items) + 1)
    table: list[bytes] = []
    pieces: list[bytes] = []
    for index, item in enumerate(items):
        piece = _pack_item(item, f"Item {index} of {name!r}", buffers)
        table.append(_ENTRY.pack(at, crc32(piece)))
        pieces.append(piece)
        at += len(piece)
    table.append(_ENTRY.pack(at, 0))
    return Packed(b"".join((*table, *pieces)), tuple(buffers.refs))


def unpack(items: SplitItems, index: int, label: str, blobs: Blobs) -> Any:
    """One item, read alone."""
    if not 0 <= index < items.count:
        raise ArtifactError(f"{label} does not exist: there are {items.count} items.")
    if items.blob is not None:
        blobs.check(items.blob, label)
    start, check, end, _ = _PAIR.unpack(_slice(items, index * _ENTRY.size, _PAIR.size, label, blobs))
    piece = _slice(items, start, end - start, label, blobs)
    if crc32(piece) != check:
        raise BlobError(f"{label} is damaged: its bytes are not those that were stored. Run the step that split again.")
    code, count = _HEAD.unpack_from(piece)
    at = _HEAD.size
    python = None
    if code == _CODES[CLOUDPICKLE]:
        python = "{}.{}".format(*_VERSION.unpack_from(piece, at))
        at += _VERSION.size
    numbers = struct.unpack_from(f"<{count}I", piece, at)
    buffers = [blobs.load_buffer(items.buffers[number], label) for number in numbers]
    return deserialize(_SERIALIZERS[code], piece[at + 4 * count :], buffers, python, label)


def _pack_item(item: Any, label: str, buffers: _Buffers) -> bytes:
    form = serialize(item, label)
    if not form.buffers and form.python is None and form.serializer != UNSTORABLE:
        return _PLAIN_HEADS[form.serializer] + form.stream
    if form.serializer == UNSTORABLE:
        raise ArtifactError(f"{label} is a function that cannot be stored: {form.stream.decode()}. Pass data instead.")
    numbers = [buffers.number(buffer) for buffer in form.buffers]
    head = _HEAD.pack(_CODES[form.serializer], len(numbers))
    if form.python is not None:
        head += _VERSION.pack(*map(int, PYTHON.split(".")))
    return head + struct.pack(f"<{len(numbers)}I", *numbers) + form.stream


def _slice(items: SplitItems, start: int, length: int, label: str, blobs: Blobs) -> bytes:
    if items.data is not None:
        found = items.data[start : start + length]
    elif items.blob is not None:
        found = blobs.load_range(items.blob, start, length, label)
    else:
        found = b""
    if len(found) != length:
        raise BlobError(f"{label} is cut off. Run the step that split again.")
    return found
