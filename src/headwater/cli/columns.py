"""Tables that fit a terminal: columns that matter less go first, and what is too long is cut. Pure."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from headwater.cli.colours import painted
from headwater.wording import plain

_GAP = 2
_LEAST = 12  # columns of a terminal below which a column that can be cut is left out


class Column(NamedTuple):
    """One column of a table."""

    title: str
    cells: Sequence[str]
    weight: int = 0  # the column with the highest goes first; 0 stays
    cut: bool = False  # it may be made narrower
    right: bool = False  # its cells end at one edge
    colours: Mapping[str, str] = {}  # cell -> its colour

    @property
    def width(self) -> int:
        return max(map(len, (self.title, *self.cells)), default=0)


def fitted(columns: Sequence[Column], width: int | None) -> list[str]:
    """The table's lines, at most `width` wide (as far as the columns that stay allow); None: as wide as it is.

    A column whose cells are all empty is left out.
    """
    shown = [_plain(column) for column in columns if any(column.cells)]
    if width is None:
        return _lines(shown, [column.width for column in shown])
    while _room(shown, width) < 0 and any(column.weight for column in shown):
        shown.remove(max(shown, key=lambda column: column.weight))
    widths = [column.width for column in shown]
    for number, column in enumerate(shown):
        over = sum(widths) + _GAP * (len(widths) - 1) - width
        if over > 0 and column.cut:
            widths[number] = max(_LEAST, widths[number] - over)
    return _lines(shown, widths)


def cut(text: str, width: int | None) -> str:
    """The beginning of a text that is too long, with a sign that it goes on."""
    return text if width is None or len(text) <= width else f"{text[: max(width - 1, 0)]}…"


def _room(columns: Sequence[Column], width: int) -> int:
    """What is left of a line when the columns that can be cut are as narrow as may be."""
    least = [min(column.width, _LEAST) if column.cut else column.width for column in columns]
    return width - sum(least) - _GAP * (len(least) - 1)


def _plain(column: Column) -> Column:
    """In one line: no newline, no tab, no control character."""
    return column._replace(cells=[plain(cell.replace("\n", " ").replace("\t", " ")) for cell in column.cells])


def _lines(columns: Sequence[Column], widths: Sequence[int]) -> list[str]:
    texts = [
        [cut(cell, width) for cell in (column.title, *column.cells)]
        for column, width in zip(columns, widths, strict=True)
    ]
    aligned = [
        [_aligned(column, cell, width) for cell in cells]
        for column, width, cells in zip(columns, widths, texts, strict=True)
    ]
    return [(" " * _GAP).join(row).rstrip() for row in zip(*aligned, strict=True)]


def _aligned(column: Column, cell: str, width: int) -> str:
    colour = column.colours.get(cell)
    text = cell if colour is None else painted(cell, colour)
    space = " " * (width - len(cell))
    return space + text if column.right else text + space
