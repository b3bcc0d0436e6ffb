"""What every record shares: frozen, keyword-only, JSON, unknown fields ignored; documents carry kind and version.

A document's JSON begins with `"document": "task/1"`. Fields may be added with a default without a new version; a change
that an old reader would misread makes a new major version, and the old one stays readable.
"""

from typing import Any, TypeVar

import msgspec

from headwater.errors import RecordError, UnknownVersion


class Record(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A frozen value that may stand inside a document."""


class Document(Record, frozen=True, kw_only=True, omit_defaults=True, tag_field="document"):
    """A record that is written on its own. Subclasses give `tag="<kind>/<major version>"`."""


D = TypeVar("D", bound=Document)


def tag_of(record: Record) -> str:
    """What a record of a tagged kind is called: `retry` for a `Retry`."""
    return str(type(record).__struct_config__.tag)


_encoder = msgspec.json.Encoder()
_decoders: dict[type, msgspec.json.Decoder[Any]] = {}


def encode(record: Record) -> bytes:
    """The JSON of a record: deterministic for equal records built alike."""
    try:
        return _encoder.encode(record)
    except UnicodeEncodeError as exc:  # a name in the bytes of another encoding, from the command line or a folder
        raise RecordError(
            f"{exc.object!r} cannot be recorded, for it is no Unicode text. Choose another name."
        ) from exc


def decode(kind: type[D], data: bytes | bytearray | memoryview, source: str) -> D:
    """Read a document; `source` (a key or a path) stands in the error when it cannot be read."""
    try:
        document: D = prepare(kind).decode(data)
    except (msgspec.DecodeError, UnicodeDecodeError) as exc:
        raise _explain(kind, bytes(data), source, exc) from exc
    return document


def prepare(kind: type[D]) -> msgspec.json.Decoder[D]:
    """The decoder of a kind of document, built at the first call: forks that follow find it ready."""
    decoder = _decoders.get(kind)
    if decoder is None:
        decoder = _decoders[kind] = msgspec.json.Decoder(kind)
    return decoder


class _Header(msgspec.Struct):
    document: str


def _explain(kind: type[Document], data: bytes, source: str, exc: Exception) -> RecordError:
    expected = kind.__struct_config__.tag
    try:
        found = msgspec.json.decode(data, type=_Header).document
    except (msgspec.DecodeError, UnicodeDecodeError):
        return RecordError(
            f"{source} is damaged or cut off ({len(data)} bytes): {exc}. "
            "Restore it from a copy, or remove it and resume the run."
        )
    if found != expected:
        return UnknownVersion(
            f"{source} holds a {found!r} document where this Headwater reads {expected!r}. "
            "Upgrade Headwater to read it."
        )
    return RecordError(
        f"{source} is not a valid {expected!r} document: {exc}. "
        "Restore it from a copy, or remove it and resume the run."
    )
