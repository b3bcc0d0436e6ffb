"""The beginning of a listing: runs as a table of runs, all else by address and state."""

from collections.abc import Sequence
from typing import Any

from headwater.client.listing import Listing
from headwater.client.objects import Run
from headwater.html.runs import run_table
from headwater.markup.elements import Child, Markup, badge, code, facts, heading, join, table
from headwater.wording import counted

_MOST = 20


def listing_page(listing: Listing[Any]) -> Markup:
    """The next ones, which are not taken from it."""
    found = listing.peek(_MOST + 1)
    shown, more = found[:_MOST], len(found) > _MOST
    if not shown:
        return heading("Listing", "nothing", "", "was found, or all of it was taken already.")
    noun = type(shown[0]).__name__.lower()
    title = f"{counted(len(shown), noun)}{', and more: iterate over it' if more else ''}"
    return join([facts(title), _table(shown)])


def _table(shown: Sequence[Any]) -> Markup:
    if isinstance(shown[0], Run):
        return run_table(shown)
    rows: list[list[Child]] = []
    for one in shown:
        status = getattr(one, "status", "")
        rows.append([code(one.pathspec), badge(status) if status else ""])
    return table(["pathspec", ""], rows)
