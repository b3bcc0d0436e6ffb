"""Python code with its words coloured."""

import inspect
import io
import keyword
import textwrap
import tokenize
from collections.abc import Callable, Iterator
from typing import Any

from headwater.cards.base import Component
from headwater.errors import CardError
from headwater.markup.elements import Markup, element
from headwater.wording import markup

_KINDS = {tokenize.STRING: "s", tokenize.COMMENT: "c", tokenize.NUMBER: "n"}
#: The pieces of f-strings, which are tokens of their own from Python 3.12 on.
_KINDS |= {getattr(tokenize, f"FSTRING_{part}", -1): "s" for part in ("START", "MIDDLE", "END")}
_SOFT = frozenset(keyword.softkwlist) - {"_", "type"}


class PythonCode(Component):
    """The source of a function, a class or a module, or code as text."""

    REALTIME_UPDATABLE = True

    def __init__(self, code_func: Callable[..., Any] | None = None, code_string: str | None = None) -> None:
        self.code = _source(code_func, code_string)

    def update(self, code_func: Callable[..., Any] | None = None, code_string: str | None = None) -> None:
        self.code = _source(code_func, code_string)

    def render(self) -> str:
        return element("pre", element("code", highlighted(self.code)), cls="source", tabindex="0")

    def to_data(self) -> Any:
        return {"code": self.code}


def _source(function: Any, text: str | None) -> str:
    if text is not None:
        return textwrap.dedent(text).strip("\n")
    if function is None:
        raise CardError("PythonCode has nothing to show. Give it a function, or code_string='...'.")
    try:
        return textwrap.dedent(inspect.getsource(inspect.unwrap(function))).rstrip()
    except (OSError, TypeError) as exc:
        name = getattr(function, "__qualname__", type(function).__name__)
        raise CardError(f"The source of {name} cannot be found. Give it as text: code_string='...'.") from exc


def highlighted(source: str) -> Markup:
    """The words that mean something in elements with a class: k keyword, s text, c comment, n number, d decorator, f a
    name that is defined. What cannot be read as Python stays plain from there on.
    """
    lines = source.splitlines(keepends=True)
    starts = [0]
    for line in lines:
        starts.append(starts[-1] + len(line))
    done, at = [], 0
    for begin, end, kind in _words(source, starts):
        if begin < at:  # pieces of f-strings may be said to lie within each other
            continue
        done += [markup(source[at:begin]), f'<span class="{kind}">{markup(source[begin:end])}</span>']
        at = end
    return Markup("".join([*done, markup(source[at:])]))


def _words(source: str, starts: list[int]) -> Iterator[tuple[int, int, str]]:
    """(first character, behind the last, class) of each word that has one."""
    before = ""
    try:
        for token in tokenize.generate_tokens(io.StringIO(source).readline):
            if token.type in (tokenize.NEWLINE, tokenize.NL, tokenize.INDENT, tokenize.DEDENT):
                before = ""
                continue
            kind = _kind(token, before)
            before = token.string
            if kind:
                begin, end = (starts[row - 1] + column for row, column in (token.start, token.end))
                yield begin, end, kind
    except (tokenize.TokenError, SyntaxError, IndexError):
        return


def _kind(token: tokenize.TokenInfo, before: str) -> str:
    if token.type == tokenize.NAME:
        if before in ("def", "class"):
            return "f"
        if before == "@":
            return "d"
        return "k" if keyword.iskeyword(token.string) or (not before and token.string in _SOFT) else ""
    if token.type == tokenize.OP and token.string == "@" and not before:
        return "d"
    return _KINDS.get(token.type, "")
