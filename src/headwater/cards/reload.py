"""When a page that is open has to be loaded anew: when it lacks the place of a component, or what draws it."""

from collections.abc import Mapping
from typing import Any

from headwater.cards.page import CHART


def components_token(data: Mapping[str, Any] | None) -> str:
    """Changes when a component was added or taken away, and when the first chart came."""
    components = (data or {}).get("components") or {}
    has_chart = any(CHART in str(part.get("html", "")) for part in components.values())
    return "|".join([*components, "chart" if has_chart else ""])
