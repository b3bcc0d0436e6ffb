"""Cards as they are read back: the client stands above this room, so it is reached by the table."""

from typing import Any

from headwater import plugins


def get_cards(task: Any, id: str | None = None, type: str | None = None, follow_resumed: bool = True) -> Any:
    """The cards of a task (a client Task, or a pathspec): a `CardContainer`, in the order of the decorators.

    `id`, `type`: only those. `follow_resumed`: of a task that was taken over, those that its origin made.
    """
    return plugins.load("face", "cards")(task, id, type, follow_resumed)
