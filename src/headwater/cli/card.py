"""`card list|view|get|create|server`: the cards of tasks, by their flow's own command line or by `headwater`.

With --json (or --as-json) `list` answers with one document: cards: pathspec, type, id, hash, path, failed (the page
says why there is no card), live (the task is running), from_resumed, origin_pathspec of each. `get` answers with such
a card, and html and data (what its components hold); `view` with such a card and file; `create` with such a card.
"""

import sys
from pathlib import Path
from typing import Any

import click

from headwater.cli.card_choice import CARD_OPTIONS, Choice, choose_card, describe_card, find_cards
from headwater.cli.card_create import create_command
from headwater.cli.card_server import server_command
from headwater.cli.columns import Column, fitted
from headwater.cli.commands import Shared, command_with
from headwater.cli.errors import say
from headwater.cli.json import to_line
from headwater.cli.pager import show_lines, terminal_width
from headwater.cli.reading import find, reader_of, with_run
from headwater.cli.saving import writing
from headwater.cli.streams import Sink
from headwater.client.cards import TaskCard
from headwater.flow.spec import FlowSpec
from headwater.names import Pathspec

SHOWN = {"--json", "--datastore-root"}


def command(cls: type[FlowSpec] | None = None) -> click.Command:
    """The commands; of one flow's runs, when its class is given."""
    flow = cls.__name__ if cls is not None else None
    group = click.Group("card", help="Show, list and make the cards of tasks.")
    for make in (_list_command, _view_command, _get_command, create_command, server_command):
        group.add_command(make(flow))
    return group


def where(flow: str | None, required: bool = True) -> click.Argument:
    metavar = "RUN[/STEP[/TASK]]" if flow else "FLOW/RUN[/STEP[/TASK]]"
    return click.Argument(["pathspec"], required=required, metavar=metavar if required else f"[{metavar}]")


def _list_command(flow: str | None) -> click.Command:
    def show(shared: Shared, pathspec: str | None, as_json: bool, file: str | None, **said: Any) -> None:
        reader = reader_of(shared)
        place = with_run(reader, find(reader, pathspec, flow) if pathspec else Pathspec(flow or ""))
        cards = find_cards(reader, place, Choice(**said))
        document = {"cards": [describe_card(card) for card in cards]}
        if file is not None:
            with writing(file):
                Path(file).write_bytes(to_line(document))
        elif shared.json or as_json:
            Sink(sys.stdout).write(to_line(document))
        elif cards:
            show_lines(_table(cards, terminal_width()))
        else:
            say(f"{place} has no cards. Put @card above a step, or run it with --with card.")

    options = [
        click.Option(["as_json", "--as-json"], is_flag=True, help="The same as --json."),
        click.Option(["file", "--file"], metavar="FILE", help="Write the JSON to this file."),
    ]
    return command_with(
        "list",
        show,
        [where(flow, required=flow is None), *CARD_OPTIONS, *options],
        shown=SHOWN,
        help="List the cards of a run, a step or a task. RUN may be `latest` or `latest-success`.",
    )


def _table(cards: list[TaskCard], width: int | None) -> list[str]:
    states = ["live" if card.live else "failed" if card.failed else "" for card in cards]
    return fitted(
        [
            Column("task", [card.pathspec for card in cards]),
            Column("type", [card.type for card in cards]),
            Column("id", [card.id or "" for card in cards]),
            Column("hash", [card.hash[:12] for card in cards], weight=1),
            Column("", states, colours={"failed": "red", "live": "cyan"} if width else {}),
            Column("from", [card.origin_pathspec or "" for card in cards], weight=2),
        ],
        width,
    )


def _view_command(flow: str | None) -> click.Command:
    def view(shared: Shared, pathspec: str, **said: Any) -> None:
        card = choose_card(reader_of(shared), pathspec, flow, Choice(**said))
        file = card.view()
        if shared.json:
            Sink(sys.stdout).write(to_line({**describe_card(card), "file": file}))
        else:
            Sink(sys.stdout).line(file)

    return command_with(
        "view", view, [where(flow), *CARD_OPTIONS], shown=SHOWN, help="Open a card in the browser, and say where it is."
    )


def _get_command(flow: str | None) -> click.Command:
    def get(shared: Shared, pathspec: str, path: str | None, **said: Any) -> None:
        card = choose_card(reader_of(shared), pathspec, flow, Choice(**said))
        html = card.get()
        if path is not None:
            with writing(path):
                Path(path).write_text(html, "utf-8")
        elif shared.json:
            Sink(sys.stdout).write(to_line({**describe_card(card), "html": html, "data": card.get_data()}))
        else:
            Sink(sys.stdout).write(html.encode("utf-8", "backslashreplace"))

    return command_with(
        "get",
        get,
        [where(flow), click.Argument(["path"], required=False, metavar="[FILE]"), *CARD_OPTIONS],
        shown=SHOWN,
        help="Write the HTML of a card to FILE, or to stdout.",
    )
