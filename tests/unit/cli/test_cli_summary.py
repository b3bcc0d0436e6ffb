from __future__ import annotations

from typing import TYPE_CHECKING

from headwater.cli.summary import closing_lines
from headwater.cli.tally import Tally
from headwater.records.run import RunEnd, RunOutcome
from headwater.records.task import Outcome, Usage
from headwater.scheduler.events import RunEnded, TaskEnded

if TYPE_CHECKING:
    from unit.cli.conftest import Happenings


def test_a_long_run_says_where_its_time_went_and_what_it_used(happen: Happenings) -> None:
    tally = Tally()
    tally.add(happen.run_started())
    tally.add(happen.started("start", at=1000.0))
    tally.add(happen.ended("start", at=1000.5))
    for number in range(3):
        tally.add(happen.started("train", str(number), at=1001.0))
    for number in range(3):
        usage = Usage(cpu_s=20.0, peak_memory=(number + 1) << 30)
        record = happen.record("train", str(number), started_at=1001.0, ended_at=1009.0 + number, usage=usage)
        tally.add(TaskEnded(record))
    assert closing_lines(happen.run_ended(), tally, "/root") == [
        "Demo/17 succeeded in 12 s: 4 tasks.",
        "  Slowest: train 10 s (3 tasks, longest 2 with 10 s)",
        "  Used:    1 min 0 s of CPU, at most 3.0 GiB of memory in a task (train/2)",
        "  Read on: headwater show Demo/17  (kept in /root)",
        '           headwater.Run("Demo/17").data  (in Python)',
    ]


def test_what_was_not_plain_success_is_counted(happen: Happenings) -> None:
    tally = Tally()
    tally.add(happen.run_started())
    tally.add(happen.started("train"))
    tally.add(happen.retried("train"))
    tally.add(happen.started("train"))
    tally.add(TaskEnded(happen.record("train", outcome=Outcome.CAUGHT)))
    assert closing_lines(happen.run_ended(), tally, "/root")[0] == (
        "Demo/17 succeeded in 12 s: 1 task, 1 caught, 1 retried."
    )


def test_why_a_run_ended_without_a_failed_task_is_said(happen: Happenings) -> None:
    end = RunEnd(outcome=RunOutcome.FAILED, ended_at=1001.0, message="The disk is full.\nMake room.")
    lines = closing_lines(RunEnded(happen.run, end, "python demo.py resume"), Tally(), "/root")
    assert lines == [
        "Demo/17 failed after 1.0 s: 0 tasks done.",
        "  The disk is full.",
        "  Make room.",
        "  Read on: headwater show Demo/17  (kept in /root)",
        "  Resume:  python demo.py resume",
    ]
