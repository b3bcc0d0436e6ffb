"""`card create`: a card of a task that has ended, rendered now."""

import json
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click

from headwater.cards.base import Fragment
from headwater.cards.kinds import find_card
from headwater.cards.making import (
    Made,
    Surroundings,
    attempted,
    error_page,
    kept_data,
    live_data,
    make_card,
    rendered_page,
)
from headwater.cli.card_choice import describe_card
from headwater.cli.commands import Shared, command_with
from headwater.cli.errors import say
from headwater.cli.json import to_line
from headwater.cli.reading import find, find_attempts, reader_of, with_run
from headwater.cli.streams import Sink
from headwater.client.cards import add_card
from headwater.client.objects import Task
from headwater.client.reader import Reader
from headwater.errors import CardError
from headwater.flow.current import describe_graph
from headwater.flow.decorators import make_decorator
from headwater.names import Pathspec
from headwater.records.card import AddedCard
from headwater.records.decorators import Card as CardDecorator

_MODES = ("render", "render_runtime", "refresh")


def create_command(flow: str | None) -> click.Command:
    def create(shared: Shared, pathspec: str, mode: str, component_file: str | None, **said: Any) -> None:
        reader = reader_of(shared)
        task = _task(reader, with_run(reader, find(reader, pathspec, flow)))
        keep_error = said.pop("render_error_card")
        card = make_decorator("card", {name: value for name, value in said.items() if value is not None})
        assert isinstance(card, CardDecorator)
        fragments = _fragments(component_file) if component_file else []
        around = Surroundings(task, describe_graph({node.name: node for node in task._run_record().nodes}))
        if mode == "refresh":
            Sink(sys.stdout).write(to_line(_value(_refreshed(card, fragments, around))))
            return
        kept = add_card(task, _new_card(card, fragments, around, mode, keep_error))
        if shared.json:
            Sink(sys.stdout).write(to_line(describe_card(kept)))
        elif not shared.quiet:
            look = f"Look at it: headwater card view {kept.pathspec} --hash {kept.hash[:8]}"
            say(f"{kept.pathspec} has one card more, of the type {kept.type!r}. {look}")

    metavar = "RUN/STEP/TASK" if flow else "FLOW/RUN/STEP/TASK"
    return command_with(
        "create",
        create,
        [
            click.Argument(["pathspec"], metavar=metavar),
            click.Option(["type", "--type"], default="default", show_default=True, metavar="TYPE"),
            click.Option(["id", "--id"], metavar="NAME", help="The card's id."),
            click.Option(["options", "--options"], type=_Json(), metavar="JSON", help="Options of the card's class."),
            click.Option(["timeout", "--timeout"], type=float, metavar="SECONDS", help="Longer it may not take."),
            click.Option(
                ["component_file", "--component-file"],
                metavar="FILE",
                help="Components: a JSON list of HTML texts, or of objects with html, id and data.",
            ),
            click.Option(
                ["render_error_card", "--render-error-card"],
                is_flag=True,
                help="Where the card cannot be rendered, keep one that says why.",
            ),
            click.Option(
                ["mode", "--mode"],
                type=click.Choice(_MODES),
                default="render",
                show_default=True,
                help="Which method of the card's class is called; refresh only prints its data.",
            ),
        ],
        shown={"--json", "--quiet", "--datastore-root"},
        help="Make a card of a task that has ended, without running it again.",
    )


class _Json(click.ParamType):  # type: ignore[type-arg]  # generic for type checkers only, and only of late
    """A JSON object."""

    name = "json"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        try:
            found = json.loads(value) if isinstance(value, str) else value
        except ValueError as exc:
            self.fail(f"{value!r} is no JSON: {exc}. Write it as '{{\"key\": 1}}'.", param, ctx)
        if not isinstance(found, dict):
            self.fail(f"{value!r} is no JSON object. Write it as '{{\"key\": 1}}'.", param, ctx)
        return found


def _task(reader: Reader, place: Pathspec) -> Task:
    if place.task is None:
        raise click.UsageError(
            f"{place} is no task. Name one, as {place.flow}/{place.run or 'RUN'}/{place.step or 'STEP'}/0"
        )
    row = find_attempts(reader, place)[-1]
    return Task._of(reader, place, None, row)


def _new_card(
    card: CardDecorator, fragments: Sequence[Fragment], around: Surroundings, mode: str, keep_error: bool
) -> AddedCard:
    made = _page(card, fragments, around, mode)
    page = made.value
    if made.trouble is not None:
        if not keep_error:
            raise CardError(f"{made.trouble.message} To keep a card that says so: --render-error-card")
        page = error_page(find_card("error"), card, made.trouble, around)
    failed = made.trouble is not None
    data = None if failed else kept_data(fragments, None)
    return AddedCard(type=card.type, id=card.id, page=page, created_at=time.time(), data=data, failed=failed)


def _page(card: CardDecorator, fragments: Sequence[Fragment], around: Surroundings, mode: str) -> Made:
    kind = find_card(card.type)
    if mode == "render":
        made = rendered_page(kind, card, lambda: fragments, around)
        return made if made.trouble else Made(made.value.html)
    data = live_data(fragments, None, mode)
    return attempted(
        f"The card {card.type!r}",
        card.timeout,
        lambda: make_card(kind, card, fragments, around).render_runtime(around.task, data),
    )


def _refreshed(card: CardDecorator, fragments: Sequence[Fragment], around: Surroundings) -> Made:
    data = live_data(fragments, None, "refresh")
    kind = find_card(card.type)
    return attempted(
        f"The card {card.type!r}",
        card.timeout,
        lambda: make_card(kind, card, fragments, around).refresh(around.task, data),
    )


def _value(made: Made) -> Any:
    if made.trouble is not None:
        raise CardError(made.trouble.message)
    return made.value


def _fragments(file: str) -> list[Fragment]:
    try:
        found = json.loads(Path(file).read_text("utf-8"))
    except (OSError, ValueError) as exc:
        raise click.UsageError(f"The components cannot be read from {file}: {exc}. It holds a JSON list.") from exc
    if not isinstance(found, list):
        raise click.UsageError(f"{file} holds no JSON list. Write a list of HTML texts, or of objects with html.")
    return [_fragment(one, number, file) for number, one in enumerate(found, 1)]


def _fragment(one: Any, number: int, file: str) -> Fragment:
    if isinstance(one, str):
        one = {"html": one}
    if not (isinstance(one, dict) and isinstance(one.get("html"), str)):
        raise click.UsageError(f"Component {number} of {file} is neither a text nor an object with html. Correct it.")
    return Fragment(one["html"], str(one.get("id") or f"component-{number}"), one.get("data"))
