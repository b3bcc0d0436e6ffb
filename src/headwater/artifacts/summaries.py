"""What can be said about a value without loading it: small, plain, made at once, and never an error.

Types of libraries are known by module and name, so nothing is imported, and asked only for what they know already.
"""

from collections import OrderedDict, defaultdict
from collections.abc import Callable
from itertools import islice
from typing import Any

from headwater.artifacts.library_summaries import summarise_library_value

_MOST_TEXT = 80
_MOST_MEMBERS = 5
_EXACT_EVERYWHERE = 1 << 53


def summarise(value: Any) -> dict[str, Any]:
    """A few plain facts, at most about eight kilobytes as JSON."""
    kind = type(value)
    known = _EXACT.get(kind)
    if known is not None:
        return known(value)
    try:
        return summarise_library_value(value) or _fields(value)
    except Exception:  # noqa: BLE001 - a foreign object may raise anything; a summary is never worth a failed task
        return {}


def summarise_unstorable(function: Any, reason: str) -> dict[str, Any]:
    """Why a function was left out, and where it is defined."""
    code = getattr(function, "__code__", None)
    place = f"{code.co_filename}:{code.co_firstlineno}" if code is not None else "an unknown place"
    return {"reason": reason[:500], "set_at": place}


def _scalar(value: Any) -> dict[str, Any]:
    return {"value": value}


def _integer(value: int) -> dict[str, Any]:
    return {"value": value if -_EXACT_EVERYWHERE <= value <= _EXACT_EVERYWHERE else _long(value)}


def _long(value: int) -> str:
    """An integer that readers in other languages would round; the decimal digits of a huge one take long to find."""
    return str(value) if value.bit_length() <= 256 else f"an integer of {value.bit_length()} bits"


def _float(value: float) -> dict[str, Any]:
    return {"value": value if value - value == 0 else str(value)}


def _text(value: str) -> dict[str, Any]:
    head = value[:_MOST_TEXT].encode("utf-8", "backslashreplace").decode()
    return {"length": len(value), "head": head}


def _raw(value: bytes | bytearray) -> dict[str, Any]:
    return {"length": len(value), "head": repr(bytes(value[: _MOST_TEXT // 2]))}


def _container(value: Any) -> dict[str, Any]:
    head = ", ".join(_brief(member) for member in islice(value, _MOST_MEMBERS))
    return {"length": len(value), "head": head}


def _mapping(value: dict[Any, Any]) -> dict[str, Any]:
    head = ", ".join(f"{_brief(key)}: {_brief(member)}" for key, member in islice(value.items(), _MOST_MEMBERS))
    return {"length": len(value), "head": head}


def _fields(value: Any) -> dict[str, Any]:
    """A dataclass: its first fields; nothing of other objects."""
    if not hasattr(type(value), "__dataclass_fields__"):
        return {}
    fields = vars(value)
    head = ", ".join(f"{name}={_brief(field)}" for name, field in islice(fields.items(), _MOST_MEMBERS))
    return {"length": len(fields), "head": head}


def _brief(member: Any) -> str:
    """A few letters of a member; only plain scalars are asked for their repr."""
    kind = type(member)
    if kind is int:
        return _long(member)
    if kind in (float, bool, type(None)):
        return repr(member)
    if kind in (str, bytes):
        text = repr(member[:20])
        if kind is str:
            text = text.encode("utf-8", "backslashreplace").decode()
        return text if len(member) <= 20 else text + "..."
    if kind in (list, tuple, dict, set, frozenset):
        return f"{kind.__name__} of {len(member)}"
    return kind.__qualname__[:40]


_EXACT: dict[type, Callable[[Any], dict[str, Any]]] = {
    int: _integer,
    bool: _scalar,
    type(None): _scalar,
    float: _float,
    str: _text,
    bytes: _raw,
    bytearray: _raw,
    list: _container,
    tuple: _container,
    set: _container,
    frozenset: _container,
    dict: _mapping,
    OrderedDict: _mapping,
    defaultdict: _mapping,
}
