"""Parameters with parts: lists, tuples, sets, mappings, and classes with fields, written as JSON or as @FILE with it.

Where the items are simple, a list may be written as `1,2,3` and a mapping as `a=1,b=2`.
"""

import json
import typing
from collections.abc import Mapping
from enum import Enum
from pathlib import PurePath
from typing import Any

import msgspec

from headwater.flow.parameter_types import Foreign, Kind, kind_of, read_json, reason_of
from headwater.wording import nearest


class Anything(Kind):
    """An item of a list whose type says nothing of its items."""

    name = "any"

    def convert(self, value: Any) -> Any:
        return value


class Sequence(Kind):
    """A list, a set, or a tuple of any length."""

    def __init__(self, container: type, item: Kind) -> None:
        self._container = container
        self._item = item
        self.name = container.__name__ if isinstance(item, Anything) else f"{container.__name__}[{item.name}]"
        self.is_plain = item.is_plain
        self.remedy = "Write it as JSON, or as @FILE with it."
        if _is_simple(item):
            self.remedy = "Write it with commas between the items, as JSON, or as @FILE with it."

    def convert(self, value: Any) -> Any:
        items = _read_items(value, _is_simple(self._item))
        return self._container(_each(self._item, item) for item in items)

    def show(self, value: Any) -> str:
        texts = [self._item.show(item) for item in value]
        if _is_simple(self._item) and not any("," in text or text != text.strip() or not text for text in texts):
            return ",".join(texts)
        return _as_json([self._item.to_plain(item) for item in value])

    def to_plain(self, value: Any) -> Any:
        return value if self.is_plain else [self._item.to_plain(item) for item in value]

    def from_plain(self, value: Any) -> Any:
        return value if self.is_plain else self._container(self._item.from_plain(item) for item in value)


class Fixed(Kind):
    """A tuple of so many items, each of its own type."""

    def __init__(self, items: list[Kind]) -> None:
        self._items = items
        self.name = f"tuple[{', '.join(item.name for item in items)}]"
        self.is_plain = all(item.is_plain for item in items)
        self.remedy = f"Give it {len(items)} items, with commas between them or as JSON."

    def convert(self, value: Any) -> Any:
        items = list(_read_items(value, all(map(_is_simple, self._items))))
        if len(items) != len(self._items):
            raise ValueError(f"it has {len(items)} items")
        return tuple(_each(kind, item) for kind, item in zip(self._items, items, strict=True))

    def show(self, value: Any) -> str:
        return ",".join(kind.show(item) for kind, item in zip(self._items, value, strict=True))

    def to_plain(self, value: Any) -> Any:
        if self.is_plain:
            return value
        return [kind.to_plain(item) for kind, item in zip(self._items, value, strict=True)]

    def from_plain(self, value: Any) -> Any:
        if self.is_plain:
            return value
        return tuple(kind.from_plain(item) for kind, item in zip(self._items, value, strict=True))


class Table(Kind):
    """A mapping from names to values of one type."""

    def __init__(self, item: Kind) -> None:
        self._item = item
        self.name = "dict" if isinstance(item, Anything) else f"dict[str, {item.name}]"
        self.is_plain = item.is_plain
        self.remedy = "Write it as name=value,name=value, as JSON, or as @FILE with it."

    def convert(self, value: Any) -> Any:
        found = value
        if isinstance(value, str):
            found = (
                _read_pairs(value)
                if _is_simple(self._item) and value.strip()[:1] not in ("{", "@")
                else read_json(value)
            )
        if not isinstance(found, Mapping):
            raise TypeError
        return {str(name): _each(self._item, item) for name, item in found.items()}

    def show(self, value: Any) -> str:
        return _as_json({name: self._item.to_plain(item) for name, item in value.items()})

    def to_plain(self, value: Any) -> Any:
        return value if self.is_plain else {name: self._item.to_plain(item) for name, item in value.items()}

    def from_plain(self, value: Any) -> Any:
        return value if self.is_plain else {name: self._item.from_plain(item) for name, item in value.items()}


class Structure(Kind):
    """A class whose fields have types."""

    is_plain = False

    def __init__(self, declared: type) -> None:
        self._type = declared
        self.name = declared.__name__

    @property
    def remedy(self) -> str:  # type: ignore[override]  # made when it is asked for
        return f"Give JSON, or @FILE with it; {self.name} has {', '.join(_fields_of(self._type)) or 'no fields'}."

    def convert(self, value: Any) -> Any:
        if not typing.is_typeddict(self._type) and isinstance(value, self._type):
            return value
        found = read_json(value) if isinstance(value, str) else _to_builtins(value)
        if not isinstance(found, Mapping | list | tuple):
            raise TypeError
        _refuse_unknown(self._type, found, "")
        return self._read(found)

    def show(self, value: Any) -> str:
        return _as_json(self.to_plain(value))

    def to_plain(self, value: Any) -> Any:
        """Built-in values, if they lead back to this one; else the value itself, for which readers need the class."""
        try:
            plain = _to_builtins(value)
            return plain if self._read(plain) == value else value
        except (TypeError, ValueError, NotImplementedError, msgspec.MsgspecError):  # a field that JSON cannot hold
            return value

    def from_plain(self, value: Any) -> Any:
        if not typing.is_typeddict(self._type) and isinstance(value, self._type):
            return value
        return self._read(value)

    def _read(self, plain: Any) -> Any:
        return msgspec.convert(plain, self._type, dec_hook=_from_builtin)


