"""What was typed at the prompt of a plain `python`, statement by statement.

Python 3.13 keeps each input under the name of a file; before, readline's history has the lines, without those that are
empty or the same as the one above.
"""

import codeop
import linecache
import re
import sys
from collections.abc import Iterable
from types import ModuleType

_INPUT = re.compile(r"<python-input-(\d+)>")
_GOES_ON = re.compile(r"(\s|else\b|elif\b|except\b|finally\b)")
_PLAIN_INPUT = "<stdin>"


def at_prompt() -> bool:
    """Somebody types into this very process."""
    return hasattr(sys, "ps1")


def typed_statements() -> list[str]:
    """In the order in which they were typed, those of earlier sessions first."""
    inputs = {int(found[1]): name for name in list(linecache.cache) if (found := _INPUT.fullmatch(name))}
    if inputs:
        return ["".join(linecache.getlines(inputs[number])) for number in sorted(inputs)]
    readline: ModuleType | None = sys.modules.get("readline")
    if readline is None:
        return []
    lines = (readline.get_history_item(place) for place in range(1, readline.get_current_history_length() + 1))
    return join_lines(line for line in lines if line is not None)


def join_lines(lines: Iterable[str]) -> list[str]:
    """Statements from lines; what is no Python is left out."""
    statements: list[str] = []
    open_lines: list[str] = []
    for line in lines:
        if open_lines and not _GOES_ON.match(line) and _state(open_lines) != "open":
            statements += _whole(open_lines)
            open_lines = []
        open_lines.append(line)
    return statements + _whole(open_lines)


def show_source(name: str) -> None:
    """Let the source of the class be found, which Python knows by no name of a file."""
    for statement in reversed(typed_statements()):
        if re.search(rf"^class {re.escape(name)}\b", statement, re.MULTILINE):
            lines = statement.splitlines(keepends=True)
            linecache.cache[_PLAIN_INPUT] = (len(statement), None, lines, _PLAIN_INPUT)
            return


def _state(lines: list[str]) -> str:
    """`whole`, `open` when it goes on, `wrong` when it never was Python."""
    try:
        # The empty line is what ends a block at the prompt.
        return "open" if codeop.compile_command("\n".join([*lines, ""]), symbol="single") is None else "whole"
    except (SyntaxError, ValueError, OverflowError):
        return "wrong"


def _whole(lines: list[str]) -> list[str]:
    return ["\n".join(lines) + "\n"] if lines and _state(lines) == "whole" else []
