"""How tables are written, and what else a line of the terminal is made of."""

from collections.abc import Sequence

from headwater.wording import clock as clock
from headwater.wording import counted as counted
from headwater.wording import duration as duration
from headwater.wording import moment as moment
from headwater.wording import number as number
from headwater.wording import plain as plain
from headwater.wording import size as size


def table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    """Columns two spaces apart; the last is as wide as it likes."""
    widths = [max(len(row[column]) for row in (header, *rows)) for column in range(len(header))]
    return [
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in (header, *rows)
    ]