def container_kind(parameter: str, declared: Any) -> Kind:
    """The kind of a list, tuple, set or dict, with its items' types or without."""
    container = typing.get_origin(declared) or declared
    arguments = typing.get_args(declared)
    if container is dict:
        return Table(kind_of(parameter, arguments[1]) if arguments and arguments[1] is not Any else Anything())
    if container is tuple and arguments and arguments[-1] is not Ellipsis:
        return Fixed([kind_of(parameter, one) for one in arguments])
    item = kind_of(parameter, arguments[0]) if arguments and arguments[0] is not Any else Anything()
    return Sequence(container, item)


def _read_items(value: Any, simple: bool) -> Any:
    if not isinstance(value, str):
        if isinstance(value, Mapping | bytes):
            raise TypeError
        return value  # what cannot be iterated raises a TypeError there
    text = value.strip()
    if text[:1] in ("[", "@") or not simple:
        found = read_json(text)
        if not isinstance(found, list):
            raise ValueError("it is no JSON list")
        return found
    return [item.strip() for item in text.split(",")] if text else []


def _read_pairs(text: str) -> dict[str, str]:
    pairs = [item.partition("=") for item in text.split(",")] if text.strip() else []
    if not all(sign for _, sign, _ in pairs):
        raise ValueError
    return {name.strip(): value.strip() for name, _, value in pairs}


def _each(kind: Kind, item: Any) -> Any:
    try:
        return kind.convert(item)
    except Exception as exc:  # the item's type may be the author's own, and raises what it likes
        reason = reason_of(exc) or (kind.remedy.rstrip(".") if kind.choices else "")
        raise ValueError(f"{item!r} is no {kind.name}{f': {reason}' if reason else ''}") from exc


def _is_simple(kind: Kind) -> bool:
    """Whether its values are written without commas."""
    return not isinstance(kind, Sequence | Fixed | Table | Structure | Foreign | Anything)


def _as_json(plain: Any) -> str:
    return json.dumps(plain, default=str)


def _to_builtins(value: Any) -> Any:
    return msgspec.to_builtins(value, enc_hook=_to_builtin)


def _to_builtin(value: Any) -> Any:
    if isinstance(value, PurePath):
        return str(value)
    if isinstance(value, Enum):
        return value.value
    raise NotImplementedError(f"{type(value).__name__} cannot be written as JSON")


def _from_builtin(declared: type, value: Any) -> Any:
    if isinstance(declared, type) and issubclass(declared, PurePath):
        return declared(value)
    if isinstance(declared, type) and isinstance(value, declared):
        return value
    raise NotImplementedError(f"{declared!r} cannot be read from JSON")


def _refuse_unknown(declared: Any, found: Any, place: str) -> None:
    """A field that the class has not: most likely a slip, which would leave a default in place unseen."""
    if isinstance(found, list | tuple):
        for one in found:
            _refuse_unknown(_item_type(declared), one, place)
        return
    known = _field_types(declared)
    if not known or not isinstance(found, Mapping):
        return
    for name, value in found.items():
        if name not in known:
            close = nearest(str(name), known)
            hint = f"; did you mean {close!r}?" if close else ""
            raise ValueError(f"it has no field {f'{place}{name}'!r}{hint}")
        _refuse_unknown(known[name], value, f"{place}{name}.")


def _item_type(declared: Any) -> Any:
    arguments = typing.get_args(_without_none(declared))
    return arguments[0] if arguments else None


def _field_types(declared: Any) -> dict[str, Any]:
    """Names and types of the fields of a class; none for what is no class with fields."""
    declared = _without_none(declared)
    names = getattr(declared, "__dataclass_fields__", None) or getattr(declared, "__struct_fields__", None)
    names = names or getattr(declared, "_fields", None) or getattr(declared, "__required_keys__", None)
    if not names or not isinstance(declared, type):
        return {}
    hints = typing.get_type_hints(declared)
    listed = hints if typing.is_typeddict(declared) else names
    return {name: hints.get(name) for name in listed}


def _without_none(declared: Any) -> Any:
    arguments = [one for one in typing.get_args(declared) if one is not type(None)]
    both = len(arguments) == 1 and len(typing.get_args(declared)) == 2 and typing.get_origin(declared) is not tuple
    return arguments[0] if both else declared


def _fields_of(declared: type) -> list[str]:
    """`name: type` of each field."""
    return [f"{name}: {getattr(hint, '__name__', hint)}" for name, hint in _field_types(declared).items()]
