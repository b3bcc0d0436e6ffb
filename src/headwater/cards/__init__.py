"""Reports of a task: what they are made of, how they look, where they are kept. Names are loaded when asked for."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from headwater.cards.artifact import Artifact as Artifact
    from headwater.cards.base import Card as Card
    from headwater.cards.base import Component as Component
    from headwater.cards.blank import BlankCard as BlankCard
    from headwater.cards.chart import VegaChart as VegaChart
    from headwater.cards.code import PythonCode as PythonCode
    from headwater.cards.default import DefaultCard as DefaultCard
    from headwater.cards.error import ErrorCard as ErrorCard
    from headwater.cards.events import EventsTimeline as EventsTimeline
    from headwater.cards.failure import Error as Error
    from headwater.cards.image import Image as Image
    from headwater.cards.markdown import Markdown as Markdown
    from headwater.cards.progress import ProgressBar as ProgressBar
    from headwater.cards.reading import get_cards as get_cards
    from headwater.cards.table import Table as Table
    from headwater.cards.value_box import ValueBox as ValueBox
    from headwater.cards.viewers import JSONViewer as JSONViewer
    from headwater.cards.viewers import YAMLViewer as YAMLViewer

_HOMES = {
    "Artifact": "artifact",
    "BlankCard": "blank",
    "DefaultCard": "default",
    "Error": "failure",
    "ErrorCard": "error",
    "EventsTimeline": "events",
    "Image": "image",
    "JSONViewer": "viewers",
    "Markdown": "markdown",
    "ProgressBar": "progress",
    "PythonCode": "code",
    "Table": "table",
    "ValueBox": "value_box",
    "VegaChart": "chart",
    "YAMLViewer": "viewers",
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
