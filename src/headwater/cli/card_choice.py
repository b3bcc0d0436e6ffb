"""Which cards a command about cards means."""

from typing import Any, NamedTuple

import click

from headwater.cli.reading import find, with_run
from headwater.client.card_finding import cards_below
from headwater.client.cards import TaskCard
from headwater.client.reader import Reader
from headwater.errors import NotFound
from headwater.names import Pathspec

#: How one card of several is meant.
CARD_OPTIONS: tuple[click.Parameter, ...] = (
    click.Option(["hash", "--hash"], metavar="HASH", help="The card whose hash begins so."),
    click.Option(["type", "--type"], metavar="TYPE", help="Cards of this type."),
    click.Option(["id", "--id"], metavar="NAME", help="The card of this id."),
    click.Option(
        ["follow_resumed", "--follow-resumed/--no-follow-resumed"],
        default=True,
        help="Of a task that was taken over, the cards that its origin made.",
    ),
)


class Choice(NamedTuple):
    """What was said of the card."""

    hash: str | None = None
    type: str | None = None
    id: str | None = None
    follow_resumed: bool = True


def find_cards(reader: Reader, place: Pathspec, choice: Choice) -> list[TaskCard]:
    """All cards below a run, step or task that meet the choice."""
    found = cards_below(reader, place, choice.id, choice.type, choice.follow_resumed)
    return [card for card in found if card.hash.startswith(choice.hash or "")]


def choose_card(reader: Reader, text: str, flow: str | None, choice: Choice) -> TaskCard:
    """The one card that is meant; NotFound for none, a usage error for several."""
    place = with_run(reader, find(reader, text, flow))
    cards = find_cards(reader, place, choice)
    if len({(card.pathspec, card.hash) for card in cards}) == 1:  # one page, made once or several times
        return cards[-1]
    if not cards:
        _refuse_step(reader, place)
        raise NotFound(f"{place} has no {_said(choice)}card. Put @card on the step, or see what there is: card list")
    known = "\n".join(f"  {card.pathspec}  --type {card.type}{_id(card)} --hash {card.hash[:8]}" for card in cards[:20])
    raise click.UsageError(
        f"{place} has {len(cards)} cards that this could mean. Say which by task, type, id or hash:\n{known}"
    )


def _refuse_step(reader: Reader, place: Pathspec) -> None:
    assert place.run is not None
    steps = [node.name for node in reader.run_record(place.flow, place.run).nodes]
    if place.step is not None and place.step not in steps:
        raise NotFound(
            f"{place._replace(step=None, task=None)} has no step {place.step!r}. Its steps are {', '.join(steps)}."
        )


def describe_card(card: TaskCard) -> dict[str, Any]:
    """A card in JSON."""
    names = ("pathspec", "type", "id", "hash", "path", "failed", "live", "from_resumed", "origin_pathspec")
    return {name: getattr(card, name) for name in names}


def _said(choice: Choice) -> str:
    return "such " if any((choice.hash, choice.type, choice.id)) else ""


def _id(card: TaskCard) -> str:
    return f" --id {card.id}" if card.id else ""
