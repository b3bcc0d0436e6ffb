from __future__ import annotations

import errno
import io
import re

from rich.console import Console
from rich.text import Text

from headwater.cli.painter import Painter


class Glass:
    """A terminal that knows the few movements that a painter makes."""

    def __init__(self, width: int, written: str) -> None:
        rows = [""]
        row = 0
        for piece in re.findall(r"\x1b\[[?0-9;]*[A-Za-z]|\r|\n|[^\x1b\r\n]", written):
            if piece == "\n":
                row += 1
                rows += [""] * (row + 1 - len(rows))
                column = 0
            elif piece == "\r":
                column = 0
            elif piece.endswith("A"):
                row -= int(piece[2:-1])
                column = 0
            elif piece == "\x1b[J":
                rows[row] = rows[row][:column]
                del rows[row + 1 :]
            elif piece == "\x1b[K":
                rows[row] = rows[row][:column]
            elif not piece.startswith("\x1b"):
                if column == width:
                    row, column = row + 1, 0
                    rows += [""] * (row + 1 - len(rows))
                rows[row] = rows[row][:column] + piece + rows[row][column + 1 :]
                column += 1
        self.rows = rows


class Utf8(io.StringIO):
    encoding = "utf-8"


def make(width: int) -> tuple[Console, io.StringIO]:
    file = Utf8()
    return Console(file=file, force_terminal=True, width=width, height=10, no_color=True, legacy_windows=False), file


def test_a_frame_takes_the_place_of_the_last_one_and_lines_above_stay() -> None:
    console, file = make(20)
    painter = Painter(console)
    painter.draw([], [Text("one"), Text("two longer")])
    painter.draw([Text("said")], [Text("three")])
    painter.draw([], [Text("four"), Text("five")])
    painter.leave()
    assert Glass(20, file.getvalue()).rows == ["said", "four", "five", ""]


def test_a_line_that_fills_its_row_keeps_its_last_letter() -> None:
    console, file = make(10)
    painter = Painter(console)
    painter.draw([], [Text("old picture")])
    painter.draw([Text("0123456789")], [Text("new")])
    assert Glass(10, file.getvalue()).rows == ["0123456789", "new", ""]


def test_a_line_of_the_picture_is_cut_and_never_wraps() -> None:
    console, file = make(10)
    Painter(console).draw([], [Text("0123456789abc")])
    assert Glass(10, file.getvalue()).rows == ["01234567…", ""]


def test_when_the_terminal_became_narrower_the_rows_that_wrapped_are_overwritten_too() -> None:
    console, file = make(40)
    painter = Painter(console)
    painter.draw([], [Text("x" * 30)])
    console.width = 20
    painter.draw([], [Text("y")])
    assert "\x1b[2A" in file.getvalue()


class Gone(io.StringIO):
    """A terminal whose window was closed."""

    def write(self, text: str) -> int:
        if text:
            raise OSError(errno.EIO, "Input/output error")
        return 0


def test_a_terminal_that_was_closed_stops_nobody() -> None:
    painter = Painter(Console(file=Gone(), force_terminal=True, width=40, height=10))
    painter.draw([Text("above")], [Text("picture")])
    painter.leave()
