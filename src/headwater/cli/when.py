"""Moments as people write and read them: `2d`, `yesterday`, `2026-11-20`; `3 h ago`, `yesterday 14:03`."""

import re
from datetime import datetime, timedelta

import click

_AGO = re.compile(r"(\d+(?:\.\d+)?)\s*([a-z]+?)s?(?:\s+ago)?")
_UNITS = {
    "s sec second": 1,
    "m min minute": 60,
    "h hour": 3600,
    "d day": 86_400,
    "w week": 604_800,
}
_SECONDS = {word: seconds for words, seconds in _UNITS.items() for word in words.split()}
_DAYS = {"today": 0, "yesterday": 1}
_DAY = timedelta(days=1)


class Moment(click.ParamType):  # type: ignore[type-arg]  # generic for type checkers only, and only of late
    """A moment as seconds since 1970; a day stands for its beginning, or for its end."""

    name = "when"

    def __init__(self, end_of_day: bool = False) -> None:
        self._end_of_day = end_of_day

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> float:
        if isinstance(value, float):
            return value
        found = parse_moment(str(value), datetime.now(), self._end_of_day)
        if found is None:
            self.fail(
                f"{value!r} is no moment. Write 2d, 36h, today, yesterday, 2026-11-20 or 2026-11-20T14:03.", param, ctx
            )
        return found.timestamp()


def parse_moment(text: str, now: datetime, end_of_day: bool = False) -> datetime | None:
    """Local time, unless the text names a zone; None when it is no moment."""
    text = text.strip().lower()
    match = _AGO.fullmatch(text)
    if match is not None and match[2] in _SECONDS:
        return now - timedelta(seconds=float(match[1]) * _SECONDS[match[2]])
    if text == "now":
        return now
    if text in _DAYS:
        day = datetime.combine(now.date() - _DAYS[text] * _DAY, datetime.min.time())
        return day + _DAY if end_of_day else day
    try:
        found = datetime.fromisoformat(text.upper())
    except ValueError:
        return None
    whole_day = len(text) == len("2026-11-20") or (text.isdigit() and len(text) == len("20261120"))
    return found + _DAY if whole_day and end_of_day else found


def ago(at: float, now: float) -> str:
    """When something was, seen from now; both are seconds since 1970."""
    passed = now - at
    if 0 <= passed < 60:
        return "just now"
    if 0 <= passed < 3600:
        return f"{passed // 60:.0f} min ago"
    then, today = datetime.fromtimestamp(at), datetime.fromtimestamp(now).date()
    days = (today - then.date()).days
    if days == 0:
        return then.strftime("today %H:%M")
    if days == 1:
        return then.strftime("yesterday %H:%M")
    if 1 < days < 7:
        return then.strftime("%a %H:%M")
    return then.strftime("%d %b %H:%M" if then.year == today.year else "%Y-%m-%d")
