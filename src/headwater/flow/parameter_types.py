"""The types that a parameter can have: how a value of each is read, checked and shown.

A type that the author's file has imported is known by its name here, so that writing a flow imports nothing for types
that it does not use.
"""

import json
import os
import sys
import types
import typing
from abc import ABC, abstractmethod
from collections.abc import Callable
from enum import Enum
from typing import Any

from headwater.errors import ParameterError
from headwater.wording import nearest

_WORDS = {
    **dict.fromkeys(("1", "true", "t", "yes", "y", "on"), True),
    **dict.fromkeys(("0", "false", "f", "no", "n", "off"), False),
}
_NOTHING_NEW = ("invalid literal for int", "could not convert string to float", "Invalid isoformat string")
_CONTAINERS = (list, tuple, set, frozenset, dict)
_NONE = "none"  # how None is written where a parameter may be None


class Kind(ABC):
    """How values of one type are read and shown.

    A plain value is one of built-in types or the standard library's: it is what a run keeps, so that a reader who has
    not got the author's classes can read it.
    """

    name: str  # what the help and errors call the type
    choices: tuple[str, ...] = ()  # all values as they are written, where they can be counted
    remedy = ""  # how a value is written, as a sentence
    is_plain = True  # every value is plain
    reads_files = False  # a value is looked at on the disk, which is done when a run starts and not before

    @abstractmethod
    def convert(self, value: Any) -> Any:
        """A text or a Python object as a value of the type; what is none raises, with a reason or without."""

    def show(self, value: Any) -> str:
        """A value as it would be written on the command line."""
        return str(value)

    def to_plain(self, value: Any) -> Any:
        return value

    def from_plain(self, value: Any) -> Any:
        return value


class Scalar(Kind):
    """One of the types that have a function to convert with."""

    def __init__(self, name: str, conversion: Callable[[Any], Any], remedy: str = "") -> None:
        self.name = name
        self._conversion = conversion
        self.remedy = remedy or f"Give it a value of type {name}."

    def convert(self, value: Any) -> Any:
        return self._conversion(value)

    def show(self, value: Any) -> str:
        return str(value).lower() if isinstance(value, bool) else str(value)


class Foreign(Kind):
    """An object with a `convert` as click's types have it."""

    def __init__(self, declared: Any) -> None:
        self.declared = declared
        self.name = str(getattr(declared, "name", None) or declared)
        self.remedy = f"Give it a value of type {self.name}."

    def convert(self, value: Any) -> Any:
        return self.declared.convert(value, None, None)

    def show(self, value: Any) -> str:
        return value if isinstance(value, str) else json.dumps(value, default=str)


class Choice(Kind):
    """Some values, each with the texts that mean it."""

    def __init__(self, name: str, values: dict[str, Any], spellings: dict[str, Any]) -> None:
        """`values`: by how each is shown. `spellings`: further texts that are understood."""
        self.name = name
        self.choices = tuple(values)
        self._values = values
        self._spellings = {**spellings, **values}

    @property
    def remedy(self) -> str:  # type: ignore[override]  # made when it is asked for
        return f"Choose one of {', '.join(self.choices)}."

    def convert(self, value: Any) -> Any:
        for known in self._values.values():
            if type(known) is type(value) and known == value:
                return known
        text = value if isinstance(value, str) else str(value)
        if text in self._spellings and not isinstance(value, Enum):
            return self._spellings[text]
        meant = [known for spelling, known in self._spellings.items() if spelling.lower() == text.lower()]
        if isinstance(value, str) and meant and all(known is meant[0] for known in meant):
            return meant[0]
        close = nearest(text, self._spellings)
        raise ValueError(f"did you mean {close!r}?" if close else "")

    def show(self, value: Any) -> str:
        for text, known in self._values.items():
            if type(known) is type(value) and known == value:
                return text
        return str(value)


class EnumChoice(Choice):
    """The members of an Enum, written by their values where those are texts, else by their names."""

    def __init__(self, declared: type[Enum]) -> None:
        self._type = declared
        by_name: dict[str, Any] = dict(declared.__members__)
        by_value = {str(member.value): member for member in declared if isinstance(member.value, str | int | float)}
        texts = all(isinstance(member.value, str) and member.value for member in declared)
        shown = by_value if texts else {member.name: member for member in declared}
        super().__init__(declared.__name__, shown, {**by_value, **by_name})
        self.is_plain = False

    def to_plain(self, value: Any) -> Any:
        member = value.value
        return member if type(member) in (str, int, float, bool) else value.name

    def from_plain(self, value: Any) -> Any:
        return value if isinstance(value, self._type) else self.convert(_by_value(self._type, value))


class Maybe(Kind):
    """Another type, or None."""

    def __init__(self, inner: Kind) -> None:
        self._inner = inner
        self.name = f"{inner.name} or none"
        self.choices = (*inner.choices, _NONE) if inner.choices else ()
        self.is_plain = inner.is_plain

    @property
    def remedy(self) -> str:  # type: ignore[override]  # made when it is asked for
        return self._inner.remedy

    def convert(self, value: Any) -> Any:
        if value is None:
            return None
        if isinstance(value, str) and value.lower() == _NONE and self._inner.name != "str":
            return None
        return self._inner.convert(value)

    def show(self, value: Any) -> str:
        return _NONE if value is None else self._inner.show(value)

    def to_plain(self, value: Any) -> Any:
        return None if value is None else self._inner.to_plain(value)

    def from_plain(self, value: Any) -> Any:
        return None if value is None else self._inner.from_plain(value)


