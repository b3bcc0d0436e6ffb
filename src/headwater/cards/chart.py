"""A chart, as Vega or Vega-Lite describe it."""

import json
from collections.abc import Mapping
from typing import Any

from headwater.cards.base import Component
from headwater.cards.page import CHART
from headwater.errors import CardError
from headwater.markup.elements import Markup, element, join

_COMPOSED = ("hconcat", "vconcat", "concat", "facet", "repeat")
_FACETS = ("row", "column", "facet")
_NO_SPEC = {"mark": "point", "data": {"values": []}}


class VegaChart(Component):
    """A chart from a specification of Vega-Lite or Vega, as a dict or as JSON; its data stand in it.

    A chart of Vega-Lite that does not say how wide it is, is as wide as the card.
    """

    REALTIME_UPDATABLE = True

    def __init__(self, spec: Mapping[str, Any] | str, show_controls: bool = False) -> None:
        """`show_controls`: a menu beside it, to save it as an image or to see its source."""
        self.spec = _checked(spec)
        self.show_controls = show_controls

    @classmethod
    def from_altair_chart(cls, altair_chart: Any) -> "VegaChart":
        return cls(_altair_spec(altair_chart))

    def update(self, spec: Any = None) -> None:
        """Another specification, or another chart of Altair."""
        self.spec = _altair_spec(spec) if hasattr(spec, "to_dict") else _checked(spec)

    def render(self) -> str:
        mode = "vega" if _is_vega(self.spec) else "vega-lite"
        text = _as_json(_drawn(self.spec, mode))
        controls = ' data-controls="1"' if self.show_controls else ""
        return join(
            [
                Markup(f'{CHART}{" wide" if _is_composed(self.spec) else ""}" data-mode="{mode}"{controls}>'),
                element("div", element("noscript", "This chart is drawn by a script."), cls="plot"),
                element("script", Markup(text.replace("<", "\\u003c")), type="application/json"),
                Markup("</div>"),
            ]
        )

    def to_data(self) -> Any:
        return {"spec": json.loads(_as_json(self.spec))}


def _checked(spec: Any) -> dict[str, Any]:
    if isinstance(spec, str):
        try:
            spec = json.loads(spec)
        except ValueError as exc:
            raise CardError(
                f"VegaChart was given text that is no JSON: {exc}. Give it the specification as a dict."
            ) from exc
    if isinstance(spec, Mapping):
        _refuse_urls(spec)
        return dict(spec)
    remedy = "VegaChart.from_altair_chart takes it." if hasattr(spec, "to_dict") else "Give it a dict."
    raise CardError(f"VegaChart takes a specification of Vega-Lite or Vega, not {type(spec).__name__}. {remedy}")


def _refuse_urls(spec: Mapping[str, Any]) -> None:
    """Data that would have to be loaded: a card loads nothing, so the chart would be empty."""
    data = spec.get("data")
    sources = data if isinstance(data, list) else [data]
    for one in sources:
        url = one.get("url") if isinstance(one, Mapping) else None
        if isinstance(url, str) and not url.startswith("data:"):
            raise CardError(
                f"A card loads nothing from elsewhere, so this chart cannot read {url}. "
                'Give it its data as values: {"values": [...]}.'
            )


def _altair_spec(chart: Any) -> dict[str, Any]:
    if not hasattr(chart, "to_dict"):
        raise CardError(f"VegaChart.from_altair_chart takes a chart of Altair, not {type(chart).__name__}.")
    return _checked(chart.to_dict())


def _is_vega(spec: Mapping[str, Any]) -> bool:
    """By its schema; without one, by what only Vega has."""
    schema = str(spec.get("$schema", ""))
    if schema:
        return "/vega/" in schema
    return "marks" in spec


def _is_composed(spec: Mapping[str, Any]) -> bool:
    encoding = spec.get("encoding")
    return any(name in spec for name in _COMPOSED) or (
        isinstance(encoding, Mapping) and any(name in encoding for name in _FACETS)
    )


def _drawn(spec: Mapping[str, Any], mode: str) -> dict[str, Any]:
    """Without its schema, whose version is of no importance here; as wide as there is room, if it does not say."""
    made = {key: value for key, value in (spec or _NO_SPEC).items() if key != "$schema"}
    if mode == "vega-lite" and "width" not in made and not _is_composed(made):
        made["width"] = "container"
    return made


def _as_json(spec: Mapping[str, Any]) -> str:
    """Numbers that JSON has not, as NaN, are null: Vega leaves such points out."""
    try:
        return json.dumps(spec, default=_plain, allow_nan=False)
    except ValueError:
        return json.dumps(json.loads(json.dumps(spec, default=_plain), parse_constant=lambda _: None))


def _plain(value: Any) -> Any:
    """Numbers and arrays of libraries as Python's own; of anything else its text."""
    for name in ("tolist", "item", "isoformat"):
        method = getattr(value, name, None)
        if callable(method):
            return method()
    return str(value)
