"""What components hold and `refresh` is given, as JSON: authors' values, which may be anything."""

from collections.abc import Mapping
from typing import Any

import msgspec

_DEEPEST = 60


def to_json(value: Any) -> bytes:
    """Plain values as JSON; what is no plain value, as its text, and what has none, as its type."""
    try:
        return msgspec.json.encode(value, enc_hook=repr)
    except Exception:  # noqa: BLE001  as a value within itself, text that is no Unicode, a `repr` that raises
        return msgspec.json.encode(_plain(value, ()))


def _plain(value: Any, around: tuple[int, ...]) -> Any:
    """`around`: what it is part of."""
    if isinstance(value, Mapping | list | tuple | set | frozenset):
        if id(value) in around or len(around) >= _DEEPEST:
            return "…"
        inside = (*around, id(value))
        if isinstance(value, Mapping):
            return {_text(key): _plain(one, inside) for key, one in value.items()}
        return [_plain(one, inside) for one in value]
    return value if type(value) in (int, float, bool, type(None)) else _text(value)


def _text(value: Any) -> str:
    try:
        said = value if isinstance(value, str) else repr(value)
    except Exception:  # noqa: BLE001  the author's `__repr__`
        said = f"<{type(value).__name__}>"
    return said.encode("utf-8", "backslashreplace").decode()
