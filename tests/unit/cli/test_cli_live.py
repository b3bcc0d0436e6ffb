from __future__ import annotations

import io
from typing import TYPE_CHECKING

from rich.console import Console

from headwater.cli.live import LiveView
from headwater.cli.streams import Sink

if TYPE_CHECKING:
    from unit.cli.conftest import Happenings, Screen


class Terminal(io.TextIOWrapper):
    """A terminal as far as it can be asked."""

    def __init__(self) -> None:
        super().__init__(io.BytesIO(), encoding="utf-8")

    def isatty(self) -> bool:
        return True


def shown(console: Console) -> str:
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue()


def make_console() -> Console:
    return Console(file=io.StringIO(), force_terminal=True, width=80, height=24, no_color=True, legacy_windows=False)


def test_output_scrolls_above_without_markup_and_without_cursor_moves(happen: Happenings) -> None:
    console = make_console()
    view = LiveView(Sink(Terminal()), console, "/root")
    view(happen.run_started())
    view(happen.started("start"))
    view(happen.printed("start", "0", "[bold]x[/bold] \x1b[2Jy\n", "\r10%\r100%\n"))
    view(happen.ended("start"))
    view(happen.run_ended())
    view.close()
    text = shown(console)
    assert "[bold]x[/bold] y\n" in text
    assert "100%\n" in text
    assert "\x1b[2J" not in text
    assert "10%\r" not in text
    assert "✓ start" in text
    assert "Demo/17 succeeded in 12 s: 1 task." in text


def test_what_goes_to_a_pipe_goes_there_as_it_is(screen: Screen, happen: Happenings) -> None:
    console = make_console()
    view = LiveView(screen.stdout, console, "/root")
    view(happen.run_started())
    view(happen.started("start"))
    view(happen.printed("start", "0", "plain\n"))
    view(happen.ended("start"))
    view(happen.run_ended())
    view.close()
    assert screen.out == "plain\n"
    assert "plain" not in shown(console)


def test_a_failure_before_the_run_begins_is_shown_at_once(happen: Happenings) -> None:
    console = make_console()
    view = LiveView(Sink(Terminal()), console, "/root")
    view(happen.failed("start"))
    assert "start/0 failed: ValueError: no *stars* [red]here[/red]\n" in shown(console)
    view.close()
