"""Which class a card's type means."""

from typing import Any

import pytest

from headwater.cards.base import Card
from headwater.cards.default import DefaultCard
from headwater.cards.kinds import check_cards, find_card
from headwater.errors import DecoratorError
from headwater.records.decorators import Card as CardDecorator


class OfTheTests(Card):
    type = "of_the_tests"

    def render(self, task: Any) -> str:
        return ""


def test_a_type_is_one_of_the_table_or_an_authors_class() -> None:
    assert find_card("default") is DefaultCard
    assert find_card("of_the_tests") is OfTheTests


def test_an_unknown_type_is_answered_with_those_there_are() -> None:
    with pytest.raises(DecoratorError, match=r"type 'nobody'\. Known: blank, default, error, .*of_the_tests"):
        find_card("nobody")


def test_a_type_that_was_mistyped_is_refused_before_the_run() -> None:
    with pytest.raises(DecoratorError, match="Step 'start': There is no card of the type 'defualt'"):
        check_cards("start", [CardDecorator(type="defualt")])


def test_a_type_of_a_package_that_is_not_installed_keeps_no_run_from_being() -> None:
    (said,) = check_cards("start", [CardDecorator(type="html"), CardDecorator()])
    assert said.startswith("Step 'start' gets a card that says so: There is no card of the type 'html'. Known: ")


def test_two_cards_of_one_id_are_refused() -> None:
    check_cards("start", [CardDecorator(), CardDecorator(), CardDecorator(id="a"), CardDecorator(id="b")])
    with pytest.raises(DecoratorError, match="Step 'start' has two cards with the id 'a'"):
        check_cards("start", [CardDecorator(id="a"), CardDecorator(id="a")])
