"""Text in Markdown: CommonMark with tables and strikethrough. HTML in it is shown as text, nothing is loaded."""

import re
from collections.abc import MutableMapping, Sequence
from functools import cache
from typing import Any

from markdown_it import MarkdownIt
from markdown_it.renderer import RendererHTML
from markdown_it.token import Token

from headwater.cards.base import Component
from headwater.errors import CardError
from headwater.markup.elements import Markup, element, empty_element


class Markdown(Component):
    """Text in Markdown.

    HTML within it is shown as it is written, and an image from the web becomes a link: a card loads nothing.
    """

    REALTIME_UPDATABLE = True

    def __init__(self, text: str | None = None) -> None:
        self.text = _checked(text)

    def update(self, text: str | None = None) -> None:
        self.text = _checked(text)

    def render(self) -> str:
        return element("div", as_html(self.text), cls="markdown")

    def to_data(self) -> Any:
        return {"text": self.text}


def as_html(text: str) -> Markup:
    return Markup(_parser().render(_dedented(text)))


def _checked(text: str | None) -> str:
    if text is not None and not isinstance(text, str):
        raise CardError(f"Markdown takes text, not {type(text).__name__}. Turn it into text: Markdown(str(...)).")
    return text or ""


def _dedented(text: str) -> str:
    """Without the margin that all lines but the first have in common: a text in triple quotes is meant as it looks."""
    first, _, rest = text.partition("\n")
    margins = [len(line) - len(line.lstrip(" ")) for line in rest.splitlines() if line.strip()]
    if not margins or not min(margins):
        return text
    body = re.sub(rf"^ {{1,{min(margins)}}}", "", rest, flags=re.MULTILINE)
    return f"{first.lstrip() if first.startswith(' ') else first}\n{body}"


@cache
def _parser() -> MarkdownIt:
    parser = MarkdownIt("commonmark", {"html": False}).enable(["table", "strikethrough"])
    parser.add_render_rule("image", _image)
    parser.add_render_rule("link_open", _link)
    return parser


def _link(self: RendererHTML, tokens: Sequence[Token], at: int, options: Any, env: MutableMapping[str, Any]) -> str:
    tokens[at].attrSet("target", "_blank")
    tokens[at].attrSet("rel", "noopener noreferrer")
    return self.renderToken(tokens, at, options, env)


def _image(self: RendererHTML, tokens: Sequence[Token], at: int, options: Any, env: MutableMapping[str, Any]) -> str:
    """An image that stands in the text itself; of another, a link to it."""
    token = tokens[at]
    source = str(token.attrGet("src") or "")
    said = token.content or source
    if source.startswith("data:image/"):
        return empty_element("img", src=source, alt=said)
    return element("a", said, href=source, target="_blank", rel="noopener noreferrer")
