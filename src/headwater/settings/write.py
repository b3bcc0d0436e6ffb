"""A value into a file of settings, or out of it, with everything else in the file as it was: a function of text."""

import re
from typing import Any

from headwater.settings.files import HEADER, find_line, plain_name

_KEY = re.compile(r"[A-Za-z0-9_-]+")


def set_value(text: str, table: str, key: str, value: Any) -> str:
    """The text of a TOML file in which a table has the key with this value."""
    lines = text.splitlines(keepends=True)
    if lines and not lines[-1].endswith("\n"):
        lines[-1] += "\n"
    new = f"{key} = {toml(value)}\n"
    at = find_line(text, table, key)
    if at is not None:
        first, last = at - 1, _last_line(lines, at - 1)
        lines[first:last] = [new]
    else:
        lines[_end_of(lines, table) :] = _placed(lines, table, new)
    return "".join(lines)


def unset_value(text: str, table: str, key: str) -> str:
    """The text without the key of the table."""
    at = find_line(text, table, key)
    if at is None:
        return text
    lines = text.splitlines(keepends=True)
    del lines[at - 1 : _last_line(lines, at - 1)]
    return "".join(lines)


def toml(value: Any) -> str:
    """A value of a setting as TOML writes it."""
    match value:
        case bool():
            return "true" if value else "false"
        case int() | float():
            return str(value)
        case str():
            return _quoted(value)
        case _:
            return f"[{', '.join(_quoted(one) for one in value)}]"


def _quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return '"' + "".join(sign if sign.isprintable() else f"\\U{ord(sign):08x}" for sign in escaped) + '"'


def table_header(table: str) -> str:
    parts = [part if _KEY.fullmatch(part) else _quoted(part) for part in table.split(".")]
    return f"[{'.'.join(parts)}]\n"


def _last_line(lines: list[str], first: int) -> int:
    """The line behind a value that begins on `first`, which may go over several."""
    # Here, not above: as in `files`.
    from tomllib import TOMLDecodeError, loads

    for last in range(first + 1, len(lines) + 1):
        try:
            loads("".join(lines[first:last]))
        except TOMLDecodeError:
            continue
        return last
    return first + 1


def _placed(lines: list[str], table: str, new: str) -> list[str]:
    """The new line and what stands below it, behind a header where the table is not there yet."""
    end = _end_of(lines, table)
    if table and not _has_table(lines, table):
        gap = ["\n"] if lines and lines[-1].strip() else []
        return [*lines[end:], *gap, table_header(table), new]
    gap = ["\n"] if end < len(lines) and lines[end].strip() else []
    return [new, *gap, *lines[end:]]


def _has_table(lines: list[str], table: str) -> bool:
    return any(_name_of(line) == table for line in lines)


def _end_of(lines: list[str], table: str) -> int:
    """Behind the last line of a table that says something; the end of the file where the table is not there."""
    headers = [_name_of(line) for line in lines]
    if not any(name == table for name in headers) and (table or not any(headers)):
        return len(lines)
    at, end = "", 0
    for number, (line, name) in enumerate(zip(lines, headers, strict=True), 1):
        at = at if name is None else name
        if at == table and line.strip() and not line.lstrip().startswith("#"):
            end = number
    return end


def _name_of(line: str) -> str | None:
    """The name of the table whose header a line is."""
    found = HEADER.match(line)
    return plain_name(found[1]) if found else None
