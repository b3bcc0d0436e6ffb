"""A card made of its parts: the class, what the step gave it, the task. What goes wrong becomes a card that says so."""

import traceback
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

from headwater.cards.base import Card, Fragment
from headwater.cards.limit import CardTimeout, time_limit
from headwater.cards.plain import to_json
from headwater.records.decorators import Card as CardDecorator

_MAX_DETAIL = 16_000  # characters of a traceback


class Surroundings(NamedTuple):
    """What every card of a task is made with."""

    task: Any  # of the client
    graph: Mapping[str, Any] | None = None  # as `current.graph`
    flow: Any = None


class Trouble(NamedTuple):
    """Why a card is not what it should be."""

    message: str  # one sentence
    detail: str = ""  # a traceback


class Made(NamedTuple):
    """What a card's code answered, or why it did not."""

    value: Any
    trouble: Trouble | None = None


class Page(NamedTuple):
    """A card that was made."""

    html: str
    fragments: Sequence[Fragment]


def make_card(kind: type[Card], card: CardDecorator, fragments: Sequence[Fragment], around: Surroundings) -> Card:
    """The author's class may raise here."""
    return kind(options=card.options, components=fragments, graph=around.graph, flow=around.flow)


def attempted(what: str, timeout_s: float, call: Callable[[], Any]) -> Made:
    """What the author's code of a card returns, within its time; `what` names it in a message."""
    try:
        with time_limit(timeout_s):
            return Made(call())
    except CardTimeout:
        return Made(None, Trouble(f"{what} was not done after {timeout_s:g} s. Make it faster, or raise its timeout."))
    except (Exception, SystemExit) as exc:  # noqa: BLE001  a report does not end a task
        return Made(None, _trouble(what, exc))


def rendered_page(
    kind: type[Card], card: CardDecorator, render_parts: Callable[[], Sequence[Fragment]], around: Surroundings
) -> Made:
    """The card as a `Page`; `render_parts` makes what the step put into it."""
    what = f"The card {card.type!r}"

    def render() -> Page:
        fragments = render_parts()
        return Page(make_card(kind, card, fragments, around).render(around.task), fragments)

    made = attempted(what, card.timeout, render)
    if made.trouble is None and not isinstance(made.value.html, str):
        given = type(made.value.html).__name__
        return Made(None, Trouble(f"{what} returned a value of type {given} from render(task). Return HTML as text."))
    return made


def error_page(kind: type[Card], card: CardDecorator, trouble: Trouble, around: Surroundings) -> str:
    """The page in the place of one that could not be made; `kind` is the class of error cards."""
    options = {"title": f"The card {card.type!r} could not be made", **trouble._asdict()}
    page: str = kind(options=options, components=(), graph=around.graph, flow=around.flow).render(around.task)
    return page


def live_data(fragments: Sequence[Fragment], user: Any, mode: str) -> dict[str, Any]:
    """What a card's `render_runtime` and `refresh` are given."""
    parts = {one.id: {"html": str(one), "data": one.data} for one in fragments}
    return {"mode": mode, "components": parts, "user": user}


def kept_data(fragments: Sequence[Fragment], user: Any) -> bytes | None:
    """What the components held at the end, as JSON; None where they held nothing but HTML."""
    parts = {one.id: {"data": one.data} for one in fragments if one.data is not None}
    return to_json({"components": parts, "user": user}) if parts or user is not None else None


def _trouble(what: str, exc: BaseException) -> Trouble:
    text = "".join(traceback.format_exception(exc))
    said = f"{what} raised {type(exc).__name__}: {exc}".rstrip(" .:")
    return Trouble(f"{said}.", text[-_MAX_DETAIL:])
