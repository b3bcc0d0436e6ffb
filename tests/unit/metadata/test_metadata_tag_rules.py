"""Which tags a run can have, told from values alone."""

from typing import Any

import pytest

from headwater.errors import TagError
from headwater.metadata.tag_rules import MAX_LENGTH, MAX_TAGS, SYSTEM_PREFIXES, change_tags, first_tags, listed

SYSTEM = ("runtime:dev", "user:ann")


def test_tags_are_added_and_removed_as_sets() -> None:
    assert change_tags(("b", "a"), SYSTEM, add=["c", "a", "c"], remove=["b", "nowhere"]) == ("a", "c")


def test_removals_come_before_additions() -> None:
    assert change_tags(("a",), SYSTEM, add=["a"], remove=["a"]) == ("a",)


def test_b69_adding_a_tag_of_the_system_does_nothing_and_removing_one_refuses_the_whole_change() -> None:
    assert change_tags((), SYSTEM, add=["user:ann", "blue"]) == ("blue",)
    with pytest.raises(TagError, match="cannot be removed: 'runtime:dev'"):
        change_tags(("blue",), SYSTEM, remove=["blue", "runtime:dev"])
    with pytest.raises(TagError, match="Nothing was changed"):
        change_tags(("blue",), SYSTEM, add=["green"], remove=["user:ann"])


@pytest.mark.parametrize("prefix", SYSTEM_PREFIXES)
def test_no_tag_of_a_user_begins_like_one_of_the_system(prefix: str) -> None:
    with pytest.raises(TagError, match="Choose another"):
        first_tags([f"{prefix}anything"], SYSTEM)


def test_a_tag_that_only_looks_like_one_of_the_system_is_fine() -> None:
    assert first_tags(["user", "users:bob", "model:user:bob"], SYSTEM) == ("model:user:bob", "user", "users:bob")


@pytest.mark.parametrize("tag", ["", " ", "\t", "a\nb", "a\0b", "\ud800", "a\u2028b", "x" * (MAX_LENGTH + 1)])
def test_a_tags_are_lines_of_text_of_at_most_500_characters(tag: str) -> None:
    with pytest.raises(TagError):
        first_tags([tag], SYSTEM)
    assert first_tags(["é" * MAX_LENGTH, "two words", "日本"], SYSTEM)


@pytest.mark.parametrize("tags", [7, None, ["a", 7], {"a": 1, 2: 3}, b"bytes"])
def test_what_is_no_text_is_no_tag(tags: Any) -> None:
    with pytest.raises(TagError, match="A tag is text"):
        listed(tags)


def test_one_tag_or_several_are_a_list() -> None:
    assert (listed("ab"), sorted(listed({"a", "b"})), listed(iter("a")), listed(())) == (["ab"], ["a", "b"], ["a"], [])


def test_a_run_has_at_most_50_tags_of_users() -> None:
    most = [f"tag-{number}" for number in range(MAX_TAGS)]
    assert len(first_tags([*most, *SYSTEM, most[0]], SYSTEM)) == MAX_TAGS
    with pytest.raises(TagError, match="51 tags, and 50 is the most"):
        change_tags(most, SYSTEM, add=["one more"])
    assert "one more" in change_tags(most, SYSTEM, add=["one more"], remove=[most[0]])


def test_a_run_that_has_too_many_tags_can_lose_some() -> None:
    many = [f"tag-{number}" for number in range(MAX_TAGS + 10)]
    assert len(change_tags(many, SYSTEM, remove=many[:5])) == MAX_TAGS + 5
