"""Nested values as text that can be folded, in the notation of JSON or of YAML.

Of very many values the first are shown, and how many more there are.
"""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from headwater.markup.elements import Markup, element, join
from headwater.wording import counted, number

_MOST_NODES = 5000
_OPEN_LEVELS = 2
_MOST_TEXT = 5000
#: What YAML would read as something else, or not as a word.
_PLAIN_WORD = re.compile(r"[A-Za-z_/][\w ./()+-]*(?<! )\Z")
_RESERVED = frozenset({"true", "false", "null", "yes", "no", "on", "off", "y", "n", "none"})


def plain_of(value: Any, depth: int = 0) -> Any:
    """What JSON can hold: of keys and foreign values their text; of arrays and numbers of libraries, Python's own."""
    if depth > 60:
        return "…"
    if isinstance(value, Mapping):
        return {str(key): plain_of(one, depth + 1) for key, one in value.items()}
    if isinstance(value, str | int | float | bool | None):
        return value
    if isinstance(value, list | tuple | set | frozenset):
        return [plain_of(one, depth + 1) for one in value]
    for name in ("tolist", "item"):
        method = getattr(value, name, None)
        if callable(method):
            return plain_of(method(), depth + 1)
    return str(value)


class JsonNotation:
    """Braces, commas, quotes."""

    marks = {dict: ("{", "}"), list: ("[", "]")}
    comma = ","

    @staticmethod
    def key(name: str) -> str:
        return f"{json.dumps(name, ensure_ascii=False)}: "

    @staticmethod
    def item() -> str:
        return ""

    @staticmethod
    def scalar(value: Any) -> str:
        return json.dumps(value, ensure_ascii=False)

    @staticmethod
    def text(value: Any) -> str:
        return json.dumps(value, ensure_ascii=False, indent=2)


class YamlNotation:
    """Margins, and quotes where they are needed."""

    marks = {dict: ("", ""), list: ("", "")}
    comma = ""

    @staticmethod
    def key(name: str) -> str:
        return f"{YamlNotation.scalar(name)}: "

    @staticmethod
    def item() -> str:
        return "- "

    @staticmethod
    def scalar(value: Any) -> str:
        if isinstance(value, str):
            word = _PLAIN_WORD.match(value) and value.lower() not in _RESERVED
            return value if word else json.dumps(value, ensure_ascii=False)
        if isinstance(value, float) and not -1e308 < value < 1e308:
            return ".nan" if value != value else ".inf" if value > 0 else "-.inf"
        return json.dumps(value)

    @staticmethod
    def text(value: Any) -> str:
        return "\n".join(_yaml_lines(value))


Notation = type[JsonNotation] | type[YamlNotation]


def tree(value: Any, notation: Notation, folding: bool) -> Markup:
    """The value as an element; what is nested can be folded away."""
    return element(
        "div",
        _Tree(notation, folding).node(value, Markup(), 0),
        cls="tree folding" if folding else "tree",
        tabindex="0",
    )


class _Tree:
    """Counts what was shown, so that it ends."""

    def __init__(self, notation: Notation, folding: bool) -> None:
        self._notation = notation
        self._folding = folding
        self._left = _MOST_NODES

    def node(self, value: Any, label: Markup, level: int, comma: str = "") -> Markup:
        self._left -= 1
        if not isinstance(value, dict | list) or not value:
            return element("div", label, self._scalar(value), comma)
        begin, end = self._notation.marks[type(value)]
        what = counted(len(value), "key" if isinstance(value, dict) else "item")
        inside = join(self._members(value, level))
        more = element("span", f" … {end}{comma}  ", element("i", what), cls="more q")
        if not (label or begin):  # the whole of a text without marks has nothing to be folded by
            return inside
        if not self._folding:
            return join([element("div", label, begin), element("div", inside, cls="nest"), _closed(end, comma)])
        opened = {"open": ""} if level < _OPEN_LEVELS else {}
        head = element("summary", label, begin, more)
        return element("details", head, element("div", inside), _closed(end, comma), **opened)

    def _members(self, value: dict[str, Any] | list[Any], level: int) -> Iterator[Markup]:
        named: Sequence[tuple[Any, Any]] = (
            list(value.items()) if isinstance(value, dict) else [("", one) for one in value]
        )
        for at, (key, one) in enumerate(named):
            if self._left <= 0:
                yield element("div", f"… {number(len(named) - at)} more", cls="q")
                return
            label = element("span", self._notation.key(key), cls="k") if isinstance(value, dict) else self._bullet()
            yield self.node(one, label, level + 1, self._notation.comma if at < len(named) - 1 else "")

    def _bullet(self) -> Markup:
        mark = self._notation.item()
        return element("span", mark, cls="q") if mark else Markup()

    def _scalar(self, value: Any) -> Markup:
        text = self._notation.scalar(value)
        if len(text) > _MOST_TEXT:
            text = f"{text[:_MOST_TEXT]}… ({number(len(text))} letters)"
        return element("span", text, cls="s" if isinstance(value, str) else "n")


def _closed(end: str, comma: str) -> Markup | None:
    return element("div", f"{end}{comma}", cls="end") if end else None


def _yaml_lines(value: Any, margin: str = "") -> Iterator[str]:
    if isinstance(value, dict) and value:
        for key, one in value.items():
            yield from _yaml_entry(f"{margin}{YamlNotation.scalar(key)}:", one, f"{margin}  ")
    elif isinstance(value, list) and value:
        for one in value:
            yield from _yaml_entry(f"{margin}-", one, f"{margin}  ")
    else:
        yield f"{margin}{YamlNotation.scalar(value)}"


def _yaml_entry(head: str, value: Any, margin: str) -> Iterator[str]:
    if isinstance(value, dict | list) and value:
        lines = _yaml_lines(value, margin)
        if head.endswith("-"):  # the first line stands behind the dash
            yield f"{head} {next(lines)[len(margin) :]}"
        else:
            yield head
        yield from lines
    else:
        yield f"{head} {YamlNotation.scalar(value)}"
