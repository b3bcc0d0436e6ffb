"""Values in a form in which equal sets are serialized alike: a set's order depends on how it was built."""

import pickle
from typing import Any


def settled(value: Any) -> Any:
    """The value with every set in its plain containers put in order; for comparing, not for keeping."""
    try:
        return _settle(value)
    except Exception:  # noqa: BLE001  a container that holds itself, or an element that does not pickle: compared as it is
        return value


def _settle(value: Any) -> Any:
    kind = type(value)
    if kind is set or kind is frozenset:
        return kind, sorted(pickle.dumps(_settle(element), protocol=5) for element in value)
    if kind is list or kind is tuple:
        return kind(_settle(element) for element in value)
    if kind is dict:
        return {key: _settle(element) for key, element in value.items()}
    return value
