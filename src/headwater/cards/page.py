"""A card as one HTML page that needs nothing from elsewhere: its style, its script and, where there are charts, Vega.

Its content security policy says that nothing is loaded, so whatever a component holds cannot ask the network.
"""

from collections.abc import Iterable
from functools import cache
from pathlib import Path

from headwater.graph.svg import STYLE as GRAPH
from headwater.markup.elements import Child, Markup, element, empty_element, join
from headwater.markup.palette import themed
from headwater.vault.hidden import current_mask, hide_in

_HERE = Path(__file__).parent
_POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline' 'unsafe-eval' blob:; "
    "img-src data: blob:; media-src data: blob:; font-src data:; worker-src blob:; base-uri 'none'; form-action 'none'"
)
STYLE = themed(".hw-card") + (_HERE / "page.css").read_text("utf-8") + GRAPH
_SCRIPT = (_HERE / "page.js").read_text("utf-8")
#: What stands in the HTML of a chart, and of nothing else.
CHART = '<div class="chart'


def page(title: str, *body: Child) -> str:
    """The whole document."""
    main = element("main", *body, cls="hw-card")
    head = join(
        [
            empty_element("meta", charset="utf-8"),
            empty_element("meta", http_equiv="Content-Security-Policy", content=_POLICY),
            empty_element("meta", name="viewport", content="width=device-width, initial-scale=1"),
            element("title", title),
            element("style", Markup(STYLE)),
        ]
    )
    scripts = element("script", Markup(_SCRIPT))
    if CHART in main:
        scripts = join([element("script", Markup(vega())), scripts])
    return f'<!doctype html>\n<html lang="en"><head>{head}</head>\n<body>{main}\n{scripts}</body></html>\n'


def page_bytes(text: str) -> bytes:
    """A page as it is kept: without secrets of the attempt, which are looked for in all but our own code."""
    data = text.encode("utf-8", "backslashreplace")
    if current_mask() is None:
        return data
    own = (STYLE, _SCRIPT, *((vega(),) if CHART in text else ()))
    return hide_in(data, [code.encode() for code in own])


def section(title: Child, *children: Child, note: Child = None, cls: str = "") -> Markup:
    """A part of the page under its heading; `note` stands behind it, quietly."""
    small = element("small", note) if note else None
    return element("section", element("h2", title, small), *children, cls=cls)


def parts(components: Iterable[str]) -> Markup:
    """The author's components, each in the place where a live page replaces it."""
    return element("div", *map(_part, components), cls="parts")


def _part(component: str) -> Markup:
    name = getattr(component, "id", "")
    return element("div", Markup(component), **({"data_component": name} if name else {}))


@cache
def vega() -> str:
    """Vega, Vega-Lite and Vega-Embed, 840 KB: only a page with a chart has it."""
    return (_HERE / "vega.js").read_text("utf-8")
