"""What a flow object asks about the task it runs in: the worker answers; outside a task nobody knows anything."""

from typing import TYPE_CHECKING, Any, Protocol

from headwater.errors import MergeError

if TYPE_CHECKING:
    from collections.abc import Sequence


class TaskState(Protocol):
    """One task as its flow object sees it."""

    @property
    def step_name(self) -> str: ...

    @property
    def index(self) -> int | None:
        """The index of the innermost open foreach; None outside any."""

    @property
    def input(self) -> Any:
        """The item of the innermost open foreach; None outside any."""

    def foreach_stack(self) -> list[tuple[int, int, Any]]:
        """(index, number of splits, item) of every open foreach, the outermost first."""

    def load(self, name: str) -> Any:
        """The value of an inherited artifact, a parameter or a constant.

        A parameter of mutable type is a fresh copy each time. AttributeError, in words for the author, if there is
        none.
        """

    def has(self, name: str) -> bool: ...

    def names(self) -> set[str]:
        """Everything `load` would answer."""

    def merge(self, flow: Any, inputs: Any, exclude: "Sequence[str] | None", include: "Sequence[str] | None") -> None:
        """`merge_artifacts`; MergeError outside a join."""


class NoTask:
    """The state of a flow object outside any task."""

    step_name = ""
    index: int | None = None
    input: Any = None

    def __init__(self, flow: str) -> None:
        self._flow = flow

    def foreach_stack(self) -> list[tuple[int, int, Any]]:
        return []

    def load(self, name: str) -> Any:
        raise AttributeError(f"Flow {self._flow} has no attribute {name!r}")

    def has(self, name: str) -> bool:
        return False

    def names(self) -> set[str]:
        return set()

    def merge(self, flow: Any, inputs: Any, exclude: "Sequence[str] | None", include: "Sequence[str] | None") -> None:
        raise MergeError("merge_artifacts was called outside a join. Call it in a step that takes `inputs`.")
