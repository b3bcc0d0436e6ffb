"""The card that holds what the author put into it, and nothing else."""

from typing import Any

from headwater.cards.base import Card
from headwater.cards.page import page, parts
from headwater.cards.reload import components_token
from headwater.markup.elements import element


class BlankCard(Card):
    """The components alone. `options`: `title`, of the page."""

    type = "blank"
    ALLOW_USER_COMPONENTS = True
    RUNTIME_UPDATABLE = True
    RELOAD_POLICY = "onchange"

    def render(self, task: Any) -> str:
        body = parts(self.components) if self.components else element("p", "This card is empty.", cls="quiet")
        return page(str(self.options.get("title") or task.pathspec), body)

    def render_runtime(self, task: Any, data: Any) -> str:
        return self.render(task)

    def reload_content_token(self, task: Any, data: Any) -> str:
        return components_token(data)
