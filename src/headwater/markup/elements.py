"""HTML as values: text is escaped wherever it is not an element already."""

from collections.abc import Iterable, Mapping, Sequence

from headwater.graph.svg import SIGNS
from headwater.wording import markup


class Markup(str):
    """A piece of HTML; any other text is escaped when it becomes part of one."""

    __slots__ = ()


Child = str | int | None  # None: nothing


def element(name: str, /, *children: Child, cls: str = "", **attributes: str) -> Markup:
    """`element("b", "1 < 2", cls="x")`: `<b class="x">1 &lt; 2</b>`."""
    named = {"class": cls, **attributes} if cls else attributes
    return Markup(f"<{name}{_said(named)}>{join(children)}</{name}>")


def empty_element(name: str, /, **attributes: str) -> Markup:
    """One that holds nothing and is not closed, as an image."""
    return Markup(f"<{name}{_said(attributes)}>")


def _said(attributes: Mapping[str, str]) -> str:
    return "".join(f' {key.replace("_", "-")}="{markup(value)}"' for key, value in attributes.items())


def join(children: Iterable[Child], between: str = "") -> Markup:
    """One after the other; `between` is text."""
    parts = (one if isinstance(one, Markup) else markup(str(one)) for one in children if one is not None)
    return Markup(markup(between).join(parts))


def table(header: Sequence[str], rows: Iterable[Sequence[Child]], numbers: Iterable[int] = ()) -> Markup:
    """`numbers`: the columns whose cells end at the right."""
    right = frozenset(numbers)

    def cells(name: str, row: Sequence[Child], **attributes: str) -> Iterable[Markup]:
        for place, one in enumerate(row):
            yield element(name, one, cls="r" if place in right else "", **attributes)

    head = element("thead", element("tr", *cells("th", header, scope="col")))
    body = element("tbody", *(element("tr", *cells("td", row)) for row in rows))
    return element("div", element("table", head, body), cls="hw-scroll")


def fold(title: str, *children: Child, is_open: bool = False) -> Markup:
    """What can be folded away."""
    opened = {"open": ""} if is_open else {}
    return element("details", element("summary", title), *children, **opened)


def code(text: str) -> Markup:
    return element("code", text)


def lines_of_code(lines: Iterable[str]) -> Markup:
    return element("pre", "\n".join(lines))


def badge(status: str) -> Markup:
    """A state as sign, word and colour."""
    return element("span", f"{SIGNS.get(status, '·')} {status}", cls=f"hw-badge {status}")


def heading(kind: str, pathspec: str, status: str = "", *more: Child) -> Markup:
    """What it is, its address, its state."""
    parts = [element("span", kind, cls="hw-kind"), code(pathspec), badge(status) if status else None, *more]
    return element("div", join([part for part in parts if part is not None], " "), cls="hw-head")


def facts(*parts: Child) -> Markup | None:
    """A line of facts; None when there are none."""
    said = [part for part in parts if part]
    return element("div", join(said, " · "), cls="hw-facts") if said else None
