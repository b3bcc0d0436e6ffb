"""Functions that an author names to read a text with: the function itself, or where it is."""

from collections.abc import Callable
from importlib import import_module
from typing import Any

from headwater.errors import ParameterError

Parser = Callable[[Any], Any]

_HOME = "headwater"  # what a name that begins with "." is below


def find_parser(parser: Parser | str, owner: str) -> Parser:
    """The function: itself, or the one called `package.module.function`; ParameterError, naming the owner, for none."""
    if callable(parser):
        return parser
    if not isinstance(parser, str):
        raise ParameterError(
            f"{owner} has the parser {parser!r}. Give a function, or its dotted name: 'package.module.function'."
        )
    module, _, name = (_HOME + parser if parser.startswith(".") else parser).rpartition(".")
    remedy = "Give a function, or its dotted name: 'package.module.function'."
    if not module or not name:
        raise ParameterError(f"{owner} has the parser {parser!r}, which names no module. {remedy}")
    try:
        found = getattr(import_module(module), name)
    except (ImportError, AttributeError) as exc:
        raise ParameterError(f"{owner} has the parser {parser!r}, which cannot be found: {exc}. {remedy}") from exc
    if not callable(found):
        raise ParameterError(f"{owner} has the parser {parser!r}, which is no function. {remedy}")
    function: Parser = found
    return function