def kind_of(parameter: str, declared: Any) -> Kind:
    """How values of a declared type are read; ParameterError, naming the parameter, for a type that is not known."""
    kind = _find_kind(parameter, declared)
    if kind is None:
        raise ParameterError(
            f"Parameter {parameter!r} has the type {declared!r}. Use str, int, float, bool, an Enum, a Literal, a "
            "date, datetime, timedelta or Path, a list or tuple of those, a dataclass, JSONType or a click type."
        )
    return kind


def read_json(text: str) -> Any:
    """What a JSON text says, or the file whose name stands behind an @."""
    if text.startswith("@"):
        try:
            with open(os.path.expanduser(text[1:]), encoding="utf-8") as file:
                text = file.read()
        except OSError as exc:
            raise ValueError(f"the file {text[1:]} cannot be read: {exc.strerror}") from exc
    try:
        return json.loads(text)
    except ValueError as exc:
        raise ValueError(f"it is not JSON: {exc}") from exc


def _find_kind(parameter: str, declared: Any) -> Kind | None:
    if isinstance(declared, type) and declared in SCALARS:
        return SCALARS[declared]
    origin = typing.get_origin(declared)
    if origin is typing.Annotated:
        return kind_of(parameter, typing.get_args(declared)[0])
    if origin is typing.Literal:
        return _literal(declared)
    if origin in (typing.Union, types.UnionType):
        return _maybe(parameter, declared)
    if origin in _CONTAINERS or declared in _CONTAINERS:
        # here, since msgspec costs those who write a flow without it
        from headwater.flow.parameter_json import container_kind

        return container_kind(parameter, declared)
    if not isinstance(declared, type):
        return Foreign(declared) if callable(getattr(declared, "convert", None)) else None
    return _class_kind(declared)


def _class_kind(declared: type) -> Kind | None:
    if issubclass(declared, Enum):
        return EnumChoice(declared)
    known = _standard_kind(declared)
    if known is not None:
        return known
    if hasattr(declared, "convert"):
        return Foreign(declared())  # the class of a type stands for its instance, as in click
    if is_structure(declared):
        # here, as above
        from headwater.flow.parameter_json import Structure

        return Structure(declared)
    return None


def is_structure(declared: type) -> bool:
    """Whether it has fields with types: a dataclass, a msgspec Struct, a NamedTuple, a TypedDict."""
    return (
        hasattr(declared, "__dataclass_fields__")
        or hasattr(declared, "__struct_fields__")
        or (issubclass(declared, tuple) and hasattr(declared, "_fields"))
        or typing.is_typeddict(declared)
    )


def _standard_kind(declared: type) -> Kind | None:
    """Dates, times and paths: by the name of the type in the standard library, or of a base of it."""
    times = sys.modules.get("datetime")
    if times is not None and declared in (times.date, times.datetime, times.time, times.timedelta):
        # here, since `datetime` costs those who write a flow without it
        from headwater.flow.parameter_times import KINDS

        return KINDS[declared.__name__]
    paths = sys.modules.get("pathlib")
    if paths is not None and issubclass(declared, paths.PurePath):
        return Scalar("path", lambda value: _to_path(declared, value))
    return None


def _literal(declared: Any) -> Kind:
    values = {_written(value): value for value in typing.get_args(declared)}
    return Choice("choice", values, {})


def _maybe(parameter: str, declared: Any) -> Kind | None:
    members = [member for member in typing.get_args(declared) if member is not type(None)]
    if len(members) != 1 or len(members) == len(typing.get_args(declared)):
        return None
    return Maybe(kind_of(parameter, members[0]))


def _written(value: object) -> str:
    return str(value).lower() if value is None or isinstance(value, bool) else str(value)


def _by_value(declared: type[Enum], value: Any) -> Any:
    return next((member for member in declared if type(member.value) is type(value) and member.value == value), value)


def _to_path(declared: Any, value: Any) -> Any:
    if not isinstance(value, str) and not hasattr(value, "__fspath__"):
        raise TypeError
    path = declared(value)
    return path.expanduser() if hasattr(path, "expanduser") else path


def _to_str(value: Any) -> str:
    if isinstance(value, (str, int, float)):
        return str(value)
    raise TypeError


def _to_int(value: Any) -> int:
    if isinstance(value, bool):
        raise TypeError
    if isinstance(value, str):
        return int(value)
    return int(value.__index__())


def _to_float(value: Any) -> float:
    if isinstance(value, bool):
        raise TypeError
    return float(value)


def _to_bool(value: Any) -> bool:
    if isinstance(value, str):
        return _WORDS[value.strip().lower()]
    if isinstance(value, bool) or value in (0, 1):
        return bool(value)
    raise TypeError


SCALARS: dict[Any, Kind] = {
    str: Scalar("str", _to_str),
    int: Scalar("int", _to_int),
    float: Scalar("float", _to_float),
    bool: Scalar("bool", _to_bool, "Give it true or false."),
}


def reason_of(exc: BaseException) -> str:
    """What an exception of `convert` adds to the error; what Python's own conversions say adds nothing."""
    text = str(exc)
    return "" if isinstance(exc, KeyError | TypeError) or text.startswith(_NOTHING_NEW) else text.rstrip(".")
