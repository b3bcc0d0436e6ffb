"""A value as it would be told of in a listing: its type, and what can be said of it at once."""

from collections.abc import Mapping
from typing import Any, NamedTuple

from headwater.artifacts.describe import describe, type_of
from headwater.artifacts.serializers import type_name
from headwater.artifacts.summaries import summarise
from headwater.cards.base import Component
from headwater.markup.elements import Markup, element, lines_of_code
from headwater.markup.values import summary_of

_MOST_LETTERS = 100_000


class Artifact(Component):
    """A value: a frame by its first rows, an image small, an array by its shape, anything else as a line of text.

    With `compressed=False`, what its `repr` says, whole.
    """

    REALTIME_UPDATABLE = True

    def __init__(self, artifact: Any, name: str | None = None, compressed: bool = True) -> None:
        self.artifact = artifact
        self.name = name
        self.compressed = compressed

    def update(self, artifact: Any) -> None:
        self.artifact = artifact

    def render(self) -> str:
        seen = self.seen()
        head = element(
            "div", element("b", f"{self.name} ") if self.name else None, element("span", type_of(seen), cls="quiet")
        )
        return element("div", head, self._body(seen), cls="artifact")

    def to_data(self) -> Any:
        seen = self.seen()
        return {"name": self.name, "type": seen.type, "summary": describe(seen)}

    def seen(self) -> "Seen":
        """What can be said of it."""
        return Seen(type_name(self.artifact), summarise(self.artifact))

    def _body(self, seen: "Seen") -> Markup:
        if not self.compressed:
            return lines_of_code([repr(self.artifact)[:_MOST_LETTERS]])
        if seen.summary:
            return summary_of(seen)
        return lines_of_code([repr(self.artifact)[:2000]])


class Seen(NamedTuple):
    """What `describe` needs of a value that is at hand."""

    type: str
    summary: Mapping[str, Any]
