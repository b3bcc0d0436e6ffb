"""Lines on stdout: through a pager where they do not fit the terminal, else as they are."""

import os
import shutil
import sys
from collections.abc import Sequence

import click

from headwater.cli.streams import Sink


def terminal_width() -> int | None:
    """Columns of the terminal that stdout is; None where it is none."""
    return shutil.get_terminal_size().columns if sys.stdout is not None and sys.stdout.isatty() else None


def show_lines(lines: Sequence[str]) -> None:
    text = "".join(f"{line}\n" for line in lines)
    out = Sink(sys.stdout)
    if out.is_terminal and len(lines) >= shutil.get_terminal_size().lines and os.environ.get("TERM") != "dumb":
        # As git does: colours stay, and long lines are cut rather than wrapped.
        os.environ.setdefault("LESS", "FRSX")
        click.echo_via_pager(text)
        return
    out.write(text.encode("utf-8", "backslashreplace"))
