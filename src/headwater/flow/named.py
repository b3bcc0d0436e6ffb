"""What an author names by text: `package.module.function`, as a parser of a config or in `--with`."""

from importlib import import_module
from typing import Any


class NotFoundByNameError(LookupError):
    """Why nothing answers to a dotted name, as the part of a sentence behind "for"."""


def find_named(text: str) -> Any:
    """What a dotted name means; one that begins with a dot stands inside headwater. Raises NotFoundByNameError."""
    path = f"headwater{text}" if text.startswith(".") else text
    module_name, dot, attribute = path.rpartition(".")
    if not dot:
        raise NotFoundByNameError(f"{text!r} has no dot: it is written module.name")
    try:
        module = import_module(module_name)
    except ModuleNotFoundError as exc:
        if exc.name is None or not f"{module_name}.".startswith(f"{exc.name}."):
            raise  # the module is there, and imports one that is not
        raise NotFoundByNameError(f"there is no module {exc.name!r}") from None
    if not hasattr(module, attribute):
        raise NotFoundByNameError(f"the module {module_name!r} has no {attribute!r}")
    return getattr(module, attribute)
