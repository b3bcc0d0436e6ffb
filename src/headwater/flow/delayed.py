"""Values that are known only when the flow's configs are: what a class body writes as `config.rate`.

Options of decorators and defaults of parameters may hold them, however deep in lists, tuples and dicts. `resolve_flow`
settles them.
"""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import Any


class Delayed(ABC):
    """Stands for a value until the configs are known."""

    @abstractmethod
    def settle(self, configs: Mapping[str, Any]) -> Any:
        """The value; `configs` are those of the flow, by their Python names."""


class Pending:
    """A decorator whose options are not all known yet."""

    def __init__(self, name: str, options: Mapping[str, Any]) -> None:
        self.name = name
        self.options = dict(options)


def is_delayed(value: object) -> bool:
    """Whether a value is delayed, or holds one that is."""
    if isinstance(value, Delayed):
        return True
    if isinstance(value, dict):
        return any(is_delayed(key) or is_delayed(item) for key, item in value.items())
    return isinstance(value, (list, tuple)) and any(map(is_delayed, value))


def settle(value: Any, configs: Mapping[str, Any]) -> Any:
    """The value with everything delayed in it settled; itself when nothing is."""
    if isinstance(value, Delayed):
        return value.settle(configs)
    if not is_delayed(value):
        return value
    if isinstance(value, dict):
        return {settle(key, configs): settle(item, configs) for key, item in value.items()}
    return type(value)([settle(item, configs) for item in value])
