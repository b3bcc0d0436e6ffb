"""A card while its task runs: versions under numbers, of which the highest counts.

    <k>.<n>.html   the page, written anew when its reload token changes, and once a minute
    <k>.<n>.json   what its components hold since: {"token", "components": {id: {"html", "data"}}, "user"}

The writer removes a version when it has written the next, and the last one when the card itself is committed; what a
process that died leaves goes with its run. A page that is open shows the newer data without being loaded again, as long
as its token, which stands in the data too, is the same.
"""

import time
from collections.abc import Callable
from typing import Any, Protocol

from headwater.cards.base import Card
from headwater.cards.making import Surroundings, attempted, live_data, make_card
from headwater.cards.page import page_bytes
from headwater.cards.parts import Parts, warn
from headwater.cards.plain import to_json
from headwater.storage import layout
from headwater.vault.hidden import hide_in

_PAGE_AGAIN_S = 60.0


class Place(Protocol):
    """The part of a storage that a live card needs."""

    def create(self, key: str, data: bytes) -> bool: ...

    def delete(self, key: str) -> None: ...


class LiveCard:
    """The versions of one card, written by the process of its task."""

    def __init__(self, storage: Place, folder: str, number: int, clock: Callable[[], float] = time.monotonic) -> None:
        self._storage = storage
        self._folder = folder
        self._number = number
        self._clock = clock
        self._version = 0
        self._kept: dict[str, str] = {}  # suffix -> the key of its newest version
        self._shown_at: float | None = None
        self._page_at = 0.0
        self._token: str | None = None
        self._broken = False

    def refresh(self, parts: Parts, data: Any, force: bool, around: Callable[[], Surroundings]) -> None:
        """Write a version, unless the last one is too young."""
        now = self._clock()
        young = self._shown_at is not None and now - self._shown_at < parts.card.refresh_interval
        if self._broken or not parts.kind.RUNTIME_UPDATABLE or (young and not force):
            return
        self._shown_at = now
        made = attempted(
            f"{parts.name}, while it was refreshed,",
            parts.card.timeout,
            lambda: self._write(parts, data, around(), now),
        )
        if made.trouble is not None:
            self._broken = True
            warn(f"{made.trouble.message} It is not shown live any more.")

    def close(self) -> None:
        """Remove what is left: the card itself is there now."""
        for key in self._kept.values():
            self._storage.delete(key)
        self._kept.clear()

    def _write(self, parts: Parts, user: Any, around: Surroundings, now: float) -> None:
        fragments = parts.fragments()
        data = live_data(fragments, user, "render_runtime")
        card = make_card(parts.kind, parts.card, fragments, around)
        token = self._token_of(card, around.task, data)
        if token != self._token or now - self._page_at >= _PAGE_AGAIN_S:
            page = card.render_runtime(around.task, data)
            self._put("html", page_bytes(page))
            self._token, self._page_at = token, now
        answer = card.refresh(around.task, {**data, "mode": "refresh"}) or {}
        self._put("json", hide_in(to_json({**answer, "token": token})))

    def _token_of(self, card: Card, task: Any, data: Any) -> str:
        if card.RELOAD_POLICY == "always":
            return str(self._version + 1)
        if card.RELOAD_POLICY == "onchange":
            return str(card.reload_content_token(task, data))
        return "once"

    def _put(self, suffix: str, data: bytes) -> None:
        before = self._kept.get(suffix)
        while True:
            self._version += 1
            key = layout.live_card(self._folder, self._number, self._version, suffix)
            if self._storage.create(key, data):
                break
        self._kept[suffix] = key
        if before is not None:
            self._storage.delete(before)
