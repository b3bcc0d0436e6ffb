"""What a step did that a test called as a function."""

from typing import Any

from headwater.artifacts.view import ArtifactView
from headwater.records.task import TaskRecord


class StepResult:
    """What the step left: `result.model` or `result["model"]`, a fresh copy of what a later step would read.

    Inherited values are there too; `artifacts` has those that the step set itself. What is called like a property of
    the result (`next`, `case`, ...) is read in brackets.
    """

    def __init__(self, view: ArtifactView, items: list[Any] | None, printed: tuple[str, str], item: Any) -> None:
        self._view = view
        self._items = items
        self._printed = printed
        self._input = item

    @property
    def input(self) -> Any:
        """The item of the foreach that the step was given."""
        return self._input

    @property
    def everything(self) -> dict[str, Any]:
        """All that a later step would read, inherited values too."""
        return {name: self[name] for name in sorted(self._view.names())}

    @property
    def record(self) -> TaskRecord:
        """The document that the attempt would have committed."""
        return self._view.record

    @property
    def next(self) -> tuple[str, ...]:
        """The steps that follow; () after the last."""
        transition = self.record.transition
        return transition.steps if transition else ()

    @property
    def splits(self) -> int | None:
        """The width of the foreach or gang that was opened; None when none was."""
        transition = self.record.transition
        return transition.splits if transition else None

    @property
    def foreach_items(self) -> list[Any] | None:
        """What the children of the foreach get as `self.input`, in order; None when none was opened."""
        return self._items

    @property
    def case(self) -> str | None:
        """The `repr` of the value that chose the arm of a switch."""
        transition = self.record.transition
        return transition.case if transition else None

    @property
    def stdout(self) -> str:
        """What the step printed with Python's `print`."""
        return self._printed[0]

    @property
    def stderr(self) -> str:
        return self._printed[1]

    @property
    def caught(self) -> str | None:
        """What `@catch` caught; None when nothing."""
        return self.record.failure.message if self.record.failure else None

    @property
    def deleted(self) -> tuple[str, ...]:
        """Names that the step deleted."""
        return self.record.deleted

    def __getitem__(self, name: str) -> Any:
        if name not in self._view:
            listed = ", ".join(sorted(self._view.names())) or "none"
            raise KeyError(f"The step left no artifact {name!r}. It left {listed}.")
        return self._view.load(name)

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        try:
            return self[name]
        except KeyError as exc:
            raise AttributeError(exc.args[0]) from None

    def __contains__(self, name: object) -> bool:
        return name in self._view

    @property
    def artifacts(self) -> dict[str, Any]:
        """What the step set, by name."""
        return {name: self[name] for name in sorted(self.record.artifacts)}

    def __repr__(self) -> str:
        left = ", ".join(sorted(self.record.artifacts)) or "no artifact"
        then = ", ".join(self.next) or "nothing"
        return f"<StepResult of {self.record.flow}.{self.record.step}: {left}; next: {then}>"
