"""The card in the place of one that could not be made."""

from typing import Any

from headwater.cards.base import Card
from headwater.cards.heads import task_head
from headwater.cards.page import page
from headwater.markup.elements import Markup, element, fold, lines_of_code


class ErrorCard(Card):
    """Says why a card is not there: options `title`, `message` (a sentence), `detail` (a traceback)."""

    type = "error"

    def render(self, task: Any) -> str:
        title = str(self.options.get("title") or "This card could not be made")
        message, detail = self.options.get("message"), self.options.get("detail")
        box = element(
            "div",
            element("b", title),
            element("div", str(message), cls="hw-bad") if message else None,
            fold("Traceback", lines_of_code([str(detail).rstrip()])) if detail else None,
            cls="hw-fail",
        )
        return page(title, _head(task), element("section", box))


def _head(task: Any) -> Markup | None:
    try:
        return task_head(task)
    except Exception:  # noqa: BLE001  what broke the card may break its head, and the message has to be seen
        return None
