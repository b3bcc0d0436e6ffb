"""Reports of a task: what they are made of, how they look, where they are kept. Names are loaded when asked for."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from headwater.cards.base import Card as Card
    from headwater.cards.base import Component as Component
    from headwater.cards.reading import get_cards as get_cards

_HOMES = {
    "Card": "base",
    "Component": "base",
    "get_cards": "reading",
}

__all__ = [*_HOMES]


def __getattr__(name: str) -> Any:
    home = _HOMES.get(name)
    if home is None:
        raise AttributeError(f"module 'headwater.cards' has no attribute {name!r}")
    value = getattr(import_module(f"headwater.cards.{home}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(__all__)
