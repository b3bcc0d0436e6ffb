"""An exception, as a part of a card."""

import traceback
from typing import Any

from headwater.cards.base import Component
from headwater.errors import CardError, ExceptionWrapper
from headwater.markup.elements import element, fold, lines_of_code


class Error(Component):
    """An exception: its message, and its traceback folded."""

    def __init__(self, exception: BaseException, title: str | None = None) -> None:
        if not isinstance(exception, BaseException):
            raise CardError(f"Error takes an exception, not {type(exception).__name__}. Markdown takes text.")
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


def _headline(exception: BaseException) -> str:
    if isinstance(exception, ExceptionWrapper):
        name, message = exception.type.removeprefix("builtins.") or "Exception", exception.exception
    else:
        name, message = type(exception).__qualname__, str(exception)
    return f"{name}: {message}" if message else name


def _traceback(exception: BaseException) -> str:
    if isinstance(exception, ExceptionWrapper):
        return exception.stacktrace.rstrip()
    if exception.__traceback__ is None:
        return ""
    return "".join(traceback.format_exception(exception)).rstrip()
