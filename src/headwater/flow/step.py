"""`@step`: marks a method as a step, and answers which methods of a class are steps."""

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple, TypeVar, overload

from headwater.errors import DecoratorError
from headwater.flow.derived import members_of

_MARK = "_hw_step"

F = TypeVar("F", bound=Callable[..., Any])


class StepMark(NamedTuple):
    """What `@step` was told."""

    start: bool = False
    end: bool = False
    node_info: Mapping[str, Any] | None = None  # what the author notes about the step; nothing here acts on it


@overload
def step(function: F, /) -> F: ...
@overload
def step(*, start: bool = False, end: bool = False, node_info: Mapping[str, Any] | None = None) -> Callable[[F], F]: ...
def step(
    function: F | None = None,
    /,
    *,
    start: bool = False,
    end: bool = False,
    node_info: Mapping[str, Any] | None = None,
) -> F | Callable[[F], F]:
    """Make a method a step of its flow; `start=True` and `end=True` let the first and last step have any name.

    `node_info` is taken as it is: a note of the author's, on which nothing acts.
    """
    if function is not None:
        return _mark(function, StepMark())
    return lambda function: _mark(function, StepMark(start, end, node_info))


def mark_of(function: object) -> StepMark | None:
    """What `@step` was told about a function or bound method; None if it is no step."""
    mark = getattr(function, _MARK, None)
    return mark if isinstance(mark, StepMark) else None


def steps_of(cls: type) -> dict[str, Callable[..., Any]]:
    """The step functions of a class in the order of the source, inherited ones after its own."""
    return {name: value for name, value in members_of(cls).items() if callable(value) and mark_of(value) is not None}


def is_step(cls: type, name: str) -> bool:
    """Whether `steps_of` has the name, told without looking at the other members."""
    for base in cls.__mro__:
        if name in vars(base):
            return mark_of(vars(base)[name]) is not None
    return False


def _mark(function: F, mark: StepMark) -> F:
    if hasattr(type(function), "_hw_wraps_steps"):  # of what authors write to stand above a step
        name = type(function).__name__
        raise DecoratorError(f"@{name} stands below @step. Put it above @step, which stands directly above the def.")
    if not callable(function) or isinstance(function, type):
        raise DecoratorError(
            f"@step stands on {function!r}, which is no method. "
            "Write @step directly above the method's def, with every other decorator above it."
        )
    setattr(function, _MARK, mark)
    return function
