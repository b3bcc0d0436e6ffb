"""Which colour a state has on a terminal, and the marks of a comparison; none with NO_COLOR or TERM=dumb."""

import os
from collections.abc import Mapping

_GREEN, _RED, _YELLOW, _CYAN, _DIM, _BOLD = "32", "31", "33", "36", "2", "1"
_STATES = {
    "succeeded": _GREEN,
    "done": _GREEN,
    "failed": _RED,
    "caught": _YELLOW,
    "interrupted": _YELLOW,
    "lost": _YELLOW,
    "begun": _YELLOW,
    "running": _CYAN,
    "waiting": _DIM,
    "not run": _DIM,
}
_MARKS = {"+ ": _GREEN, "- ": _RED, "~ ": _YELLOW}
_CODE = (("+++", _BOLD), ("---", _BOLD), ("@@", _CYAN), ("+", _GREEN), ("-", _RED))


def wanted(environ: Mapping[str, str] = os.environ) -> bool:
    """Of a terminal: whether it shows colours."""
    return not environ.get("NO_COLOR") and environ.get("TERM") != "dumb"


def of_states(width: int | None) -> Mapping[str, str]:
    """State -> colour on a terminal; nothing where stdout is none (`width` None)."""
    return _STATES if width is not None and wanted() else {}


def painted(text: str, colour: str) -> str:
    return f"\x1b[{colour}m{text}\x1b[0m"


def mark(line: str) -> str:
    """A line of a comparison, with its mark (`+`, `-`, `~`) in colour."""
    stripped = line.lstrip()
    colour = _MARKS.get(stripped[:2])
    return line if colour is None else line.replace(stripped[0], painted(stripped[0], colour), 1)


def code(line: str) -> str:
    """A line of a unified diff."""
    colour = next((colour for start, colour in _CODE if line.startswith(start)), None)
    return line if colour is None else painted(line, colour)
