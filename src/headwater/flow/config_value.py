"""`ConfigValue`: what a config holds, as a mapping that cannot change and whose items are attributes too."""

from collections.abc import Mapping
from typing import Any, NoReturn


class ConfigValue(dict[str, Any]):
    """`config.train.rate` and `config["train"]["rate"]` are the same; mappings inside, also in lists, are such values.

    An item that is called like a method of a dict (`items`, `keys`) is reached with brackets.
    """

    def __init__(self, data: Mapping[str, Any]) -> None:
        super().__init__({key: _wrapped(value) for key, value in data.items()})

    def __getattr__(self, name: str) -> Any:
        try:
            return self[name]
        except KeyError:
            if name.startswith("__"):
                raise AttributeError(name) from None
            known = ", ".join(map(str, self)) or "nothing"
            raise AttributeError(f"The config has no {name!r} here. It has {known}.", name=name, obj=self) from None

    def __dir__(self) -> list[str]:
        return [*super().__dir__(), *(key for key in self if isinstance(key, str) and key.isidentifier())]

    def to_dict(self) -> dict[str, Any]:
        """A plain dict, all the way down, which may be changed."""
        return {key: _plain(value) for key, value in self.items()}

    def copy(self) -> "ConfigValue":
        return ConfigValue(self)

    __copy__ = copy

    def __deepcopy__(self, memo: object) -> "ConfigValue":
        return ConfigValue(self.to_dict())

    def __or__(self, other: Any) -> Any:
        return {**self, **other}

    def __reduce__(self) -> tuple[Any, ...]:
        return ConfigValue, (self.to_dict(),)

    def _refuse(self, *_arguments: object, **_options: object) -> NoReturn:
        raise TypeError("A config cannot be changed. Take a copy that can: config.to_dict().")

    __setattr__ = __delattr__ = __setitem__ = __delitem__ = __ior__ = _refuse
    clear = pop = popitem = setdefault = update = _refuse


def plain_of(value: Any) -> Any:
    """A config's value as a run keeps it: plain dicts in the place of `ConfigValue`."""
    return _plain(value)


def _wrapped(value: Any) -> Any:
    if isinstance(value, ConfigValue):
        return value
    if isinstance(value, Mapping):
        return ConfigValue(value)
    return type(value)(map(_wrapped, value)) if type(value) in (list, tuple) else value


def _plain(value: Any) -> Any:
    if isinstance(value, (ConfigValue, dict)):
        return {key: _plain(item) for key, item in value.items()}
    return type(value)(map(_plain, value)) if type(value) in (list, tuple) else value
