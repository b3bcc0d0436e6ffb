"""An exception, as a part of a card."""

import traceback
from typing import Any

from headwater.cards.base import Component
from headwater.markup.elements import element, fold, lines_of_code


class Error(Component):
    """An exception: its message, and its traceback folded."""

    def __init__(self, exception: BaseException, title: str | None = None) -> None:
        self.exception = exception
        self.title = title

    def render(self) -> str:
        text = _traceback(self.exception)
        return element(
            "div",
            element("h3", self.title) if self.title else None,
            element("div", _headline(self.exception), cls="hw-bad"),
            fold("Traceback", lines_of_code([text])) if text else None,
            cls="hw-fail",
        )

    def to_data(self) -> Any:
        return {"title": self.title, "message": _headline(self.exception), "traceback": _traceback(self.exception)}


def _headline(exception: object) -> str:
    name = getattr(exception, "type", None)  # of what `Task.exception` gives
    name = name if isinstance(name, str) and name else type(exception).__qualname__
    return f"{name.removeprefix('builtins.')}: {exception}" if str(exception) else name


def _traceback(exception: object) -> str:
    kept = getattr(exception, "stacktrace", None)
    if isinstance(kept, str):
        return kept.rstrip()
    if not isinstance(exception, BaseException) or exception.__traceback__ is None:
        return ""
    return "".join(traceback.format_exception(exception)).rstrip()
