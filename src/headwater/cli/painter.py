"""Lines that are drawn anew in place at the bottom of a terminal, below lines that stay.

    lines that stay      scroll up as on any terminal
    the picture          is overwritten by the next frame, each in one write: nothing flickers

After a frame the cursor stands below the picture, in sight: whoever kills the run has it back. When the terminal has
become narrower since, the lines take more rows than they had; their lengths are kept, so that the next frame begins
where they do.
"""

from collections.abc import Sequence
from contextlib import suppress

from rich.console import Console
from rich.text import Text

_BEGIN, _END = "\x1b[?2026h", "\x1b[?2026l"  # terminals that know it show all between at once
_PLAIN = str.maketrans({"▶": ">", "✓": "+", "✗": "x", "·": "-", "━": "#", "╍": "=", "─": ".", "×": "x", "…": "..."})


class Painter:
    """Writes to one console; not for two threads at once."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._ascii = not console.encoding.lower().startswith("utf")
        self._lengths: list[int] = []  # of the lines of the picture, in cells

    def draw(self, above: Sequence[Text], picture: Sequence[Text]) -> None:
        """Add lines that stay, and put a picture in the place of the last one."""
        width = max(self._console.width, 1)
        for line in picture:
            line.truncate(width - 1, overflow="ellipsis")
        pieces = [_BEGIN, self._way_up(width)]
        if above:  # erased beforehand: what is erased behind a line that fills its row takes the last letter along
            pieces += ["\x1b[J", self._rendered(Text("\n").join(above)), "\n"]
        pieces += [f"{self._rendered(line)}\x1b[K\n" for line in picture]
        self._lengths = [line.cell_len for line in picture]
        self._write("".join([*pieces, "\x1b[J", _END]))

    def leave(self) -> None:
        """What was drawn last stays."""
        self._lengths = []

    def say(self, lines: Sequence[Text]) -> None:
        """Lines while there is no picture."""
        self._write(self._rendered(Text("\n").join(lines)) + "\n")

    def _way_up(self, width: int) -> str:
        rows = sum(max(1, -(-length // width)) for length in self._lengths)
        return f"\r\x1b[{rows}A" if rows else "\r"

    def _rendered(self, line: Text) -> str:
        with self._console.capture() as captured:
            self._console.print(line, soft_wrap=True, highlight=False, markup=False, end="")
        text = captured.get()
        return text.translate(_PLAIN) if self._ascii else text

    def _write(self, text: str) -> None:
        """A terminal that was closed takes nothing any more; the run goes on."""
        with suppress(OSError, ValueError):
            self._console.file.write(text)
            self._console.file.flush()
