"""Parameters that are dates, times and spans of time, as ISO 8601 writes them; a span also as 90s, 15m, 1h30m or 2d."""

import datetime
import re
from typing import Any

from headwater.flow.parameter_types import Kind

_UNITS = {
    "w": datetime.timedelta(weeks=1),
    "d": datetime.timedelta(days=1),
    "h": datetime.timedelta(hours=1),
    "m": datetime.timedelta(minutes=1),
    "min": datetime.timedelta(minutes=1),
    "s": datetime.timedelta(seconds=1),
    "ms": datetime.timedelta(milliseconds=1),
}
_PART = re.compile(r"(\d+(?:\.\d+)?)\s*(min|ms|w|d|h|m|s)")
_CLOCK = re.compile(r"(?:(\d+)\s*days?,\s*)?(\d+):(\d\d)(?::(\d\d(?:\.\d+)?))?")
_ISO = re.compile(r"P(?=.)(?:([\d.]+)W)?(?:([\d.]+)D)?(?:T(?:([\d.]+)H)?(?:([\d.]+)M)?(?:([\d.]+)S)?)?")


class DateKind(Kind):
    """A day."""

    name = "date"
    remedy = "Write it as 2026-01-31."

    def convert(self, value: Any) -> datetime.date:
        if isinstance(value, str):
            return datetime.date.fromisoformat(value.strip())
        if isinstance(value, datetime.date) and not isinstance(value, datetime.datetime):
            return value
        raise TypeError


class DatetimeKind(Kind):
    """A moment, with a zone or without; a day stands for its midnight."""

    name = "datetime"
    remedy = "Write it as 2026-01-31T12:00, with +01:00 or Z behind it for a zone."

    def convert(self, value: Any) -> datetime.datetime:
        if isinstance(value, str):
            return datetime.datetime.fromisoformat(value.strip())
        if isinstance(value, datetime.datetime):
            return value
        if isinstance(value, datetime.date):
            return datetime.datetime.combine(value, datetime.time())
        raise TypeError

    def show(self, value: Any) -> str:
        text: str = value.isoformat()
        return text


class TimeKind(Kind):
    """A time of day."""

    name = "time"
    remedy = "Write it as 12:00 or 12:00:30."

    def convert(self, value: Any) -> datetime.time:
        if isinstance(value, str):
            return datetime.time.fromisoformat(value.strip())
        if isinstance(value, datetime.time):
            return value
        raise TypeError


class SpanKind(Kind):
    """A span of time."""

    name = "duration"
    remedy = "Write it as 90s, 15m, 1h30m or 2d."

    def convert(self, value: Any) -> datetime.timedelta:
        if isinstance(value, datetime.timedelta):
            return value
        text = value.strip()
        sign = -1 if text[:1] == "-" else 1
        return sign * _read_span(text.lstrip("+-"))

    def show(self, value: Any) -> str:
        return f"-{_show_span(-value)}" if value < datetime.timedelta() else _show_span(value)


def _read_span(text: str) -> datetime.timedelta:
    if found := _CLOCK.fullmatch(text):
        days, hours, minutes, seconds = (float(group or 0) for group in found.groups())
        return datetime.timedelta(days=days, hours=hours, minutes=minutes, seconds=seconds)
    if found := _ISO.fullmatch(text.upper()):
        weeks, days, hours, minutes, seconds = (float(group or 0) for group in found.groups())
        return datetime.timedelta(weeks=weeks, days=days, hours=hours, minutes=minutes, seconds=seconds)
    parts = _PART.findall(text)
    if not parts or _PART.sub("", text).strip():
        raise ValueError
    return sum((float(number) * _UNITS[unit] for number, unit in parts), datetime.timedelta())


def _show_span(span: datetime.timedelta) -> str:
    text, left = "", span
    for unit in ("d", "h", "m"):
        count, left = divmod(left, _UNITS[unit])
        text += f"{count}{unit}" if count else ""
    seconds = left.total_seconds()
    return f"{text}{seconds:g}s" if seconds or not text else text


KINDS: dict[str, Kind] = {"date": DateKind(), "datetime": DatetimeKind(), "time": TimeKind(), "timedelta": SpanKind()}
