from __future__ import annotations

from typing import TYPE_CHECKING

from headwater.cli.tally import Tally
from headwater.cli.timeline import step_rows

if TYPE_CHECKING:
    from unit.cli.conftest import Happenings


def tally_of(*events: object) -> Tally:
    tally = Tally()
    for event in events:
        tally.add(event)  # type: ignore[arg-type]  # all of them are events
    return tally


def test_a_row_shows_counts_and_a_bar_for_a_foreach(happen: Happenings) -> None:
    tally = tally_of(
        happen.added("train", 4), happen.started("train", "0"), happen.started("train", "1"), happen.ended("train", "0")
    )
    (row,) = step_rows(tally, 1012.0, 80, 20)
    assert row == ("running", "train", "━━━━━───────────────", "1/4, 1 running", "12 s")


def test_a_narrow_terminal_has_no_bars_and_short_names(happen: Happenings) -> None:
    name = "a_step_with_a_very_long_name"
    tally = tally_of(happen.added(name, 2), happen.started(name, "0"))
    (row,) = step_rows(tally, 1000.0, 30, 20)
    assert (row.name, row.bar) == ("a_step_wi…", "")


def test_a_low_terminal_folds_what_is_done(happen: Happenings) -> None:
    tally = Tally()
    for number in range(50):
        tally.add(happen.started(f"s{number}"))
        if number < 48:
            tally.add(happen.ended(f"s{number}"))
    rows = step_rows(tally, 1000.0, 80, 10)
    assert [row.name for row in rows] == ["48 more steps", "s48", "s49"]


def test_a_step_with_a_failed_task_is_marked(happen: Happenings) -> None:
    tally = tally_of(
        happen.added("train", 2),
        happen.started("train", "0"),
        happen.retried("train", "0"),
        happen.started("train", "0"),
        happen.failed("train", "0"),
    )
    (row,) = step_rows(tally, 1000.0, 80, 10)
    assert (row.mark, row.counts) == ("failed", "0/2, 1 failed, 1 retried")
