"""How times, sizes, counts, tables and text from elsewhere are written for people, and which name they meant."""

import re
import time
from collections.abc import Iterable, Sequence

_UNITS = ("bytes", "KiB", "MiB", "GiB", "TiB")
#: What could move the cursor or change the terminal; tab and newline may stay.
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")
_MARKUP = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&#x27;"})


def plain(text: str) -> str:
    """Text from elsewhere without control characters."""
    return _CONTROL.sub(lambda match: f"\\x{ord(match[0]):02x}", text)


def markup(text: str) -> str:
    """Text as it stands in HTML and XML, between tags and in attributes; what they cannot hold is spelled out."""
    return plain(text).encode("utf-8", "backslashreplace").decode().translate(_MARKUP)


def duration(seconds: float) -> str:
    """120 ms, 1.3 s, 12 s, 4 min 5 s, 3 h 20 min, 2 d 4 h."""
    if seconds < 0.9995:
        return f"{round(max(seconds, 0) * 1000)} ms"
    if seconds < 9.95:
        return f"{seconds:.1f} s"
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60} s"
    if whole < 86400:
        return f"{whole // 3600} h {whole % 3600 // 60} min"
    return f"{whole // 86400} d {whole % 86400 // 3600} h"


def size(count: int) -> str:
    """17 bytes, 4.2 KiB."""
    value = float(count)
    for unit in _UNITS:
        if value < 1024 or unit == _UNITS[-1]:
            break
        value /= 1024
    return counted(count, "byte") if unit == "bytes" else f"{value:.1f} {unit}"


def number(count: int) -> str:
    """1 200 000 as 1,200,000."""
    return f"{count:,}"


def counted(count: int, noun: str) -> str:
    return f"{number(count)} {noun}{'' if count == 1 else 's'}"


def clock(at: float) -> str:
    return time.strftime("%H:%M:%S", time.localtime(at))


def moment(at: float) -> str:
    return time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(at))


def table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    """Columns two spaces apart; the last is as wide as it likes."""
    widths = [max(len(row[column]) for row in (header, *rows)) for column in range(len(header))]
    return [
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in (header, *rows)
    ]


def nearest(name: str, known: Iterable[str], likeness: float = 0.6) -> str | None:
    """The known name that was probably meant; `likeness` from 0, anything, to 1, the name itself."""
    # Here, not above: only a mistake needs it.
    from difflib import get_close_matches

    return next(iter(get_close_matches(name, list(known), n=1, cutoff=likeness)), None)
