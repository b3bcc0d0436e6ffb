from datetime import datetime

import pytest

from headwater.cli.when import ago, parse_moment

NOW = datetime(2026, 11, 23, 18, 0, 0)


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2d", datetime(2026, 11, 21, 18)),
        ("36h", datetime(2026, 11, 22, 6)),
        ("30 min", datetime(2026, 11, 23, 17, 30)),
        ("30m", datetime(2026, 11, 23, 17, 30)),
        ("1.5 hours ago", datetime(2026, 11, 23, 16, 30)),
        ("2 weeks", datetime(2026, 11, 9, 18)),
        ("90s", datetime(2026, 11, 23, 17, 58, 30)),
        ("10 seconds ago", datetime(2026, 11, 23, 17, 59, 50)),
        ("now", NOW),
        ("today", datetime(2026, 11, 23)),
        ("Yesterday", datetime(2026, 11, 22)),
        ("2026-11-20", datetime(2026, 11, 20)),
        ("2026-11-20T14:03", datetime(2026, 11, 20, 14, 3)),
        ("2026-11-20 14:03:05", datetime(2026, 11, 20, 14, 3, 5)),
    ],
)
def test_a_moment_is_read_as_people_write_it(text: str, moment: datetime) -> None:
    assert parse_moment(text, NOW) == moment


@pytest.mark.parametrize("text", ["", "soon", "2x", "2 dogs", "2026-13-01", "-2d"])
def test_what_is_no_moment_is_none(text: str) -> None:
    assert parse_moment(text, NOW) is None


def test_a_zone_that_is_named_counts() -> None:
    found = parse_moment("2026-11-20T14:03+02:00", NOW)
    assert found is not None
    assert found.isoformat() == "2026-11-20T14:03:00+02:00"


def test_a_day_as_an_end_counts_whole() -> None:
    assert parse_moment("2026-11-20", NOW, end_of_day=True) == datetime(2026, 11, 21)
    assert parse_moment("yesterday", NOW, end_of_day=True) == datetime(2026, 11, 23)
    assert parse_moment("2026-11-20T14:03", NOW, end_of_day=True) == datetime(2026, 11, 20, 14, 3)


@pytest.mark.parametrize(
    ("at", "written"),
    [
        (datetime(2026, 11, 23, 17, 59, 30), "just now"),
        (datetime(2026, 11, 23, 17, 15), "45 min ago"),
        (datetime(2026, 11, 23, 9, 5), "today 09:05"),
        (datetime(2026, 11, 22, 23, 59), "yesterday 23:59"),
        (datetime(2026, 11, 19, 12, 0), "Thu 12:00"),
        (datetime(2026, 3, 1, 12, 0), "01 Mar 12:00"),
        (datetime(2025, 11, 23, 12, 0), "2025-11-23"),
        (datetime(2026, 11, 23, 18, 30), "today 18:30"),
        (datetime(2026, 11, 25, 18, 30), "25 Nov 18:30"),
    ],
)
def test_a_moment_is_written_as_seen_from_now(at: datetime, written: str) -> None:
    assert ago(at.timestamp(), NOW.timestamp()) == written
