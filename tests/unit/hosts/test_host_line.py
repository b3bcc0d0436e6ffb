"""Who follows on whom when attempts stand in line on a host."""

import os

from headwater.hosts.line import Line, Waiting
from headwater.hosts.protocol import Start


def waiting(key: int, line: int = 0) -> Waiting:
    return Waiting(Start(key, b"", line=line, waits=True), *os.pipe())


def key_of(one: Waiting | None) -> int | None:
    if one is not None:
        one.close()
    return one.request.key if one else None


def test_the_first_of_the_same_line_follows() -> None:
    line = Line()
    for key, number in ((1, 7), (2, 8), (3, 7)):
        line.add(waiting(key, number))
    assert [key_of(line.heir(number, ended_well=True)) for number in (8, 7, 8, 7, 7)] == [2, 1, None, 3, None]


def test_nothing_follows_on_a_failure_until_the_driver_has_spoken() -> None:
    line = Line()
    line.add(waiting(1))
    assert line.heir(0, ended_well=False) is None
    assert line.heir(0, ended_well=True) is None
    line.halted = False
    assert key_of(line.heir(0, ended_well=True)) == 1


def test_what_was_taken_out_does_not_follow() -> None:
    line = Line()
    line.add(waiting(1))
    assert key_of(line.take(1)) == 1
    assert line.take(1) is None
    assert line.heir(0, ended_well=True) is None


def test_a_fork_gives_up_the_descriptors_of_those_who_wait() -> None:
    line = Line()
    one = waiting(1)
    line.add(one)
    line.close()
    for fd in (one.out, one.err):
        assert not os.path.exists(f"/proc/self/fd/{fd}")
    assert line.take(1) is None
