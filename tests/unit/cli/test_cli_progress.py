from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from headwater.cli.progress import PlainView
from headwater.records.log import Stream
from headwater.records.run import RunOutcome
from headwater.records.task import TaskRange

if TYPE_CHECKING:
    from unit.cli.conftest import Happenings, Screen


class Clock:
    def __init__(self) -> None:
        self.time = 1000.0

    def __call__(self) -> float:
        return self.time


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def view(screen: Screen, clock: Clock) -> PlainView:
    return PlainView(screen.stdout, screen.stderr, "/root", now=clock)


def words(text: str) -> list[str]:
    """Lines without the time of day before them."""
    return [line[10:] for line in text.splitlines()]


def test_a_short_step_has_one_line(view: PlainView, screen: Screen, happen: Happenings) -> None:
    view(happen.run_started())
    view(happen.started("start"))
    view(happen.added("start", 1))
    view(happen.ended("start"))
    view.tick()
    assert words(screen.err) == ["Demo/17 begins.", "start  done in 1.0 s"]


def test_a_wide_foreach_has_a_line_every_few_seconds_and_one_at_its_end(
    view: PlainView, screen: Screen, happen: Happenings, clock: Clock
) -> None:
    view(happen.added("train", 1000))
    for number in range(1000):
        view(happen.started("train", str(number), at=1000.0))
        if number == 500:
            clock.time += 6.0
            view.tick()
            view.tick()
        view(happen.ended("train", str(number), at=1010.0))
    assert words(screen.err) == ["train  500/1,000 done, 1 running, about 1 h 23 min left", "train  1,000 done in 10 s"]


def test_a_step_inside_a_foreach_is_done_when_no_more_of_it_can_come(
    view: PlainView, screen: Screen, happen: Happenings
) -> None:
    view(happen.run_started())
    view(happen.added("train", 2))
    view(happen.started("train", "0"))
    view(happen.started("train", "1"))
    view(happen.ended("train", "0"))
    view(happen.added("tune", 1))
    view(happen.started("tune", "0"))
    view(happen.ended("tune", "0"))
    assert words(screen.err) == ["Demo/17 begins."]
    view(happen.ended("train", "1"))
    assert words(screen.err)[1:] == ["tune  done in 1.0 s", "train  2 done in 1.0 s"]


def test_a_loop_is_not_said_to_be_done_at_every_turn(
    view: PlainView, screen: Screen, happen: Happenings, clock: Clock
) -> None:
    for turn in range(100):
        view(happen.added("start", turn + 1))
        view(happen.started("start", f"0~{turn}" if turn else "0"))
        view(happen.ended("start", f"0~{turn}" if turn else "0"))
    view(happen.run_ended())
    assert words(screen.err)[:2] == ["start  done in 1.0 s", "start  100 done in 1.0 s"]


def test_a_failure_is_shown_with_the_authors_lines_and_no_markup(
    view: PlainView, screen: Screen, happen: Happenings
) -> None:
    view(happen.started("train", "3"))
    view(happen.failed("train", "3"))
    assert words(screen.err) == [
        "train/3 failed: ValueError: no *stars* [red]here[/red]",
        "  of 3 columns",
        "  demo.py:12 in train",
        "      self.y = f(*self.args)",
        "               ^^^^^^^^^^^^^",
        "  Because of KeyError: 'y'",
        "    demo.py:7 in f",
        '        table["y"]',
        "  Inputs:  alpha = 0.1",
        "  Try another value.",
        "  Log:     headwater logs Demo/17/train/3",
    ]


def test_the_full_traceback_is_shown_on_request(screen: Screen, happen: Happenings) -> None:
    view = PlainView(screen.stdout, screen.stderr, "/root", full_traceback=True)
    view(happen.failed("train"))
    assert "  Traceback (most recent call last):\n" in screen.err
    assert "demo.py:12" not in screen.err


def test_a_retry_says_when_it_is_due(view: PlainView, screen: Screen, happen: Happenings) -> None:
    view(happen.started("train", "3"))
    view(happen.retried("train", "3"))
    assert words(screen.err) == [
        "train/3 failed in attempt 0, runs again: ValueError: no *stars* [red]here[/red]",
    ]
    view(happen.retried("train", "3", due_at=1120.0))
    assert ", runs again at " in screen.err


def test_the_end_names_what_failed_and_the_command_that_resumes(
    view: PlainView, screen: Screen, happen: Happenings
) -> None:
    failed = tuple(f"Demo/17/train/{number}" for number in range(7))
    view(happen.run_ended(RunOutcome.FAILED, failed, "python demo.py resume"))
    assert words(screen.err) == [
        "Demo/17 failed after 12 s: 0 tasks done, failed: train/0, train/1, train/2, train/3, train/4 and 2 more.",
        "  Read on: headwater show Demo/17  (kept in /root)",
        "  Resume:  python demo.py resume",
    ]


def test_a_resumed_run_counts_what_it_took_over_as_done(
    view: PlainView, screen: Screen, happen: Happenings, clock: Clock
) -> None:
    taken = (TaskRange(run_id="16", step="train", first="0", count=8),)
    view(happen.run_started(taken, origin="16"))
    view(happen.added("train", 10))
    view(happen.started("train", "8"))
    clock.time += 2
    view.tick()
    view(happen.ended("train", "8"))
    view(happen.run_ended())
    assert words(screen.err)[:2] == [
        "Demo/17 resumes Demo/16, taking over 8 tasks.",
        "train  8/10 done, 1 running",
    ]
    assert "1 task, 8 taken over." in screen.err


def test_quiet_shows_output_failures_and_how_it_ended_and_nothing_else(screen: Screen, happen: Happenings) -> None:
    view = PlainView(screen.stdout, screen.stderr, "/root", quiet=True)
    view(happen.run_started())
    view(happen.started("start"))
    view(happen.printed("start", "0", "hello\n"))
    view(happen.ended("start"))
    view(happen.run_ended())
    assert screen.out == "hello\n"
    assert words(screen.err) == ["Demo/17 succeeded in 12 s: 1 task."]
    view(happen.failed("end"))
    assert "end/0 failed" in screen.err


def test_of_many_failures_the_first_are_shown_and_the_rest_counted(
    view: PlainView, screen: Screen, happen: Happenings
) -> None:
    for number in range(1000):
        view(happen.started("train", str(number)))
        view(happen.retried("train", str(number)))
        view(happen.failed("train", str(number)))
    view(happen.run_ended(RunOutcome.FAILED))
    assert screen.err.count("train/0 failed: ") == 1
    assert "train/10 failed: " not in screen.err
    assert "999 more tasks failed like train/0: train/1, train/2, train/3, train/4, train/5 and 994 more." in screen.err
    assert screen.err.count("Further retries of train are counted and not shown.") == 1


def test_an_unfinished_line_on_stderr_ends_before_our_words_and_one_on_stdout_stays_as_it_is(
    view: PlainView, screen: Screen, happen: Happenings, clock: Clock
) -> None:
    view(happen.run_started())
    view(happen.started("start"))
    view(happen.printed("start", "0", "\r25%", "\r50%", stream=Stream.STDERR))
    view(happen.printed("start", "0", "so far: "))
    clock.time = 1100.0
    view.tick()
    view(happen.printed("start", "0", "\r75%\n", stream=Stream.STDERR))
    view(happen.printed("start", "0", "all\n"))
    first, bar, said, rest, _ = screen.err.split("\n")
    assert first.endswith("Demo/17 begins.")
    assert bar == "\r25%\r50%"
    assert said.endswith("start  running")
    assert rest == "\r75%"
    assert screen.out == "so far: all\n"
