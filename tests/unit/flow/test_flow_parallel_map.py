"""A function over many items in processes of their own; how long a piece of a step takes."""

import os
import signal
from collections.abc import Iterator

import pytest

from headwater import parallel_imap_unordered, parallel_map, profile
from headwater.errors import HeadwaterError, UsageError


def test_results_come_in_the_order_of_the_items() -> None:
    assert parallel_map(lambda x: x * x, range(20), max_parallel=4) == [x * x for x in range(20)]


def test_each_call_has_a_process_of_its_own() -> None:
    pids = parallel_map(lambda _: os.getpid(), range(6))
    assert len(set(pids)) == 6
    assert os.getpid() not in pids


def test_large_results_and_lambdas_travel() -> None:
    scale = 3
    assert [len(one) for one in parallel_map(lambda x: bytes(x * scale), [1 << 20, 2 << 20])] == [3 << 20, 6 << 20]


def test_items_are_taken_as_there_is_room() -> None:
    taken = []

    def items() -> Iterator[int]:
        for number in range(100):
            taken.append(number)
            yield number

    results = parallel_imap_unordered(lambda x: x, items(), max_parallel=2)
    assert next(results) in (0, 1)
    assert len(taken) <= 4
    results.close()  # type: ignore[attr-defined]  # it is a generator, and ends its processes when it is closed


def test_a_call_that_raises_raises_here_and_ends_the_others() -> None:
    def fail(number: int) -> int:
        if number == 1:
            raise ValueError("not this one")
        signal.pause()
        return number

    with pytest.raises(ValueError, match="not this one") as caught:
        parallel_map(fail, [0, 1, 2], max_parallel=3)
    assert "in fail" in "".join(caught.value.__notes__)


def test_a_process_that_dies_is_told_by_its_item() -> None:
    with pytest.raises(HeadwaterError, match="process of item 1 ended with signal 9"):
        parallel_map(lambda x: os.kill(os.getpid(), 9) if x else None, [0, 1])


def test_a_result_that_cannot_be_handed_over_says_so() -> None:
    with pytest.raises(HeadwaterError, match="the result cannot be handed over"):
        parallel_map(lambda _: lambda: 1, [0])


def test_no_room_for_any_process_is_a_usage_error() -> None:
    with pytest.raises(UsageError, match="max_parallel is 0"):
        parallel_map(len, [], max_parallel=0)


def test_nothing_is_left_where_results_were_handed_over(tmp_path: "os.PathLike[str]") -> None:
    parallel_map(lambda x: x, [1, 2], dir=str(tmp_path))
    assert os.listdir(tmp_path) == []


def test_profile_tells_or_adds_up_how_long_it_took(capsys: pytest.CaptureFixture[str]) -> None:
    took: dict[str, float] = {}
    for _ in range(2):
        with profile("piece", stats_dict=took):
            pass
    assert took["piece"] >= 0
    assert capsys.readouterr().out == ""
    with profile("told"):
        pass
    assert capsys.readouterr().out.startswith("PROFILE: told starting\nPROFILE: told completed in ")
