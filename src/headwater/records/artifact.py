"""Where a value is kept, and enough about it that readers need not load it."""

from typing import Any

from headwater.records.base import Record


class BlobRef(Record, frozen=True, kw_only=True, omit_defaults=True):
    """Content-addressed bytes.

    What a document refers to by a field of this type, however deep, is kept as long as the document; `headwater gc`
    takes blobs that are named in any other way (within a summary, within pickled bytes) for rubbish.
    """

    hash: str  # 64 hex digits: BLAKE3 of the uncompressed content
    size: int  # bytes, uncompressed
    encoding: str = ""  # "" or "zst"
    at: str = ""  # the import that has it, see `imports.source`; "": the root itself

    @property
    def within(self) -> str:
        """`at` of what is a part of it."""
        return f"{self.at}/{self.hash}"


class ArtifactRef(Record, frozen=True, kw_only=True, omit_defaults=True):
    """One stored value."""

    type: str  # "builtins.int", "pandas.DataFrame"
    serializer: str  # its name in the registry: "json", "text", "bytes", "file", "pickle", "cloudpickle", ...
    size: int  # bytes of the serialized form, buffers included
    hash: str  # equal hashes of one serializer mean equal bytes
    data: bytes | None = None  # the serialized form, when it is small
    blobs: tuple[BlobRef, ...] = ()  # else the stream, then its out-of-band buffers
    python: str | None = None  # minor version ("3.11") that alone can load it; None: any
    summary: dict[str, Any] = {}  # small and plain; see artifacts.summaries
    twin: str = ""  # of a small imported value: "serializer:hash" under which it would stand here


class SplitItems(Record, frozen=True, kw_only=True, omit_defaults=True):
    """The items of a foreach, each loadable on its own."""

    count: int
    data: bytes | None = None  # the packed items, when they are small
    blob: BlobRef | None = None  # else where they are
    buffers: tuple[BlobRef, ...] = ()  # large buffers that items share


class Inherited(Record, frozen=True, kw_only=True, omit_defaults=True):
    """Names whose values stand in another task's record: one hop, never a chain."""

    run_id: str
    step: str
    task_id: str
    names: tuple[str, ...]
