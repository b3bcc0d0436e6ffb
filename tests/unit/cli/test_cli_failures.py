from __future__ import annotations

from typing import TYPE_CHECKING

from hypothesis import given
from hypothesis import strategies as st

from headwater.artifacts.telling import cut_source, failure_lines
from headwater.cli.failures import Failures, failed_lines
from headwater.records.task import Cause, CodeFrame, Failure, FailureKind, Outcome, SeenInput

if TYPE_CHECKING:
    from pathlib import Path

    import pytest

    from unit.cli.conftest import Happenings


def make(**fields: object) -> Failure:
    return Failure(kind=FailureKind.EXCEPTION, message="ValueError: bad", type="ValueError", **fields)  # type: ignore[arg-type]  # fields of it


def test_failures_in_the_same_place_are_one_and_others_are_told(happen: Happenings) -> None:
    failures = Failures()
    here = make(frames=(CodeFrame(file="f.py", line=3, function="train"),))
    there = make(frames=(CodeFrame(file="f.py", line=4, function="train"),))
    assert failures.failed(happen.failed("train", "0", here).record)
    assert failures.failed(happen.failed("train", "1", here).record) == []
    assert failures.failed(happen.failed("train", "2", there).record)
    assert failures.failed(happen.failed("other", "0", here).record)
    assert failures.last_words() == ["1 more task failed like train/0: train/1."]


def test_failures_without_a_place_are_told_apart_by_their_message(happen: Happenings) -> None:
    failures = Failures()
    for signal in (9, 11, 9):
        failure = Failure(kind=FailureKind.SIGNAL, message=f"It was killed by {signal}.", signal=signal)
        failures.failed(happen.failed("train", str(signal), failure).record)
    assert failures.last_words() == ["1 more task failed like train/9: train/9."]


def test_of_many_kinds_of_failures_the_later_ones_have_one_line_each(happen: Happenings) -> None:
    failures = Failures()
    told = [
        failures.failed(
            happen.failed(
                "train", str(line), make(frames=(CodeFrame(file="f.py", line=line, function="train", source="x"),))
            ).record
        )
        for line in range(12)
    ]
    assert [len(lines) > 1 for lines in told] == [True] * 10 + [False] * 2
    assert told[-1] == ["train/11 failed: ValueError: bad"]


def test_files_are_shown_as_one_would_type_them_here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    frames = (
        CodeFrame(file=str(tmp_path / "models" / "fit.py"), line=3, function="fit"),
        CodeFrame(file="/elsewhere/f.py", line=4, function="f"),
    )
    assert list(failure_lines(make(frames=frames))) == ["  models/fit.py:3 in fit", "  /elsewhere/f.py:4 in f"]


def test_many_inputs_are_bounded_and_control_characters_are_spelled() -> None:
    inputs = tuple(
        SeenInput(name=f"x{number}", type="builtins.str", summary={"length": 6, "head": "a\x1b[2Jb"})
        for number in range(30)
    )
    lines = list(failure_lines(make(inputs=inputs)))
    assert lines[0].startswith("  Inputs:  x0 = ")
    assert lines[-1] == "           and 22 more"
    assert not any("\x1b" in line for line in lines)


def test_a_cause_that_the_message_says_already_is_left_out() -> None:
    cause = Cause(relation="cause", message="TypeError: cannot pickle 'lock' object")
    said = Failure(
        kind=FailureKind.ARTIFACT,
        message="Artifact 'x' cannot be stored: cannot pickle 'lock' object.",
        causes=(cause,),
    )
    assert list(failure_lines(said)) == []
    assert list(failure_lines(make(causes=(cause,)))) == ["  Because of TypeError: cannot pickle 'lock' object"]


def test_a_task_that_took_long_says_after_how_long_it_failed(happen: Happenings) -> None:
    record = happen.record("train", ended_at=1090.0, attempt=2, outcome=Outcome.FAILED, failure=make())
    assert failed_lines(record)[0] == "train/0 failed in attempt 2 after 1 min 30 s: ValueError: bad"


@given(
    source=st.text("abc ", min_size=1, max_size=80),
    begin=st.integers(0, 80),
    length=st.integers(0, 80),
    room=st.integers(20, 60),
)
def test_a_long_line_of_source_is_cut_around_what_raised(source: str, begin: int, length: int, room: int) -> None:
    begin = min(begin, len(source))
    end = min(begin + length, len(source))
    text, first, last = cut_source(source, begin, end, room)
    assert len(text) <= room
    if begin < end:
        assert 0 <= first < last
        assert text[first:last] == source[begin : begin + last - first]
        assert last - first == min(end - begin, last - first)


def test_marks_stay_below_what_they_mark_on_a_narrow_terminal() -> None:
    source = "if self.input == 40 and not os.path.exists('ok'): raise RuntimeError('no')"
    frame = CodeFrame(file="f.py", line=3, function="f", source=source, column=50, end_column=len(source))
    _, shown, marks = failure_lines(make(frames=(frame,)), width=50)
    assert shown.endswith("raise RuntimeError('no')")
    assert max(len(shown), len(marks)) < 50
    assert shown[marks.index("^") :] == "raise RuntimeError('no')"
