"""Which class a card's type means: one that the author derived from `Card`, or one of the table."""

from collections.abc import Iterable, Iterator

from headwater import plugins
from headwater.cards.base import Card
from headwater.errors import DecoratorError, PluginError
from headwater.records.decorators import AnyDecorator
from headwater.records.decorators import Card as CardDecorator
from headwater.wording import nearest


def find_card(kind: str) -> type[Card]:
    """The class of a type: the author's own, else that of the table or of an entry point; `DecoratorError`."""
    own = _authors().get(kind)
    if own is not None:
        return own
    try:
        found = plugins.load("card", kind)
    except PluginError as exc:
        if kind in plugins.TABLE["card"] or kind in _entry_points():
            raise
        raise DecoratorError(_unknown(kind)) from exc
    if not (isinstance(found, type) and hasattr(found, "render")):
        raise DecoratorError(f"The entry point of the card {kind!r} names {found!r}, which is no Card. Correct it.")
    return found


def check_cards(step: str, decorators: Iterable[AnyDecorator]) -> list[str]:
    """Refuse types that were mistyped, and two cards of one id; no card's module is imported for it.

    A type that nothing here is like may be that of a package that is not installed: a report does not keep a run from
    being, so that is only said.
    """
    seen: set[str] = set()
    said: list[str] = []
    for one in decorators:
        if not isinstance(one, CardDecorator):
            continue
        if not _is_known(one.type):
            if nearest(one.type, _known()):
                raise DecoratorError(f"Step {step!r}: {_unknown(one.type)}")
            said.append(f"Step {step!r} gets a card that says so: {_unknown(one.type)}")
        if one.id is not None and one.id in seen:
            raise DecoratorError(f"Step {step!r} has two cards with the id {one.id!r}. Give each an id of its own.")
        seen.update({one.id} if one.id else ())
    return said


def _is_known(kind: str) -> bool:
    return kind in plugins.TABLE["card"] or kind in _authors() or kind in _entry_points()


def _unknown(kind: str) -> str:
    return (
        f"There is no card of the type {kind!r}. Known: {', '.join(_known())}. A type of your own is a subclass of "
        f"headwater.cards.Card with type = {kind!r}, in the flow's file or in a module that it imports."
    )


def _known() -> list[str]:
    return sorted({*plugins.TABLE["card"], *_authors(), *_entry_points()})


def _authors() -> dict[str, type[Card]]:
    """The classes that this process has of others than ourselves, by type; of two the later one."""
    return {one.type: one for one in _derived(Card) if one.type and not one.__module__.startswith("headwater.")}


def _derived(kind: type[Card]) -> Iterator[type[Card]]:
    for one in kind.__subclasses__():
        yield one
        yield from _derived(one)


def _entry_points() -> set[str]:
    # Its import takes milliseconds, and most cards are of the table.
    from importlib.metadata import entry_points

    return {entry.name for entry in entry_points(group="headwater.card")}
