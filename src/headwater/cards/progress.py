"""How far something is."""

from typing import Any, SupportsFloat

from headwater.cards.base import Component
from headwater.cards.table import shown
from headwater.errors import CardError
from headwater.markup.elements import element


class ProgressBar(Component):
    """A bar from 0 to `max`, with its numbers."""

    REALTIME_UPDATABLE = True

    def __init__(
        self,
        max: SupportsFloat = 100,
        label: str | None = None,
        value: SupportsFloat = 0,
        unit: str | None = None,
        metadata: str | None = None,
    ) -> None:
        """`unit` stands behind the numbers, `metadata` below the bar."""
        self.max, self.value = _number("max", max), _number("value", value)
        self.label, self.unit, self.metadata = label, unit, metadata

    def update(self, new_value: SupportsFloat, metadata: str | None = None) -> None:
        self.value = _number("value", new_value)
        self.metadata = self.metadata if metadata is None else metadata

    def render(self) -> str:
        share = min(1.0, max(0.0, self.value / self.max)) if self.max > 0 else 0.0
        numbers = f"{shown(self.value)} of {shown(self.max)}{f' {self.unit}' if self.unit else ''} · {share:.0%}"
        bar = element("i", style=f"width:{share:.2%}")
        return element(
            "div",
            element("div", element("span", self.label or ""), element("span", numbers), cls="said"),
            element(
                "div",
                bar,
                cls="done" if share >= 1 else "",
                role="progressbar",
                aria_label=str(self.label or "Progress"),
                aria_valuemin="0",
                aria_valuemax=f"{self.max:g}",
                aria_valuenow=f"{self.value:g}",
            ),
            element("p", str(self.metadata), cls="quiet") if self.metadata else None,
            cls="progress",
        )

    def to_data(self) -> Any:
        return {
            "max": self.max,
            "label": self.label,
            "value": self.value,
            "unit": self.unit,
            "metadata": str(self.metadata) if self.metadata else None,
        }


def _number(name: str, value: Any) -> float:
    if isinstance(value, bool) or not hasattr(value, "__float__"):
        raise CardError(f"ProgressBar takes a number as {name}, not {value!r}.")
    return value if type(value) is int else float(value)
