"""`current.card`: which card is meant, and what is done to it."""

import pytest

from headwater.cards.base import Card, Component
from headwater.cards.parts import CurrentCards, Parts, default_card
from headwater.records.decorators import Card as CardDecorator


class Editable(Card):
    ALLOW_USER_COMPONENTS = True


class Fixed(Card):
    pass


class Text(Component):
    def __init__(self, text: str = "") -> None:
        self.text = text

    def render(self) -> str:
        if not self.text:
            raise ValueError("nothing to say")
        return self.text


def parts(id: str | None = None, kind: type[Card] = Editable, customize: bool = False) -> Parts:
    return Parts(CardDecorator(id=id, customize=customize), kind, lambda parts, data, force: None)


@pytest.mark.parametrize(
    ("cards", "meant"),
    [
        ([parts()], 0),
        ([parts("a")], 0),
        ([parts("a", Fixed), parts("b")], 1),
        ([parts("a"), parts()], 1),
        ([parts(), parts("b", customize=True)], 1),
        ([parts("a"), parts("b", customize=True)], 1),
        ([parts("a"), parts("b")], None),
        ([parts(), parts()], None),
        ([parts("a", customize=True), parts("b", customize=True)], None),
        ([parts("a", Fixed)], None),
        ([], None),
    ],
)
def test_the_card_that_is_meant_where_none_is_named(cards: list[Parts], meant: int | None) -> None:
    assert default_card(cards) is (None if meant is None else cards[meant])


def test_components_keep_their_order_and_get_ids() -> None:
    one = parts()
    first, second, third = Text("1"), Text("2"), Text("3")
    one.append(first)
    one.append(second, id="second")
    one.extend([third, first])
    assert [str(fragment) for fragment in one.fragments()] == ["1", "2", "3", "1"]
    assert [fragment.id for fragment in one.fragments()] == list(one.components)
    assert len(set(one.components)) == 4
    assert (first.id, second.id, second.component_id) == ("component-1", "second", "second")


def test_a_second_component_of_an_id_stands_in_the_place_of_the_first() -> None:
    one = parts()
    one.extend([Text("1"), Text("2")])
    one.append(Text("new"), id="component-1")
    assert [str(fragment) for fragment in one.fragments()] == ["new", "2"]


def test_clear_takes_all_away() -> None:
    one = parts()
    one.append(Text("1"))
    one.clear()
    assert len(one) == 0
    assert list(one) == []


def test_a_component_that_cannot_be_rendered_says_why_in_its_place() -> None:
    one = parts()
    one.extend([Text("fine"), Text()])
    fine, broken = one.fragments()
    assert fine == "fine"
    assert "Text could not be rendered: ValueError: nothing to say" in broken
    assert broken.id == "component-2"


def test_what_has_no_render_is_no_component(capsys: pytest.CaptureFixture[str]) -> None:
    one = parts("mine")
    one.append(5)
    assert len(one) == 0
    assert "@card(id='mine'): int is no component" in capsys.readouterr().err


def test_a_component_that_is_not_there_is_named_with_those_that_are() -> None:
    one = parts()
    one.append(Text("1"), id="bar")
    assert "bar" in one.components
    with pytest.raises(KeyError, match="no component with the id 'baz'; it has 'bar'"):
        one.components["baz"]


def test_a_card_is_had_by_its_id_and_by_its_type() -> None:
    first, second = parts("a"), parts("b")
    all_cards = CurrentCards([first, second])
    assert all_cards["b"] is second
    assert all_cards.get(type="default") == [first, second]
    assert all_cards.get("blank") == []
    assert ("a" in all_cards, "z" in all_cards, len(all_cards)) == (True, False, 2)


def test_components_of_a_card_are_replaced_by_assigning() -> None:
    all_cards = CurrentCards([parts("a")])
    all_cards.append(Text("old"))
    all_cards["a"] = [Text("new")]
    assert [str(fragment) for fragment in all_cards["a"].fragments()] == ["new"]


def test_what_means_no_card_is_said_and_does_nothing(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = parts("a"), parts("b")
    all_cards = CurrentCards([first, second])
    all_cards.append(Text("1"))
    all_cards.extend([Text("1")])
    all_cards.refresh()
    all_cards["c"].append(Text("1"))
    assert (len(first), len(second)) == (0, 0)
    said = capsys.readouterr().err
    assert "current.card.append could mean 2 cards" in said
    assert "No card of this step has the id 'c'" in said
    assert "Those with an id are 'a', 'b'." in said
    monkeypatch.setenv("HEADWATER_CARD_NO_WARNING", "1")
    all_cards.append(Text("1"))
    assert capsys.readouterr().err == ""
