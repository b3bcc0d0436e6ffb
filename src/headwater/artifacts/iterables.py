"""What a foreach runs over: anything iterable, materialised once."""

from collections.abc import Iterable, Mapping
from itertools import islice
from typing import Any

from headwater.errors import InvalidNext

_SORTABLE = (str, int, float, bytes)


def materialise(value: Any, most: int | None = None) -> list[Any]:
    """The items of a foreach, in one deterministic order; at most `most` of them (an iterator may have no end).

    Mappings give (key, value) pairs, sets an order of their own, frames their rows (pandas: Series, polars: dicts).
    `InvalidNext` when the value cannot be iterated. What the author's own iterator raises is passed on.
    """
    return list(islice(_iterate(value), most))


def _iterate(value: Any) -> Iterable[Any]:
    rows: Iterable[Any]
    if isinstance(value, Mapping):
        rows = value.items()
        return rows
    if isinstance(value, set | frozenset):
        return _in_order(value)
    if _is_frame(value, "pandas"):
        return (row for _, row in value.iterrows())
    if _is_frame(value, "polars"):
        rows = value.iter_rows(named=True)
        return rows
    kind = type(value)
    if hasattr(kind, "__iter__"):
        try:
            rows = iter(value)
        except TypeError as exc:  # an array without dimensions has the method, and refuses
            raise _refuse(kind) from exc
        return rows
    if hasattr(kind, "__len__") and hasattr(kind, "__getitem__"):
        return (value[index] for index in range(len(value)))
    raise _refuse(kind)


def _refuse(kind: type) -> InvalidNext:
    return InvalidNext(
        f"A foreach cannot run over a value of type {kind.__module__}.{kind.__qualname__}. "
        "Give the name of an artifact that is a list or something else that can be iterated."
    )


def _is_frame(value: Any, library: str) -> bool:
    return any(
        kind.__name__ == "DataFrame" and kind.__module__.partition(".")[0] == library for kind in type(value).__mro__
    )


def _in_order(values: set[Any] | frozenset[Any]) -> list[Any]:
    kinds = {type(value) for value in values}
    if len(kinds) == 1 and kinds <= set(_SORTABLE):
        return sorted(values)
    return sorted(values, key=lambda value: (type(value).__module__, type(value).__qualname__, repr(value)))
