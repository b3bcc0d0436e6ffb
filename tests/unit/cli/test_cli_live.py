from __future__ import annotations

import io
import re
from typing import TYPE_CHECKING

from rich.console import Console

from headwater.cli.live import LiveView
from headwater.cli.streams import Sink
from headwater.records.run import RunOutcome

if TYPE_CHECKING:
    from unit.cli.conftest import Happenings, Screen


_STYLE = re.compile(r"\x1b\[[0-9;]*m")


class Terminal(io.TextIOWrapper):
    """A terminal as far as it can be asked."""

    def __init__(self) -> None:
        super().__init__(io.BytesIO(), encoding="utf-8")

    def isatty(self) -> bool:
        return True


def shown(console: Console) -> str:
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue()


class Utf8(io.StringIO):
    """A terminal that shows every letter."""

    encoding = "utf-8"


class Ascii(io.StringIO):
    """One that does not."""

    encoding = "ascii"


def make_console(kind: type[io.StringIO] = Utf8) -> Console:
    return Console(file=kind(), force_terminal=True, width=80, height=24, no_color=True, legacy_windows=False)


def plain_text(console: Console) -> str:
    return _STYLE.sub("", shown(console))


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
    assert "✓ start" in plain_text(console)
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
    assert "start/0 failed: ValueError: no *stars* [red]here[/red]" in plain_text(console)
    view.close()


def test_a_terminal_without_unicode_gets_plain_signs(happen: Happenings) -> None:
    console = make_console(Ascii)
    view = LiveView(Sink(Terminal()), console, "/root")
    view(happen.run_started())
    view(happen.started("start"))
    view(happen.ended("start"))
    view(happen.run_ended())
    view.close()
    assert "+ start" in plain_text(console)
    assert shown(console).isascii()


def test_of_many_failures_alike_one_is_told_and_the_others_are_counted(happen: Happenings) -> None:
    console = make_console()
    view = LiveView(Sink(Terminal()), console, "/root")
    view(happen.run_started())
    view(happen.added("train", 18))
    for number in range(18):
        view(happen.started("train", str(number)))
        view(happen.failed("train", str(number)))
    view(happen.run_ended(RunOutcome.FAILED, ("Demo/17/train/0",)))
    view.close()
    text = plain_text(console)
    assert text.count("Try another value.") == 1
    assert "17 more tasks failed like train/0: train/1, train/2" in text


def test_the_last_line_of_output_that_goes_elsewhere_is_shown_at_the_bottom(screen: Screen, happen: Happenings) -> None:
    console = make_console()
    view = LiveView(screen.stdout, console, "/root")
    view(happen.run_started())
    view(happen.started("start"))
    view(happen.printed("start", "0", "epoch 1\n", "epoch 2\n"))
    assert any("epoch 2" in line.plain for line in view._picture(over=False))
    view(happen.run_ended())
    view.close()
