"""Values in, refs out, and back: where a task's artifacts are kept.

The serialized form of a value stands in its ref when it is small (at most 4 KiB, and 64 KiB in one record), else in
blobs: the stream, then its large buffers. The hash of a ref is BLAKE3 of the stream when that is all there is, else
BLAKE3 of the binary hashes of stream and buffers, one after the other.
"""

from collections.abc import Callable, Iterable, Sequence
from typing import Any

import blake3

from headwater.artifacts import serializers, splits
from headwater.artifacts.blobs import Blobs, digest
from headwater.artifacts.mapping import WORTH_ASKING, Untouched
from headwater.artifacts.serializers import Serialized, deserialize, serialize, type_name
from headwater.artifacts.summaries import summarise, summarise_unstorable
from headwater.errors import ArtifactError
from headwater.records.artifact import ArtifactRef, BlobRef, SplitItems
from headwater.storage.base import Bytes, Storage
from headwater.storage.open import open_storage

INLINE_VALUE = 4 << 10  # bytes
INLINE_RECORD = 64 << 10  # bytes


class InlineBudget:
    """How many bytes of values one record may still take in."""

    __slots__ = ("remaining",)

    def __init__(self, remaining: int = INLINE_RECORD) -> None:
        self.remaining = remaining

    def take(self, size: int, most: int = INLINE_VALUE) -> bool:
        """Whether a value of this size may stand in the record; if so, the room is taken."""
        if size > most or size > self.remaining:
            return False
        self.remaining -= size
        return True


class ArtifactStore:
    """The artifacts of one root."""

    def __init__(self, storage: Storage, elsewhere: Callable[[BlobRef, str], bytes] | None = None) -> None:
        """`elsewhere` loads the blobs that imports have."""
        self._blobs = Blobs(storage, elsewhere)
        self._elsewhere = elsewhere
        self._root = storage.url

    def __reduce__(self) -> tuple[Any, ...]:
        return _open_store, (self._root, self._elsewhere)

    def save(self, name: str, value: Any, budget: InlineBudget) -> ArtifactRef:
        """Store a value; `ArtifactError`, naming it, when nothing can."""
        form = serialize(value, f"Artifact {name!r}")
        if form.serializer == serializers.UNSTORABLE:
            summary = summarise_unstorable(value, form.stream.decode())
        else:
            summary = summarise(value)
        stream = form.stream
        if not form.buffers and budget.take(len(stream)):
            return ArtifactRef(
                type=type_name(value),
                serializer=form.serializer,
                size=len(stream),
                hash=blake3.blake3(stream).hexdigest(),
                data=stream,
                python=form.python,
                summary=summary,
            )
        blobs = self._save_parts(form)
        return ArtifactRef(
            type=type_name(value),
            serializer=form.serializer,
            size=form.size,
            hash=_combine([blob.hash for blob in blobs]),
            blobs=blobs,
            python=form.python,
            summary=summary,
        )

    def load(self, ref: ArtifactRef, name: str, where: str) -> Any:
        """The value of a ref; `where` is the pathspec of the task that wrote it."""
        label = f"Artifact {name!r} of {where}"
        if ref.serializer == serializers.UNSTORABLE:
            summary = ref.summary
            raise ArtifactError(
                f"{label} is a function that could not be stored ({summary.get('reason')}); it is defined at "
                f"{summary.get('set_at')}. Define it at the top level of a module, or store what it needs instead."
            )
        if ref.data is not None:
            return deserialize(ref.serializer, ref.data, (), ref.python, label)
        if not ref.blobs:
            raise ArtifactError(f"{label} has no content in its record. Run the step again.")
        stream = self._load_stream(ref, label)
        buffers = [self._blobs.load_buffer(blob, label) for blob in ref.blobs[1:]]
        return deserialize(ref.serializer, stream, buffers, ref.python, label)

    def pack(self, name: str, items: list[Any], budget: InlineBudget) -> SplitItems:
        """The items of a foreach over `name`, so that each can be loaded alone."""
        packed = splits.pack(items, name, self._blobs)
        if budget.take(len(packed.data), most=splits.INLINE_ITEMS):
            return SplitItems(count=len(items), data=packed.data, buffers=packed.buffers)
        return SplitItems(count=len(items), blob=self._blobs.save(packed.data), buffers=packed.buffers)

    def unpack(self, items: SplitItems, index: int, where: str) -> Any:
        """One item; `where` is the pathspec of the task that split."""
        return splits.unpack(items, index, f"Item {index} of the foreach of {where}", self._blobs)

    def save_blob(self, data: Bytes, compress: bool = False) -> BlobRef:
        return self._blobs.save(data, compress)

    def save_text(self, data: bytes) -> BlobRef:
        return self._blobs.save_text(data)

    def keep_blobs(self, refs: Iterable[BlobRef]) -> bool:
        """Whether blobs are all there; if so, they stay until the documents that follow are committed."""
        return self._blobs.keep(*refs)

    def load_blob(self, ref: BlobRef, where: str) -> bytes:
        return self._blobs.load(ref, where)

    def _load_stream(self, ref: ArtifactRef, label: str) -> Bytes:
        if ref.serializer.startswith(serializers.FILE):  # large, and made into something else at once
            return self._blobs.load_view(ref.blobs[0], label)
        return self._blobs.load(ref.blobs[0], label)

    def _save_parts(self, form: Serialized) -> tuple[BlobRef, ...]:
        stream = self._blobs.save(form.stream, compress=True)
        if not form.buffers:
            return (stream,)
        untouched = Untouched(form.size >= WORTH_ASKING)
        return (stream, *(self._blobs.save_buffer(buffer, untouched) for buffer in form.buffers))


def identity(name: str, value: Any) -> tuple[str, str]:
    """The serializer and the hash that a value would be saved under; nothing is written, and no thread started."""
    form = serialize(value, f"Artifact {name!r}")
    return form.serializer, _combine([digest(form.stream), *map(digest, form.buffers)])


def _combine(hashes: Sequence[str]) -> str:
    """The hash of a ref, from those of its stream and its buffers."""
    if len(hashes) == 1:
        return hashes[0]
    return digest(b"".join(map(bytes.fromhex, hashes)))


def _open_store(root: str, elsewhere: Callable[[BlobRef, str], bytes] | None) -> ArtifactStore:
    return ArtifactStore(open_storage(root), elsewhere)
