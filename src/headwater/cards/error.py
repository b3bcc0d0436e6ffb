"""The card in the place of one that could not be made."""

from typing import Any

from headwater.cards.base import Card
from headwater.wording import markup


class ErrorCard(Card):
    """Says why a card is not there: options `title`, `message`, `detail`."""

    type = "error"

    def render(self, task: Any) -> str:
        title, message, detail = (markup(str(self.options.get(name, ""))) for name in ("title", "message", "detail"))
        return f"<!doctype html><title>{title}</title><h1>{title}</h1><p>{message}</p><pre>{detail}</pre>"
