"""From what an author writes behind an @ to a record: which options there are, and errors that say what would be right.

Step and flow decorators share it; each family is a table of its kinds.
"""

import re
from collections.abc import Callable, Mapping
from typing import Any, get_args, get_type_hints

import msgspec

from headwater.errors import DecoratorError
from headwater.records.base import Record

#: What an option takes, by the name that msgspec has for it.
_WANTED = {
    "int": "a whole number",
    "float": "a number",
    "bool": "True or False",
    "str": "a text",
    "object": "a dict",
    "array": "a list",
}
_IN_MB = frozenset({"memory", "disk", "shared_memory", "tmpfs_size", "max_swap"})


def make_record(
    name: str,
    options: Mapping[str, Any],
    kinds: Mapping[str, type[Record]],
    clean: Callable[[Mapping[str, Any]], Mapping[str, Any]],
    refusal: Callable[[Any], str],
) -> Any:
    """The record of a decorator by its name; DecoratorError for an unknown name, option or value.

    `clean`: the options as the record has them, or DecoratorError. `refusal`: why a record whose types are right still
    cannot be; "" when it can.
    """
    kind = kinds.get(name)
    if kind is None:
        raise DecoratorError(f"There is no decorator {name!r}. Known: {', '.join(kinds)}.")
    known = kind.__struct_fields__
    cleaned = clean(options)
    for option in cleaned:
        if option not in known:
            takes = f"It takes {', '.join(known)}." if known else "It takes none."
            raise DecoratorError(f"@{name} has no option {option!r}. {takes}")
    try:
        record = msgspec.convert(cleaned, kind, strict=False)
    except msgspec.ValidationError as exc:
        raise DecoratorError(f"@{name} was given {_written(options)}: {_mismatch(kind, str(exc))}") from None
    reason = refusal(record)
    if reason:
        raise DecoratorError(f"@{name} was given {_written(options)}: {reason}")
    return record


def _mismatch(kind: type[Record], message: str) -> str:
    """What msgspec says about a value of the wrong type, in the words of the option."""
    missing = re.search(r"missing required field `(\w+)`", message)
    if missing is not None:
        return f"{missing[1]} has to be said. Add {missing[1]}=."
    choice = re.match(r"Invalid enum value .* - at `\$\.(\w+)`", message)
    if choice is not None:
        return f"{choice[1]} can be {', '.join(map(repr, _choices(kind, choice[1])))}."
    found = re.match(r"Expected `(\w+)[^`]*`.* - at `\$\.(\w+)([^`]*)`", message)
    if found is None or found[1] not in _WANTED:
        return f"{message}. Correct the value."
    wanted, option, deeper = found.groups()
    if deeper:
        return f"each value in {option} has to be {_WANTED[wanted]}."
    return f"{option} takes {_WANTED[wanted]}{' of MB' if option in _IN_MB else ''}."


def _choices(kind: type[Record], option: str) -> list[str]:
    """The texts that an option with a few known values takes."""
    hint = get_type_hints(kind)[option]
    return [text for part in (hint, *get_args(hint)) for text in get_args(part) if isinstance(text, str)]


def _written(options: Mapping[str, Any]) -> str:
    return ", ".join(f"{name}={value!r}" for name, value in options.items()) or "nothing"
