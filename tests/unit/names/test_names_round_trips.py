"""What names.py prints it reads back, and what it reads it prints the same."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from headwater.errors import InvalidName
from headwater.names import Pathspec, Position, position_range, validate_run_id, validate_step, validate_task_id

indices = st.lists(st.integers(min_value=0, max_value=10**9), max_size=4).map(tuple)
positions = st.builds(Position, indices, st.integers(min_value=0, max_value=10**6))
identifiers = st.from_regex(r"[A-Za-z_][A-Za-z0-9_]{0,20}", fullmatch=True)
run_ids = st.from_regex(r"[A-Za-z0-9][A-Za-z0-9_-]{0,20}", fullmatch=True)
steps = st.from_regex(r"[a-z0-9][a-z0-9_]{0,20}", fullmatch=True)


@given(positions)
def test_a_position_is_read_back_at_its_depth(position: Position) -> None:
    assert Position.parse(str(position), depth=position.depth) == position


@given(positions)
def test_a_position_without_its_depth_prints_the_same(position: Position) -> None:
    assert str(Position.parse(str(position))) == str(position)


@given(positions, st.integers(min_value=0, max_value=10**6))
def test_the_parent_of_a_child_is_the_place_itself(position: Position, index: int) -> None:
    assert position.child(index).parent() == position.base()
    assert position.child(index).depth == position.depth + 1


@given(positions, st.integers(min_value=1, max_value=50))
def test_a_turn_does_not_move_a_place(position: Position, turn: int) -> None:
    assert position.at_turn(turn).base() == position.base()
    assert position.at_turn(turn).iteration == turn


@given(indices, st.integers(min_value=0, max_value=1000), st.integers(min_value=1, max_value=100))
def test_a_range_is_its_first_task_and_the_next_ones(outer: tuple[int, ...], first: int, count: int) -> None:
    expected = [str(Position((*outer, index))) for index in range(first, first + count)]
    assert list(position_range(expected[0], count)) == expected


def test_a_range_of_one_may_be_a_turn() -> None:
    assert list(position_range("17~2", 1)) == ["17~2"]
    with pytest.raises(InvalidName, match="17~2"):
        list(position_range("17~2", 2))


@given(identifiers, run_ids, steps, positions, identifiers, st.integers(min_value=1, max_value=5))
def test_a_pathspec_is_read_back(flow: str, run: str, step: str, task: Position, artifact: str, parts: int) -> None:
    text = "/".join((flow, run, step, str(task), artifact)[:parts])
    pathspec = Pathspec.parse(text)
    assert str(pathspec) == text
    assert len(pathspec.parts) == parts


@pytest.mark.parametrize("text", ["", ".", "-1", "01", "1.", ".1", "1..2", "1~0", "1~", "~1", "1~2~3", "1 ", "١", "a"])
def test_what_is_no_position_is_refused_by_name(text: str) -> None:
    with pytest.raises(InvalidName) as raised:
        validate_task_id(text)
    assert repr(text) in str(raised.value)


def test_a_run_id_alone_is_told_what_stands_before_it() -> None:
    with pytest.raises(InvalidName, match="as in MyFlow/1795460028127906"):
        Pathspec.parse("1795460028127906")


def test_the_depth_of_the_step_decides_what_zero_means() -> None:
    assert Position.parse("0", depth=0) == Position(())
    assert Position.parse("0", depth=1) == Position((0,))
    with pytest.raises(InvalidName):
        Position.parse("1", depth=0)
    with pytest.raises(InvalidName):
        Position.parse("1.2", depth=1)


@given(st.text(max_size=12))
def test_a_name_that_passes_is_safe_as_part_of_a_key(text: str) -> None:
    for validate in (validate_run_id, validate_step, validate_task_id):
        try:
            accepted = validate(text)
        except InvalidName:
            continue
        assert accepted == text
        assert "/" not in accepted
        assert accepted not in {"", ".", ".."}
        assert not accepted.startswith("-")


@pytest.mark.parametrize("text", ["a/b", "..", "a..b", ".a", "a.", "a b", "a\n", "", "x" * 201])
def test_run_ids_that_could_leave_their_folder_are_refused(text: str) -> None:
    with pytest.raises(InvalidName):
        validate_run_id(text)
