"""`FlowMutator` and `StepMutator`: what authors write to change a flow or a step before it runs, by its configs.

    configs ─► FlowMutator.pre_mutate ─► StepMutator.pre_mutate ─► FlowMutator.mutate ─► StepMutator.mutate

Flow mutators of the bases come first, then those of the class, the innermost first; so do those of a step. They work on
what the flow will be; the class that the author wrote stays as it is.
"""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from headwater.errors import DecoratorError
from headwater.flow.authored import Authored
from headwater.flow.resolve import MUTATORS
from headwater.flow.spec import FlowSpec
from headwater.flow.user_decorators import OnStep

if TYPE_CHECKING:
    from headwater.flow.mutable import MutableFlow, MutableStep


class FlowMutator(Authored):
    """Derive from this class, and put it above a flow: `@add_tests` or `@add_tests(every=2)`.

    `init` takes what was written behind the @. `pre_mutate` may change everything; `mutate`, which sees what all others
    have done, may change decorators of steps.
    """

    def pre_mutate(self, mutable_flow: "MutableFlow") -> None:
        """Add and remove parameters, decorators of the flow and of its steps, and mutators."""

    def mutate(self, mutable_flow: "MutableFlow") -> None:
        """Add and remove decorators of steps."""

    def add_to_package(self) -> Iterable[tuple[str, str]]:
        """(path, name in the code package) of files that are to be kept with the run."""
        return ()

    @classmethod
    def _hw_stands_on(cls, target: object) -> bool:
        return isinstance(target, type) and issubclass(target, FlowSpec)

    @classmethod
    def _hw_place_rule(cls) -> str:
        return "Put it above the class of a flow."

    def _hw_attach(self, target: Any) -> Any:
        setattr(target, MUTATORS, (*vars(target).get(MUTATORS, ()), self))
        return target


class StepMutator(OnStep):
    """Derive from this class, and put it above a step: `@faster` or `@faster(by=2)`.

    `pre_mutate` may add and remove anything on the step; `mutate`, which sees what all others have done, decorators.
    """

    def pre_mutate(self, mutable_step: "MutableStep") -> None:
        """Add and remove decorators and mutators of the step."""

    def mutate(self, mutable_step: "MutableStep") -> None:
        """Add and remove decorators of the step."""

    def add_to_package(self) -> Iterable[tuple[str, str]]:
        """(path, name in the code package) of files that are to be kept with the run."""
        return ()


def flow_mutators_of(cls: type) -> tuple[FlowMutator, ...]:
    """All that hold for a flow: those of its bases first, of each class the innermost first."""
    return tuple(one for base in reversed(cls.__mro__) for one in vars(base).get(MUTATORS, ()))


class package_suffixes(FlowMutator):  # noqa: N801  authors write it behind an @
    """Keep files with these endings in the code package as well: `@package_suffixes([".json", ".md"])`."""

    def init(self, suffixes: Any = (), *more: str) -> None:
        words = [suffixes, *more] if isinstance(suffixes, str) else [*suffixes, *more]
        wrong = [word for word in words if not isinstance(word, str) or not word]
        if wrong:
            raise DecoratorError(f"@package_suffixes was given {wrong[0]!r}, no ending. Give texts like '.md'.")
        self.suffixes = frozenset(f".{word.lstrip('.')}" for word in words)
