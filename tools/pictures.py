"""Pictures of the terminal for the docs, from real runs of the examples: `python tools/pictures.py [NAME ...]`.

Each command runs in a terminal of its own. What it wrote is played into a screen; a moment of that becomes an SVG in
docs/pictures/. Only the folder is called otherwise than it was.
"""

import fcntl
import io
import os
import pty
import re
import struct
import subprocess
import sys
import tempfile
import termios
import time
from pathlib import Path
from typing import NamedTuple

from rich.console import Console
from rich.terminal_theme import TerminalTheme
from rich.text import Text

ROOT = Path(__file__).resolve().parents[1]
PICTURES = ROOT / "docs" / "pictures"
PAGES = ("when-something-goes-wrong", "follow-a-run")  # whose files are among the examples
SHOWN_FOLDER = "/home/ada/flights"


class Picture(NamedTuple):
    """One picture: what runs before it, the command in it, and when it is taken."""

    name: str
    command: str
    before: tuple[str, ...] = ()
    columns: int = 100
    rows: int = 30
    until: str = ""  # taken when the screen first shows this pattern; "" when the command has ended


ALL = (
    Picture("live", "python flight_delays.py run", until=r"fit .* 3\d/\d\d"),
    Picture("wide", "python models.py run --models 400", until=r"fit .* 2\d\d/400"),
    Picture("summary", "python flight_delays.py run", rows=40),
    Picture("error", "python scores.py run"),
    Picture("problems", "python shape.py check"),
    Picture("show", "headwater show SweepFlow", before=("python sweep.py --quiet run",)),
    Picture(
        "runs",
        "headwater runs",
        before=(
            "python hello.py --quiet run --tag first",
            "python sweep.py --quiet run",
            "python sweep.py --quiet run --points 500 --tag more-points",
            "python scores.py --quiet run",
            "python retry_and_catch.py --quiet run",
        ),
    ),
)

_THEME = TerminalTheme(
    (24, 26, 33),
    (216, 219, 226),
    [
        (60, 64, 76),
        (240, 113, 120),
        (126, 200, 120),
        (224, 186, 96),
        (110, 160, 240),
        (190, 140, 230),
        (86, 190, 200),
        (216, 219, 226),
    ],
    [
        (128, 134, 150),
        (255, 140, 145),
        (150, 220, 140),
        (240, 205, 120),
        (140, 185, 255),
        (210, 165, 245),
        (110, 215, 225),
        (255, 255, 255),
    ],
)

#: As rich draws it, with the reader's own fonts: nothing is loaded from elsewhere.
_SVG = """\
<svg class="rich-terminal" viewBox="0 0 {width} {height}" xmlns="http://www.w3.org/2000/svg">
<style>
.{unique_id}-matrix {{ font-family: ui-monospace, "DejaVu Sans Mono", Menlo, Consolas, monospace;
  font-size: {char_height}px; line-height: {line_height}px; font-variant-east-asian: full-width; }}
.{unique_id}-title {{ font-size: 16px; font-family: ui-monospace, "DejaVu Sans Mono", Menlo, Consolas, monospace; }}
{styles}
</style>
<defs>
<clipPath id="{unique_id}-clip-terminal">
<rect x="0" y="0" width="{terminal_width}" height="{terminal_height}" />
</clipPath>
{lines}
</defs>
{chrome}
<g transform="translate({terminal_x}, {terminal_y})" clip-path="url(#{unique_id}-clip-terminal)">
{backgrounds}
<g class="{unique_id}-matrix">
{matrix}
</g>
</g>
</svg>
"""


class Screen:
    """The rows that a terminal shows, as far as a command moves its cursor: up, and to where it erases."""

    def __init__(self, columns: int) -> None:
        self._columns = columns
        self._row = 0
        self._rest = ""
        self.rows: list[str] = [""]

    def feed(self, text: str) -> None:
        text = self._rest + text
        cut = text.rfind("\x1b") if re.search(r"\x1b(\[[?0-9;]*)?$", text) else len(text)
        self._rest, text = text[cut:], text[:cut]
        for piece in re.findall(r"\x1b\[[?0-9;]*[A-Za-z]|\r|\n|[^\x1b\r\n]+", text):
            self._take(piece)

    def _take(self, piece: str) -> None:
        if piece == "\n":
            self._row += 1
            if self._row == len(self.rows):
                self.rows.append("")
        elif piece == "\r":
            self._begun = False
        elif piece.endswith("A") and piece.startswith("\x1b"):
            self._row -= int(piece[2:-1])
            self._begun = False
        elif piece == "\x1b[J":
            del self.rows[self._row + (1 if self._begun else 0) :]
            self.rows += [""] * (self._row + 1 - len(self.rows))
        elif piece.startswith("\x1b") and not piece.endswith("m"):
            return  # erases behind what was written, or hides the cursor
        else:
            self.rows[self._row] = (self.rows[self._row] if self._begun else "") + piece
            self._begun = True

    _begun = False  # something was written into the row since the cursor came to its beginning


