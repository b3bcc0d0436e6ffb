"""Constants: the public class attributes of a flow that are plain values."""

from typing import Any

from headwater.flow.derived import members_of

# What a class body may hold that is no value: these types exist for the class, not for the data.
_KINDS = (type, property, classmethod, staticmethod)


def constants_of(cls: type) -> dict[str, Any]:
    """Constants by name, a class's own before those of its bases; functions, types and descriptors are none."""
    return {name: value for name, value in members_of(cls).items() if not name.startswith("_") and is_value(value)}


def is_value(attribute: object) -> bool:
    """Whether a class attribute is data: functions, methods, properties, types and other descriptors are not."""
    return not isinstance(attribute, _KINDS) and not hasattr(type(attribute), "__get__")
