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


class Spread(Delayed):
    """Stands, under a key that means nothing, for all items of a mapping: what `**config` leaves in options."""


class Open:
    """What a class body may hold and only `resolve_flow` closes: configs, mutators, decorators that wait for them."""


class Pending(Open):
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
        settled: dict[Any, Any] = {}
        for key, item in value.items():
            if isinstance(item, Spread):
                settled.update(item.settle(configs))
            else:
                settled[settle(key, configs)] = settle(item, configs)
        return settled
    items = [settle(item, configs) for item in value]
    return type(value)(*items) if hasattr(value, "_fields") else type(value)(items)  # a named tuple takes them singly
