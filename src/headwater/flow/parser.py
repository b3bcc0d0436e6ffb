"""Functions that an author names to read a text with: the function itself, or where it is."""

from collections.abc import Callable
from typing import Any

from headwater.errors import ParameterError
from headwater.flow.named import NotFoundByNameError, find_named

Parser = Callable[[Any], Any]


def find_parser(parser: Parser | str, owner: str) -> Parser:
    """The function: itself, or the one called `package.module.function`; ParameterError, naming the owner, for none."""
    if callable(parser):
        return parser
    if not isinstance(parser, str):
        raise ParameterError(
            f"{owner} has the parser {parser!r}. Give a function, or its dotted name: 'package.module.function'."
        )
    remedy = "Give a function, or its dotted name: 'package.module.function'."
    try:
        found = find_named(parser)
    except (ImportError, NotFoundByNameError) as exc:
        raise ParameterError(f"{owner} has the parser {parser!r}, which cannot be found: {exc}. {remedy}") from exc
    if not callable(found):
        raise ParameterError(f"{owner} has the parser {parser!r}, which is no function. {remedy}")
    function: Parser = found
    return function
