"""What `@card` takes beyond the types of its options."""

import re
from collections.abc import Mapping
from typing import Any

import msgspec

from headwater.records.decorators import Card

_ID = re.compile(r"[a-zA-Z0-9_]+")


def clean(options: Mapping[str, Any]) -> dict[str, Any]:
    """A card's class stands for its type, and no options for none."""
    given = dict(options)
    if isinstance(given.get("type"), type):
        given["type"] = getattr(given["type"], "type", None)
    if given.get("options", {}) is None:
        del given["options"]
    return given


def refusal(record: Card) -> str:
    """Why a card cannot be as it was said; "" when it can."""
    if not record.type:
        return "the card's class has no type. Give it one, as in type = 'my_card'."
    if record.id is not None and _ID.fullmatch(record.id) is None:
        return f"the id {record.id!r} has other signs than letters, digits and '_'. Choose another."
    if record.timeout <= 0:
        return "timeout leaves no time. Give seconds above 0."
    if record.refresh_interval < 0:
        return "refresh_interval cannot be negative. Give seconds, 0 or more."
    try:
        msgspec.json.encode(record.options)
    except (TypeError, ValueError) as exc:
        return f"options can only hold what JSON can ({exc}). Give other values to current.card.append."
    return ""
