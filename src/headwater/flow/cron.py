"""Whether a text is a cron expression: five fields, or six with the year that AWS wants, or a word like @daily."""

import re
from typing import NamedTuple

_WORDS = frozenset({"@hourly", "@daily", "@midnight", "@weekly", "@monthly", "@yearly", "@annually"})
_MONTHS = ("JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC")
_DAYS = ("SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT")


class _Field(NamedTuple):
    name: str
    low: int
    high: int
    names: tuple[str, ...] = ()
    signs: str = ""  # what may stand for a whole item beside numbers


_FIELDS = (
    _Field("minute", 0, 59),
    _Field("hour", 0, 23),
    _Field("day of the month", 1, 31, signs="?LW"),
    _Field("month", 1, 12, _MONTHS),
    _Field("day of the week", 0, 7, _DAYS, signs="?L"),
    _Field("year", 1970, 2199),
)


def cron_problem(text: str) -> str:
    """What is wrong with a cron expression, in a sentence; "" when nothing is."""
    text = text.strip()
    if text.startswith("@"):
        return "" if text in _WORDS else f"{text} is none of {', '.join(sorted(_WORDS))}."
    parts = text.split()
    if len(parts) not in (5, 6):
        return f"cron takes 5 fields (minute hour day month weekday) or 6, with a year: this has {len(parts)}."
    for field, part in zip(_FIELDS, parts, strict=False):
        bad = next((item for item in part.split(",") if not _is_item(field, item)), None)
        if bad is not None:
            return f"{bad!r} is no {field.name}: write {field.low} to {field.high}, a range, a list, * or */n."
    return ""


def _is_item(field: _Field, item: str) -> bool:
    base, slash, pace = item.partition("/")
    if slash and not (pace.isdecimal() and int(pace) > 0):
        return False
    if base == "*" or (base and base in field.signs):
        return True
    if field.signs and re.fullmatch(r"(\w+)(#[1-5]|L|W)", base):
        base = re.split(r"[#LW]", base)[0] or base
    first, dash, last = base.partition("-")
    return _is_value(field, first) and (not dash or _is_value(field, last))


def _is_value(field: _Field, text: str) -> bool:
    if text.upper() in field.names:
        return True
    return text.isdecimal() and field.low <= int(text) <= field.high
