from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from headwater.cli.estimate import remaining_s
from headwater.cli.tally import Tally
from headwater.cli.timeline import DONE, FAILED, QUEUED, RUNNING, Part, Row, footer, step_rows
from headwater.records.task import Usage
from headwater.scheduler.events import TaskEnded

if TYPE_CHECKING:
    from unit.cli.conftest import Happenings


def tally_of(*events: object) -> Tally:
    tally = Tally()
    for event in events:
        tally.add(event)  # type: ignore[arg-type]  # all of them are events
    return tally


def text(row: Row) -> str:
    return " ".join("".join([row.mark, row.name]).split())


def test_a_row_shows_counts_and_a_bar_for_a_foreach(happen: Happenings) -> None:
    tally = tally_of(
        happen.added("train", 4), happen.started("train", "0"), happen.started("train", "1"), happen.ended("train", "0")
    )
    (row,) = step_rows(tally, 1012.0, 95, 20)
    assert (row.mark, row.name, row.counts, row.elapsed) == ("running", "train", "1/4", "12 s")
    assert row.bar == (Part("━" * 7, DONE), Part("╍" * 7, RUNNING), Part("─" * 15, QUEUED))
    assert row.details == (Part("1 running", RUNNING), Part("2 queued", QUEUED))


def test_a_task_that_failed_is_seen_in_the_bar_however_many_there_are(happen: Happenings) -> None:
    tally = tally_of(happen.added("train", 100_000), happen.started("train", "0"), happen.failed("train", "0"))
    (row,) = step_rows(tally, 1012.0, 95, 20)
    assert row.bar[0] == Part("×", FAILED)
    assert sum(len(part.text) for part in row.bar) == 23


def test_a_narrow_terminal_has_no_bars_and_short_names(happen: Happenings) -> None:
    name = "a_step_with_a_very_long_name"
    tally = tally_of(happen.added(name, 2), happen.started(name, "0"))
    (row,) = step_rows(tally, 1000.0, 30, 20)
    assert (row.name, row.bar) == ("a_step_wi…", ())


def test_a_low_terminal_folds_what_is_done(happen: Happenings) -> None:
    tally = Tally()
    for number in range(50):
        tally.add(happen.started(f"s{number:02}"))
        if number < 48:
            tally.add(happen.ended(f"s{number:02}"))
    rows = step_rows(tally, 1000.0, 80, 10)
    assert [row.name for row in rows] == ["41 more steps", *(f"s{number}" for number in range(41, 50))]


@pytest.mark.parametrize("height", range(1, 12))
@pytest.mark.parametrize("begun", range(8))
def test_never_more_rows_than_there_is_room_for(happen: Happenings, height: int, begun: int) -> None:
    tally = tally_of(happen.run_started())
    for number in range(begun):
        tally.add(happen.started(f"s{number}"))
        if number % 2:
            tally.add(happen.ended(f"s{number}"))
    assert len(step_rows(tally, 1000.0, 80, height)) <= height


def test_steps_to_come_are_shown_until_the_run_is_over(happen: Happenings) -> None:
    tally = tally_of(happen.run_started(), happen.started("start"))
    assert [text(row) for row in step_rows(tally, 1000.0, 80, 20)] == [
        "runningstart",
        "to cometrain",
        "to cometune",
        "to comeend",
    ]
    assert [row.name for row in step_rows(tally, 1000.0, 80, 20, over=True)] == ["start"]
    assert [row.name.strip() for row in step_rows(tally, 1000.0, 80, 2)] == ["start", "3 more steps"]


def test_a_step_with_a_failed_task_is_marked(happen: Happenings) -> None:
    tally = tally_of(
        happen.added("train", 2),
        happen.started("train", "0"),
        happen.retried("train", "0"),
        happen.started("train", "0"),
        happen.failed("train", "0"),
    )
    (row,) = step_rows(tally, 1000.0, 80, 10)
    assert (row.mark, row.counts) == ("failed", "0/2")
    assert [part.text for part in row.details] == ["1 failed", "1 retried", "1 queued"]


def test_the_last_line_sums_up_tasks_cpu_and_memory(happen: Happenings) -> None:
    usage = Usage(cpu_s=90.0, peak_memory=3 << 20)
    tally = tally_of(happen.run_started(), happen.added("start", 1), happen.started("start"))
    tally.add(TaskEnded(happen.record("start", usage=usage)))
    assert [part.text for part in footer(tally, 1005.0)] == [
        "5.0 s",
        "1 of 1 tasks",
        "1 min 30 s of CPU",
        "at most 3.0 MiB in a task",
    ]


def test_what_is_left_is_told_from_the_tasks_seen_and_how_many_run_at_once(happen: Happenings) -> None:
    tally = tally_of(happen.added("train", 110))
    for number in range(12):
        tally.add(happen.started("train", str(number)))
    for number in range(10):
        assert remaining_s(tally.step("train"), tally) is None or number >= 8
        tally.add(happen.ended("train", str(number), at=1004.0))
    assert remaining_s(tally.step("train"), tally) == pytest.approx(4.0 * (98 + 1) / 2)


def test_nothing_is_told_of_a_step_that_grows_while_others_run(happen: Happenings) -> None:
    tally = tally_of(happen.added("tune", 5), happen.added("train", 9), happen.started("train", "0"))
    for number in range(30):
        tally.add(happen.added("tune", 100 + number))
        tally.add(happen.started("tune", str(number)))
        if number:
            tally.add(happen.ended("tune", str(number), at=1004.0))
    assert remaining_s(tally.step("tune"), tally) is None
    tally.add(happen.ended("train", "0"))
    assert remaining_s(tally.step("tune"), tally) is None  # others of `train` wait for their turn
    tally.add(happen.added("train", 1))
    assert remaining_s(tally.step("tune"), tally) is not None


def test_a_step_is_busy_only_while_a_task_of_it_runs(happen: Happenings) -> None:
    tally = tally_of(happen.started("loop", "0", at=1000.0), happen.ended("loop", "0", at=1001.0))
    tally.add(happen.started("loop", "0~1", at=1100.0))
    tally.add(happen.ended("loop", "0~1", at=1102.0))
    assert tally.step("loop").busy_s == pytest.approx(3.0)
    assert tally.step("loop").longest.task == ("loop", "0~1")


@pytest.mark.parametrize("width", range(30, 140, 7))
def test_details_are_shown_whole_or_not_at_all(happen: Happenings, width: int) -> None:
    tally = tally_of(happen.added("train", 400))
    for number in range(40):
        tally.add(happen.started("train", str(number)))
    for number in range(30):
        usage = Usage(cpu_s=1.0, peak_memory=30 << 20)
        tally.add(TaskEnded(happen.record("train", str(number), ended_at=1009.0, usage=usage)))
    tally.add(happen.failed("train", "31"))
    (row,) = step_rows(tally, 1010.0, width, 20)
    whole = [part.text for part in step_rows(tally, 1010.0, 200, 20)[0].details]
    shown = [part.text for part in row.details]
    assert whole == ["5 min 54 s left", "9 running", "1 failed", "360 queued"]
    assert shown == whole[: len(shown)]
    columns = [row.name, *(part for part in (row.counts, row.elapsed, row.memory) if part), *shown]
    bar = sum(len(part.text) for part in row.bar)
    assert 2 + sum(map(len, columns)) + 2 * (len(columns) - 1) + (2 + bar if bar else 0) < max(width, 40)
