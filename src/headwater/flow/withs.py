"""`--with`: a step decorator as text, `retry` or `retry:times=2,minutes_between_retries=0`."""

import json
from typing import Any

from headwater.errors import DecoratorError
from headwater.flow.decorators import make_decorator
from headwater.records.decorators import AnyDecorator


def parse_with(text: str) -> AnyDecorator:
    """The decorator that a `--with` names; DecoratorError when it does not parse."""
    name, colon, rest = text.partition(":")
    options: dict[str, Any] = {}
    for part in _split(rest) if colon else ():
        option, equals, value = part.partition("=")
        if not equals or not option.strip():
            raise DecoratorError(
                f"--with {text!r} has {part!r}, which is no option=value. Write it as name:option=value,option=value."
            )
        options[option.strip()] = _value(value.strip())
    return make_decorator(name.strip(), options)


def parse_withs(texts: tuple[str, ...] | list[str]) -> tuple[AnyDecorator, ...]:
    """Several of them; where two name one decorator, the first counts."""
    found: dict[type, AnyDecorator] = {}
    for text in texts:
        record = parse_with(text)
        found.setdefault(type(record), record)
    return tuple(found.values())


def _split(text: str) -> list[str]:
    """The parts between commas that stand outside brackets and quotes, so that values may be JSON."""
    parts: list[str] = [""]
    depth, quoted, escaped = 0, False, False
    for sign in text:
        if sign == "," and depth == 0 and not quoted:
            parts.append("")
            continue
        parts[-1] += sign
        if quoted:
            quoted = sign != '"' or escaped
            escaped = sign == "\\" and not escaped
        elif sign == '"':
            quoted = True
        else:
            depth += (sign in "[{") - (sign in "]}")
    return [part for part in parts if part.strip()]


def _value(text: str) -> Any:
    for read in (json.loads, int, float):
        try:
            return read(text)
        except ValueError:
            continue
    return text
