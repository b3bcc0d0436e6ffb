"""A class made from an author's: the same in name and module, with some attributes of its own.

The author's class is never changed: another run in the same process may read other configs.
"""

from collections.abc import Mapping
from types import FunctionType
from typing import Any, TypeVar

_MADE_FROM = "_hw_made_from"

C = TypeVar("C", bound=type)


def derive(cls: C, changes: Mapping[str, Any]) -> C:
    """The class with other attributes."""
    same = {"__module__": cls.__module__, "__qualname__": cls.__qualname__, "__doc__": cls.__doc__}
    made: C = type(cls)(cls.__name__, (cls,), {**changes, **same, _MADE_FROM: origin_of(cls)})
    return made


def origin_of(cls: C) -> C:
    """The class as it was written."""
    origin: C = vars(cls).get(_MADE_FROM, cls)
    return origin


def members_of(cls: type) -> dict[str, Any]:
    """Every attribute by its name, in the order of the source: those of the class as written before its bases'."""
    origin = origin_of(cls)
    seen: dict[str, Any] = {}
    for base in origin.__mro__:
        for name, value in vars(base).items():
            seen.setdefault(name, value)
    for made in reversed(cls.__mro__[: cls.__mro__.index(origin)]):
        seen.update(vars(made))  # what it replaces keeps its place
    return seen


def copy_function(function: FunctionType) -> FunctionType:
    """A function that does the same and has attributes of its own."""
    copy = FunctionType(
        function.__code__, function.__globals__, function.__name__, function.__defaults__, function.__closure__
    )
    copy.__kwdefaults__ = function.__kwdefaults__
    copy.__qualname__, copy.__doc__, copy.__module__ = function.__qualname__, function.__doc__, function.__module__
    copy.__annotations__ = function.__annotations__
    copy.__dict__.update(function.__dict__)
    return copy


class Removed:
    """Stands where a base has an attribute that this class has not."""

    def __get__(self, instance: object, owner: type | None = None) -> Any:
        raise AttributeError("it was removed by a mutator")


REMOVED = Removed()
