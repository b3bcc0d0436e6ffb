"""The values of a Metaflow attempt as references of ours: where each is, and what can be told without loading it."""

import re
from typing import Any, NamedTuple

from headwater.artifacts.blobs import digest
from headwater.artifacts.serializers import FILE
from headwater.artifacts.store import identity
from headwater.artifacts.summaries import summarise
from headwater.errors import ArtifactError, BlobError
from headwater.imports.metaflow_blobs import DatastoreBlobs
from headwater.imports.metaflow_documents import ArtifactInfo, DataDocument
from headwater.imports.metaflow_pickle import SERIALIZER, IncludedFile, NotPlain, load_plain
from headwater.records.artifact import ArtifactRef, BlobRef

FLOW_NAME = "name"  # every task of Metaflow has it
_TOLD = 1024  # bytes; what is larger is not read to be told of
_TYPE = re.compile(r"<class '([^']+)'>")
_PLAIN_TYPES = frozenset({"builtins", "NoneType"})
_INCLUDED = "metaflow.includefile.IncludedFile"


class _Told(NamedTuple):
    """What is known of a small value."""

    summary: dict[str, Any]
    twin: str


_UNTOLD = _Told({}, "")


class ValueRefs:
    """References to the values of one datastore."""

    def __init__(self, blobs: DatastoreBlobs) -> None:
        self._blobs = blobs

    def of(self, flow: str, data: DataDocument, script: str) -> dict[str, ArtifactRef]:
        """Every value of an attempt by its name; `script` is the flow's file as a module."""
        return {name: self._ref(flow, name, data, script) for name in sorted(data.objects) if name.isidentifier()}

    def _ref(self, flow: str, name: str, data: DataDocument, script: str) -> ArtifactRef:
        sha, info = data.objects[name], data.info.get(name) or ArtifactInfo()
        kind = _type_name(info.type)
        if kind == _INCLUDED:
            included = self._included(flow, sha)
            if included is not None:
                return included
        small = info.size <= _TOLD and kind.partition(".")[0] in _PLAIN_TYPES
        told = self._told(flow, sha) if small else _UNTOLD
        return ArtifactRef(
            type=kind,
            serializer=f"{SERIALIZER}:{script}" if script else SERIALIZER,
            size=info.size,
            hash=sha,
            blobs=(self._blobs.value_ref(flow, sha, info.size),),
            summary=told.summary,
            twin=told.twin,
        )

    def _told(self, flow: str, sha: str) -> "_Told":
        try:
            value = load_plain(self._blobs.load_value(flow, sha, sha))
            return _Told(summarise(value), ":".join(identity(sha, value)))
        except (BlobError, NotPlain, ArtifactError):  # whoever loads the value hears of it
            return _UNTOLD

    def _included(self, flow: str, sha: str) -> ArtifactRef | None:
        """A file that a parameter took in: its content, which has a place of its own."""
        value = self._blobs.plain(flow, sha)
        noted = value.descriptor if isinstance(value, IncludedFile) else {}
        place = str(noted.get("url", "")).split("/")
        if len(place) < 2 or not place[-2].isidentifier():
            return None
        encoding = str(noted.get("encoding") or "utf-8")
        text, size = bool(noted.get("is_text", True)), noted.get("size")
        size = size if isinstance(size, int) else 0
        content = self._blobs.file_ref(place[-2], place[-1], size)
        serializer = f"{FILE}:{encoding}" if text else FILE
        told = self._content(content, serializer, encoding if text else "") if size <= _TOLD else _UNTOLD
        return ArtifactRef(
            type="builtins.str" if text else "builtins.bytes",
            serializer=serializer,
            size=size,
            hash=place[-1],
            blobs=(content,),
            summary=told.summary,
            twin=told.twin,
        )

    def _content(self, ref: BlobRef, serializer: str, encoding: str) -> "_Told":
        """What is told of a small file, in the same way as of a value."""
        try:
            data = self._blobs.load(ref, ref.hash)
            return _Told(summarise(data.decode(encoding) if encoding else data), f"{serializer}:{digest(data)}")
        except (BlobError, LookupError, UnicodeDecodeError):  # whoever loads the value hears of it
            return _UNTOLD


def _type_name(text: str) -> str:
    """`<class 'int'>` is builtins.int."""
    match = _TYPE.fullmatch(text)
    name = match[1] if match else text
    return name if "." in name else f"builtins.{name}"
