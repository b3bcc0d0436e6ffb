"""One figure that matters, large."""

from typing import Any

from headwater.cards.base import Component
from headwater.cards.table import shown
from headwater.markup.elements import Child, element

#: The words by which a tone is asked for.
_TONES = {
    **dict.fromkeys(("info", "primary", "blue"), "info"),
    **dict.fromkeys(("success", "good", "green"), "good"),
    **dict.fromkeys(("warning", "warn", "orange", "yellow"), "warn"),
    **dict.fromkeys(("danger", "error", "bad", "red"), "bad"),
}


class ValueBox(Component):
    """A value under its title. Boxes that follow each other stand side by side.

    `theme` is one of `info`, `success`, `warning`, `danger`; any other word is the plain look.
    """

    REALTIME_UPDATABLE = True

    def __init__(
        self,
        title: str | None = None,
        value: Any = "",
        subtitle: str | None = None,
        theme: str | None = None,
        change_indicator: str | None = None,
    ) -> None:
        """`change_indicator`: a few words beside the value, as "+2 % since yesterday"."""
        self.title, self.value, self.subtitle = title, value, subtitle
        self.theme, self.change_indicator = theme, change_indicator

    def update(
        self,
        title: str | None = None,
        value: Any = None,
        subtitle: str | None = None,
        theme: str | None = None,
        change_indicator: str | None = None,
    ) -> None:
        """What is given is changed; the rest stays."""
        given = {
            "title": title,
            "value": value,
            "subtitle": subtitle,
            "theme": theme,
            "change_indicator": change_indicator,
        }
        for name, one in given.items():
            if one is not None:
                setattr(self, name, one)

    def render(self) -> str:
        tone = _TONES.get(str(self.theme or "").lower().removeprefix("theme-"), "")
        change = element("span", self.change_indicator, cls="change") if self.change_indicator else None
        return element(
            "div",
            element("span", self.title, cls="label") if self.title else None,
            element("div", element("strong", _short(self.value)), change, cls="said"),
            element("span", self.subtitle, cls="sub") if self.subtitle else None,
            cls=f"value {tone}".strip(),
        )

    def to_data(self) -> Any:
        return {
            "title": self.title,
            "value": str(self.value),
            "subtitle": self.subtitle,
            "theme": self.theme,
            "change_indicator": self.change_indicator,
        }


def _short(value: Any) -> Child:
    """Four digits of a number with a point: what is large is read at a glance."""
    return f"{value:.4g}" if isinstance(value, float) and 1e-4 < abs(value) < 1e4 else shown(value)
