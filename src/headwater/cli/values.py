"""A stored value as a line of a table, and as a document."""

from typing import Any

from headwater.artifacts.describe import describe, type_of
from headwater.records.artifact import ArtifactRef
from headwater.wording import size


def row(name: str, ref: ArtifactRef) -> tuple[str, str, str, str]:
    """A line of a table of artifacts: name, type, size, description."""
    return name, type_of(ref), size(ref.size), describe(ref)


def document(ref: ArtifactRef) -> dict[str, Any]:
    """The same for `--json`."""
    return {"type": ref.type, "serializer": ref.serializer, "size": ref.size, "hash": ref.hash, "summary": ref.summary}
