"""Which flow decorators stand on a class: its own, the outermost first, then those of its bases.

They stand there as they were written, so that functions among their options are at hand; see `flow_decorators` for the
records.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

_OWN = "_hw_flow_decorators"
_ALL = "_hw_all_flow_decorators"


class Written(NamedTuple):
    """A flow decorator as it was written."""

    name: str
    options: Mapping[str, Any]  # may hold delayed values


def attached_to(cls: type) -> tuple[Written, ...]:
    """All that hold for a flow."""
    return tuple(one for _, one in places_of(cls))


def places_of(cls: type) -> Iterator[tuple[type, Written]]:
    """Each flow decorator with the class that it stands on."""
    for base in cls.__mro__:
        if _ALL in vars(base):
            yield from ((base, one) for one in vars(base)[_ALL])
            return
        yield from ((base, one) for one in vars(base).get(_OWN, ()))


def attach(cls: type, one: Written) -> None:
    """Put a decorator above those that the class itself bears."""
    setattr(cls, _OWN, (one, *vars(cls).get(_OWN, ())))


def own_names(cls: type) -> set[str]:
    """The names of those that stand on the class itself."""
    return {one.name for one in vars(cls).get(_OWN, ())}


def as_attributes(decorators: Sequence[Written]) -> dict[str, Any]:
    """What `derive` needs for a class that has these flow decorators and no others."""
    return {_ALL: tuple(decorators)}
