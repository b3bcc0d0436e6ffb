"""Exceptions as records."""

import json
from typing import NoReturn

import pytest

from headwater.errors import ArtifactError, InvalidNext, StepTimeout, StorageError
from headwater.records.base import decode, encode
from headwater.records.task import Failure, FailureKind, Outcome, TaskRecord
from headwater.vault import hidden
from headwater.worker.failures import failure_of, wrapper_of


def raised(exc: BaseException) -> Failure:
    try:
        raise exc
    except BaseException as caught:  # noqa: BLE001  some are no Exception
        return failure_of(caught, 2.5)


class UnspeakableError(Exception):
    def __str__(self) -> str:
        raise RuntimeError("no words")


@pytest.mark.parametrize(
    ("exc", "kind", "message"),
    [
        (ValueError("bad"), FailureKind.EXCEPTION, "ValueError: bad"),
        (KeyError("k"), FailureKind.EXCEPTION, "KeyError: 'k'"),
        (InvalidNext("not there"), FailureKind.EXCEPTION, "not there"),
        (ArtifactError("artifact 'x'"), FailureKind.ARTIFACT, "artifact 'x'"),
        (StorageError("disk"), FailureKind.INTERNAL, "disk"),
        (StepTimeout("late"), FailureKind.TIMEOUT, "2.5 s"),
        (KeyboardInterrupt(), FailureKind.INTERRUPTED, "interrupted"),
        (MemoryError(), FailureKind.OUT_OF_MEMORY, "out of memory"),
        (MemoryError("8 GiB"), FailureKind.OUT_OF_MEMORY, "8 GiB"),
        (UnspeakableError(), FailureKind.EXCEPTION, "its text could not be made"),
        (GeneratorExit(), FailureKind.EXCEPTION, "GeneratorExit"),
    ],
)
def test_each_exception_has_a_kind_and_a_sentence(exc: BaseException, kind: FailureKind, message: str) -> None:
    failure = raised(exc)
    assert failure.kind is kind
    assert message in failure.message


@pytest.mark.parametrize(("given", "code"), [(None, 0), (0, 0), (3, 3), ("reason", 1), (True, 1)])
def test_an_exit_has_its_code_and_a_remedy(given: object, code: int) -> None:
    failure = raised(SystemExit(given))
    assert (failure.kind, failure.exit_code) == (FailureKind.EXIT, code)
    assert failure.remedy
    assert ("self.next" in failure.message) == (code == 0)


def test_the_text_of_an_exit_is_kept() -> None:
    assert "'reason'" in raised(SystemExit("reason")).message


def test_frames_tell_the_author_s_from_a_library_s() -> None:
    try:
        json.loads("[")
    except ValueError as exc:
        failure = failure_of(exc)
    first, *rest = failure.frames
    assert (first.author, first.function) == (True, "test_frames_tell_the_author_s_from_a_library_s")
    assert first.source == 'json.loads("[")'
    assert rest
    assert not any(each.author for each in rest)
    assert failure.type == "json.decoder.JSONDecodeError"


def deep(levels: int) -> NoReturn:
    if levels:
        deep(levels - 1)
    raise ValueError("at the bottom")


def test_deep_frames_and_long_texts_are_shortened_in_their_middle() -> None:
    try:
        deep(200)
    except ValueError as exc:
        failure = failure_of(exc)
    assert len(failure.frames) == 60
    assert failure.frames[-1].source == 'raise ValueError("at the bottom")'
    long = raised(ValueError("x" * 200_000))
    assert len(long.traceback) < 65_000
    assert "left out" in long.traceback


def test_the_cause_of_an_exception_is_in_its_traceback() -> None:
    effect = ValueError("second")
    effect.__cause__ = KeyError("first")
    assert "KeyError: 'first'" in raised(effect).traceback


def test_text_that_is_no_unicode_still_fits_a_document() -> None:
    failure = raised(ValueError("half \ud800 pair"))
    record = TaskRecord(
        flow="F",
        run_id="1",
        step="s",
        task_id="0",
        attempt=0,
        outcome=Outcome.FAILED,
        started_at=0.0,
        ended_at=0.0,
        failure=failure,
    )
    assert decode(TaskRecord, encode(record), "here") == record


def test_what_catch_leaves_shows_the_traceback() -> None:
    wrapper = wrapper_of(raised(ValueError("bad")))
    assert (wrapper.type, wrapper.exception) == ("ValueError", "bad")
    assert "raised(" not in repr(wrapper)
    assert str(wrapper).startswith("Traceback")


def half(numbers: list[int]) -> float:
    return numbers[0] / 2 + numbers[1]


def test_the_part_of_a_line_that_raised_is_told_in_letters_not_bytes() -> None:
    try:
        _ = "müßig" and half([1])
    except IndexError as exc:
        first, second = failure_of(exc).frames
    assert first.source[first.column : first.end_column] == "half([1])"
    assert second.source[second.column : second.end_column] == "numbers[1]"


def test_an_expression_over_several_lines_is_marked_to_the_end_of_the_first() -> None:
    try:
        _ = half(
            [1],
        )
    except IndexError as exc:
        frame = failure_of(exc).frames[0]
    assert frame.source[frame.column : frame.end_column] == "half("


def test_what_was_behind_an_exception_is_told_nearest_first() -> None:
    try:
        try:
            try:
                half([1])
            except IndexError:
                raise KeyError("late")  # noqa: B904  a context, not a cause
        except KeyError as exc:
            exc.add_note("of 8 columns")
            raise ValueError("no such table") from exc
    except ValueError as exc:
        causes = failure_of(exc).causes
    assert [(cause.relation, cause.message) for cause in causes] == [
        ("cause", "KeyError: 'late'"),
        ("context", "IndexError: list index out of range"),
    ]
    assert causes[0].notes == ("of 8 columns",)
    assert [frame.function for frame in causes[1].frames][-1] == "half"


def test_from_none_hides_what_was_behind() -> None:
    try:
        try:
            half([1])
        except IndexError:
            raise ValueError("too short") from None
    except ValueError as exc:
        causes = failure_of(exc).causes
    assert causes == ()


def test_the_parts_of_a_group_are_told() -> None:
    group = ExceptionGroup("two models", [ValueError("left"), KeyError("right")])
    assert [(cause.relation, cause.message) for cause in raised(group).causes] == [
        ("part", "ValueError: left"),
        ("part", "KeyError: 'right'"),
    ]


def test_causes_that_lead_in_a_circle_end() -> None:
    one, two = ValueError("one"), ValueError("two")
    one.__cause__, two.__cause__ = two, one
    assert [cause.message for cause in raised(one).causes] == ["ValueError: two"]


def test_notes_that_are_none_are_left_out() -> None:
    exc = ValueError("bad")
    vars(exc)["__notes__"] = "no list"  # anybody may put anything there
    assert raised(exc).notes == ()


def test_a_module_that_is_missing_has_a_remedy() -> None:
    assert "Install it for" in raised(ModuleNotFoundError("No module named 'panda'")).remedy


def test_no_piece_of_a_secret_is_left_where_a_long_text_is_cut() -> None:
    secret = "q9tokenq9value"
    with hidden.scope():
        hidden.hide([secret])
        exc = ValueError(secret * 60_000)
        exc.add_note(f"{secret} " * 2_000)
        exc.__cause__ = KeyError(f"{secret} " * 2_000)
        failure = raised(exc)
    assert "... left out ..." in failure.traceback
    told = (failure.traceback, failure.notes, failure.causes[0].message)
    assert "q9" not in repr(told)
