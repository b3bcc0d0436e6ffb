"""Which blobs a record refers to, told from the types of its fields: a new field is followed without a word here."""

import types
from collections.abc import Callable, Iterable, Mapping
from functools import cache
from typing import Any, Union, get_args, get_origin

import msgspec

from headwater.records.artifact import BlobRef
from headwater.records.base import Record

Found = list[BlobRef]
_Follow = Callable[[Any, Found], None]


def blobs_of(record: Record) -> Found:
    """Every blob that a record names, those that it names twice twice."""
    found: Found = []
    follow = _follower(type(record))
    if follow is not None:
        follow(record, found)
    return found


@cache
def _follower(kind: Any) -> _Follow | None:
    """How to find the blobs in a value of a type; None when there can be none."""
    if kind is BlobRef:
        return _take
    origin, arguments = get_origin(kind), get_args(kind)
    if origin in (Union, types.UnionType):
        return _of_union(tuple(arguments))
    if isinstance(origin, type) and issubclass(origin, Mapping):
        return _of_values(_follower(arguments[1]), lambda value: value.values())
    if isinstance(origin, type) and issubclass(origin, Iterable):
        return _of_values(_follower(arguments[0]), lambda value: value)
    if isinstance(kind, type) and issubclass(kind, msgspec.Struct):
        return _of_struct(kind)
    return None


def _take(value: BlobRef, found: Found) -> None:
    found.append(value)


def _of_values(follow: _Follow | None, values: Callable[[Any], Iterable[Any]]) -> _Follow | None:
    """A container; `values` gives what stands in it."""
    if follow is None:
        return None

    def follow_each(value: Any, found: Found) -> None:
        for each in values(value):
            follow(each, found)

    return follow_each


def _of_struct(kind: type[msgspec.Struct]) -> _Follow | None:
    fields = [
        (field.name, follow) for field in msgspec.structs.fields(kind) if (follow := _follower(field.type)) is not None
    ]
    if not fields:
        return None

    def follow_fields(value: Any, found: Found) -> None:
        for name, follow in fields:
            follow(getattr(value, name), found)

    return follow_fields


def _of_union(arms: tuple[Any, ...]) -> _Follow | None:
    """An optional value, or one of several records."""
    ways = {get_origin(arm) or arm: follow for arm in arms if (follow := _follower(arm)) is not None}
    if not ways:
        return None

    def follow_arm(value: Any, found: Found) -> None:
        follow = ways.get(type(value))
        if follow is not None:
            follow(value, found)

    return follow_arm
