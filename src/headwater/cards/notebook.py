"""A component as the output of a cell: with the style of cards, and in a frame of its own where a script draws it."""

from typing import Any

from headwater.cards.base import SANDBOX, rendered
from headwater.cards.page import CHART, STYLE, page
from headwater.markup.elements import Markup, element

_HEIGHT = "420"  # pixels of a frame; the reader can pull it longer


def represent(component: Any) -> str:
    """HTML that shows the component wherever it stands."""
    part = Markup(rendered(component, ""))
    if CHART not in part:
        return element("div", element("style", Markup(STYLE)), part, cls="hw-card")
    return element(
        "iframe",
        srcdoc=page(type(component).__name__, part),
        sandbox=SANDBOX,
        style="width:100%;border:0;resize:vertical",
        height=_HEIGHT,
        title=type(component).__name__,
    )