def play(picture: Picture, folder: Path, environ: dict[str, str]) -> list[str]:
    """Run the command; the rows of its screen at the moment of the picture."""
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", picture.rows, picture.columns, 0, 0))
    arguments = picture.command.split()
    screen, taken = Screen(picture.columns), None
    with subprocess.Popen(arguments, cwd=folder, env=environ, stdout=theirs, stderr=theirs, stdin=theirs):
        os.close(theirs)
        while True:
            try:
                data = os.read(ours, 1 << 16)
            except OSError:  # how Linux says that nobody has the other end any more
                break
            if not data:
                break
            screen.feed(data.decode("utf-8", "replace"))
            if picture.until and taken is None and any(re.search(picture.until, plain(row)) for row in screen.rows):
                taken = list(screen.rows)
    os.close(ours)
    if picture.until and taken is None:
        raise SystemExit(f"{picture.name}: the screen never showed {picture.until!r}\n" + "\n".join(screen.rows))
    return taken or screen.rows


def plain(row: str) -> str:
    return Text.from_ansi(row).plain


def draw(picture: Picture, rows: list[str]) -> str:
    while rows and not plain(rows[-1]).strip():
        rows.pop()
    rows = rows[-picture.rows :]
    console = Console(
        record=True, width=picture.columns, file=io.StringIO(), force_terminal=True, color_system="truecolor"
    )
    prompt = Text("$ ", style="bright_black").append(picture.command, style="bold default")
    console.print(prompt, highlight=False)
    for row in rows:
        console.print(Text.from_ansi(row), highlight=False, overflow="fold")
    return console.export_svg(title="flights", theme=_THEME, code_format=_SVG, unique_id=f"hw-{picture.name}")


def make_folder() -> tuple[Path, dict[str, str]]:
    """A folder with the examples and the mistakes of the docs in it, and an environment to work there."""
    folder = Path(tempfile.mkdtemp(prefix="pictures-")) / "flights"
    folder.mkdir()
    for file in (ROOT / "examples").glob("*.py"):
        (folder / file.name).write_text(file.read_text())
    pages = [(ROOT / "docs" / "howto" / f"{name}.md").read_text() for name in PAGES]
    blocks = re.findall(r'```python title="([\w.]+)"\n(.*?)```', "\n".join(pages), re.DOTALL)
    for name, text in reversed(blocks):  # of a name that comes several times, the first
        (folder / name).write_text(text)
    environ = {name: value for name, value in os.environ.items() if not name.startswith("HEADWATER_")}
    environ |= {
        "PATH": f"{Path(sys.executable).parent}:{environ['PATH']}",
        "TERM": "xterm-256color",
        "COLORTERM": "truecolor",
        "HEADWATER_USER": "ada",
        "PYTHONDONTWRITEBYTECODE": "1",
    }
    environ.pop("NO_COLOR", None)
    return folder, environ


def main(names: list[str]) -> None:
    PICTURES.mkdir(exist_ok=True)
    for picture in ALL:
        if names and picture.name not in names:
            continue
        began = time.monotonic()
        folder, environ = make_folder()
        for command in picture.before:
            subprocess.run(command.split(), cwd=folder, env=environ, check=False, capture_output=True)
        rows = [row.replace(str(folder), SHOWN_FOLDER) for row in play(picture, folder, environ)]
        (PICTURES / f"{picture.name}.svg").write_text(draw(picture, rows))
        sys.stderr.write(f"{picture.name}.svg in {time.monotonic() - began:.0f} s\n")


if __name__ == "__main__":
    main(sys.argv[1:])
