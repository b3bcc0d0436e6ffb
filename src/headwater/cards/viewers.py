"""Nested values as JSON or YAML, which can be folded and copied."""

import json
from typing import Any, ClassVar

from headwater.cards.base import Component
from headwater.cards.tree import JsonNotation, Notation, YamlNotation, plain_of, tree
from headwater.errors import CardError
from headwater.markup.elements import Markup, element
from headwater.wording import markup

_MOST_COPIED = 1_000_000  # letters


class _Viewer(Component):
    """Dicts, lists and what stands in them; text is read as JSON if it is JSON, else shown as it is."""

    REALTIME_UPDATABLE = True
    _notation: ClassVar[Notation]

    def __init__(
        self,
        data: Any,
        collapsible: bool = True,
        max_height: str | int | None = None,
        show_copy_button: bool = True,
        title: str | None = None,
    ) -> None:
        """`max_height`: how tall it is before it scrolls, as "300px" or as a number of pixels."""
        self.collapsible = collapsible
        self.max_height = _height(max_height)
        self.show_copy_button = show_copy_button
        self.title = title
        self.data = _read(data)

    def update(self, data: Any) -> None:
        self.data = _read(data)

    def render(self) -> str:
        text = self._notation.text(self.data) if not isinstance(self.data, str) else self.data
        body = (
            element("div", text, cls="tree", tabindex="0")
            if isinstance(self.data, str)
            else tree(self.data, self._notation, self.collapsible)
        )
        if self.max_height:
            body = Markup(body.replace("<div ", f'<div style="max-height:{markup(self.max_height)}" ', 1))
        copied = self.show_copy_button and len(text) <= _MOST_COPIED
        bar = element(
            "div",
            element("h3", self.title) if self.title else None,
            element("button", "Copy", cls="copy", type="button") if copied else None,
            cls="bar",
        )
        return element(
            "div",
            bar if self.title or copied else None,
            body,
            element("template", text) if copied else None,
            cls="viewer",
        )

    def to_data(self) -> Any:
        return {"title": self.title, "data": self.data}


class JSONViewer(_Viewer):
    """Nested values as JSON."""

    _notation = JsonNotation


class YAMLViewer(_Viewer):
    """Nested values as YAML."""

    _notation = YamlNotation


def _read(data: Any) -> Any:
    if isinstance(data, str):
        try:
            return json.loads(data)
        except ValueError:
            return data
    return plain_of(data)


def _height(height: str | int | None) -> str:
    if height is None:
        return ""
    text = f"{height}px" if isinstance(height, int) else str(height)
    if not text.replace(".", "").rstrip("pxremvh%").isdigit():
        raise CardError(f"max_height cannot be {height!r}. Give it pixels, as 300, or a length, as '20em'.")
    return text
