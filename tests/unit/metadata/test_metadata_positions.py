"""Sort keys stand in position order."""

from hypothesis import given
from hypothesis import strategies as st

from headwater.metadata.positions import sort_bounds, sort_key
from headwater.names import Position, position_range
from headwater.records.task import TaskRange

numbers = st.integers(0, 10**7)


@given(st.lists(st.tuples(numbers, numbers, st.integers(0, 200)), min_size=2, max_size=30))
def test_keys_sort_like_positions_of_one_depth(places: list[tuple[int, int, int]]) -> None:
    positions = [Position(place[:2], place[2]) for place in places]
    by_key = sorted(positions, key=lambda position: sort_key(str(position)))
    assert by_key == sorted(positions)


@given(numbers, st.integers(1, 20), st.booleans())
def test_every_task_of_a_range_lies_within_its_bounds(start: int, count: int, nested: bool) -> None:
    first = f"7.{start}" if nested else str(start)
    low, high = sort_bounds(TaskRange(run_id="1", step="a", first=first, count=count))
    keys = [sort_key(task_id) for task_id in position_range(first, count)]
    assert (keys[0], keys[-1]) == (low, high)
    assert keys == sorted(keys)
