"""Decorators as text, `retry` or `retry:times=2,minutes_between_retries=0`: behind `--with`, and in mutators."""

import json
from typing import Any, NamedTuple

from headwater.errors import DecoratorError
from headwater.flow.authored import Authored, find_authored, known_names, record_of
from headwater.flow.decorators import KINDS, Attached, make_decorator
from headwater.flow.delayed import Pending
from headwater.records.decorators import AnyDecorator, UserDecorator
from headwater.records.secrets import Secrets


class Spec(NamedTuple):
    """What such a text says."""

    name: str
    arguments: tuple[Any, ...]  # those that were written with a number: 0=..., 1=...
    options: dict[str, Any]


def read_spec(text: str, source: str = "--with") -> Spec:
    """`name:option=value,...` taken apart; DecoratorError, which names the source, when it does not parse."""
    name, colon, rest = text.partition(":")
    options: dict[str, Any] = {}
    for part in _split(rest) if colon else ():
        option, equals, value = part.partition("=")
        if not equals or not option.strip():
            raise DecoratorError(
                f"{source} {text!r} has {part!r}, which is no option=value. Write it as name:option=value,option=value."
            )
        options[option.strip()] = _value(value.strip())
    places = sorted((name for name in options if name.isdigit()), key=int)
    if [int(place) for place in places] != list(range(len(places))):
        raise DecoratorError(f"{source} {text!r} has the arguments {', '.join(places)}. Number them from 0 on.")
    arguments = tuple(options.pop(place) for place in places)
    return Spec(name.strip(), arguments, options)


def make_attached(spec: Spec) -> Attached:
    """The decorator that a text names: a record, or what an author has written; DecoratorError for neither."""
    if spec.name in KINDS:
        if spec.arguments:
            raise DecoratorError(f"@{spec.name} takes its options by name, and was given {spec.arguments[0]!r}.")
        return make_decorator(spec.name, spec.options)
    kind = find_authored(spec.name)
    if kind is None:
        known = ", ".join(dict.fromkeys([*KINDS, *known_names()]))
        raise DecoratorError(f"There is no decorator {spec.name!r}. Known: {known}.")
    return kind._hw_written(spec.arguments, spec.options)


def parse_with(text: str) -> Attached:
    """The decorator that a `--with` names; DecoratorError when it does not parse."""
    found = make_attached(read_spec(text))
    if isinstance(found, Secrets) and any(source.values for source in found.sources):
        raise DecoratorError("--with secrets: everybody can see what stands on a command line. Use env-file.PATH.")
    return found


def parse_withs(texts: tuple[str, ...] | list[str]) -> tuple[AnyDecorator, ...]:
    """The records of several; where two name one decorator, the first counts. Mutators are left out."""
    found: dict[object, AnyDecorator] = {}
    for text in texts:
        record = _record(text)
        if record is not None:
            found.setdefault(kind_of(record), record)
    return tuple(found.values())


def _record(text: str) -> AnyDecorator | None:
    one = parse_with(text)
    if isinstance(one, Authored):
        return record_of(one._hw_settled({}), None) if one._hw_wraps_steps else None
    return None if isinstance(one, Pending) else one


def kind_of(record: AnyDecorator) -> object:
    """What two decorators have in common of which one is enough."""
    return record.target if isinstance(record, UserDecorator) else type(record)


def split_withs(text: str) -> list[str]:
    """The texts that a run's record has joined with ", "."""
    parts = [part.strip() for part in _split(text)]
    joined: list[str] = []
    for part in parts:  # a comma stands within one text too: `name:a=1,b=2`
        if joined and "=" in part and ":" not in part.partition("=")[0]:
            joined[-1] += f",{part}"
        else:
            joined.append(part)
    return joined


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
