from __future__ import annotations

from typing import TYPE_CHECKING

from headwater.cli.output import TaskPrinter
from headwater.cli.tally import Tally
from headwater.records.log import Stream

if TYPE_CHECKING:
    from unit.cli.conftest import Happenings, Screen


def printer_of(screen: Screen, tally: Tally) -> TaskPrinter:
    return TaskPrinter(screen.stdout, screen.stderr, tally)


def test_a_lone_task_prints_exactly_what_it_printed(screen: Screen, happen: Happenings) -> None:
    tally = Tally()
    tally.add(happen.started("start"))
    printer = printer_of(screen, tally)
    printer.show(happen.printed("start", "0", "[bold]*x*[/bold]\n", "\r10%"))
    printer.show(happen.printed("start", "0", "\r100%\n", "rest"))
    printer.finish_task("start", "0")
    assert screen.out == "[bold]*x*[/bold]\n\r10%\r100%\nrest"


def test_tasks_that_overlap_have_their_names_before_each_line(screen: Screen, happen: Happenings) -> None:
    tally = Tally()
    tally.add(happen.started("a"))
    tally.add(happen.started("b"))
    printer = printer_of(screen, tally)
    printer.show(happen.printed("a", "0", "one\n"))
    printer.show(happen.printed("b", "0", "two\n"))
    tally.add(happen.ended("b"))
    printer.show(happen.printed("a", "0", "three\n"))
    assert screen.out == "[a/0] one\n[b/0] two\n[a/0] three\n"


def test_a_task_of_a_foreach_is_named_even_when_it_runs_last_and_alone(screen: Screen, happen: Happenings) -> None:
    tally = Tally()
    tally.add(happen.added("train", 3))
    tally.add(happen.started("train", "2"))
    printer_of(screen, tally).show(happen.printed("train", "2", "x\n"))
    assert screen.out == "[train/2] x\n"


def test_unfinished_lines_of_tasks_at_once_wait_for_their_end(screen: Screen, happen: Happenings) -> None:
    tally = Tally()
    tally.add(happen.added("train", 2))
    tally.add(happen.started("train", "0"))
    tally.add(happen.started("train", "1"))
    printer = printer_of(screen, tally)
    printer.show(happen.printed("train", "0", "a"))
    printer.show(happen.printed("train", "1", "\r1%", "\r2%"))
    printer.show(happen.printed("train", "0", "b\n"))
    printer.finish_task("train", "1")
    assert screen.out == "[train/0] ab\n[train/1] 2%\n"


def test_a_line_left_open_by_a_lone_task_is_closed_before_another_prints(screen: Screen, happen: Happenings) -> None:
    tally = Tally()
    tally.add(happen.started("start"))
    printer = printer_of(screen, tally)
    printer.show(happen.printed("start", "0", "no newline"))
    tally.add(happen.ended("start"))
    tally.add(happen.started("end"))
    printer.show(happen.printed("end", "0", "next\n"))
    assert screen.out == "no newline\nnext\n"


def test_streams_are_kept_apart_and_our_notes_go_to_stderr(screen: Screen, happen: Happenings) -> None:
    tally = Tally()
    tally.add(happen.started("start"))
    printer = printer_of(screen, tally)
    printer.show(happen.printed("start", "0", "warned\n", stream=Stream.STDERR))
    printer.show(happen.printed("start", "0", "the log was cut\n", stream=Stream.NOTE))
    printer.show(happen.printed("start", "0", "said\n"))
    assert (screen.out, screen.err) == ("said\n", "warned\n[start/0] the log was cut\n")
