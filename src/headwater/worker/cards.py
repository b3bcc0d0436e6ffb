"""The cards of one attempt: filled by the step, shown while it runs, rendered before its record is committed."""

from collections.abc import Callable, Iterable
from contextlib import ExitStack, suppress
from functools import partial
from typing import Any

import zstandard  # noqa: F401  pages are compressed with it, and no fork should have to import it
from msgspec.structs import replace

from headwater import plugins
from headwater.cards.base import Card
from headwater.cards.kinds import find_card
from headwater.cards.live import LiveCard
from headwater.cards.making import Surroundings, attempted, error_page, kept_data, rendered_page
from headwater.cards.page import page_bytes
from headwater.cards.parts import CurrentCards, Parts, warn
from headwater.errors import StorageError
from headwater.flow.current import current
from headwater.flow.spec import FlowSpec
from headwater.records.artifact import BlobRef
from headwater.records.decorators import Card as CardDecorator
from headwater.records.task import CardRef, Outcome, TaskRecord
from headwater.storage import layout
from headwater.vault.hidden import hide_in
from headwater.worker.failures import failure_of
from headwater.worker.workplace import Attempt, Opened


class TaskCards:
    """Made for a run of which some step bears @card, before any fork: what its cards need is imported then."""

    def __init__(self, decorators: Iterable[CardDecorator]) -> None:
        self.kinds = {one.type: _load(one.type) for one in decorators}
        self.error_kind = find_card("error")
        self.task_of: Callable[..., Any] = plugins.load("face", "attempt")

    def open(self, attempt: Attempt, opened: Opened, flow: FlowSpec) -> "AttemptCards | None":
        """Those of one attempt; None where its step bears none."""
        decorators = [one for one in attempt.step.decorators if isinstance(one, CardDecorator)]
        return AttemptCards(self, decorators, attempt, opened, flow) if decorators else None


def _load(kind: str) -> type[Card]:
    """The class of a type; one that says why, where its module cannot be imported: a report does not end a run."""
    try:
        return find_card(kind)
    except Exception as exc:  # noqa: BLE001  the code of whoever offers the card
        reason = exc

    class Unloadable(Card):
        ALLOW_USER_COMPONENTS = True

        def render(self, task: Any) -> str:
            raise reason

    return Unloadable


class AttemptCards:
    """The cards of one attempt, from the beginning of its step to its commit."""

    def __init__(
        self, shared: TaskCards, decorators: Iterable[CardDecorator], attempt: Attempt, opened: Opened, flow: FlowSpec
    ) -> None:
        self._shared = shared
        self._attempt = attempt
        self._opened = opened
        self._flow = flow
        spec = attempt.spec
        folder = layout.cards(spec.flow, spec.run_id, spec.step, spec.task_id, spec.attempt)
        self._stack = ExitStack()
        self._live_around: Surroundings | None = None  # what is shown while the step runs is made from
        self._live: list[LiveCard] = []
        self._cards: list[Parts] = []
        for number, one in enumerate(decorators):
            live = LiveCard(opened.storage, folder, number)
            self._live.append(live)
            self._cards.append(Parts(one, shared.kinds[one.type], partial(live.refresh, around=self._running)))
        self.current = CurrentCards(self._cards)

    def render(self, record: TaskRecord) -> TaskRecord:
        """The record with its cards, each rendered and kept; what could not be is said on stderr.

        Where somebody interrupts that, it is the attempt that is interrupted.
        """
        around = self._around(record)
        try:
            found = [self._kept(parts, around) for parts in self._cards]
        except KeyboardInterrupt as exc:
            return replace(record, outcome=Outcome.FAILED, transition=None, items=None, failure=failure_of(exc))
        return replace(record, cards=tuple(ref for ref in found if ref is not None))

    def close(self) -> None:
        """The record is committed: what was shown while the task ran can go."""
        self._stack.close()
        with suppress(StorageError):  # what is left goes with its run
            for live in self._live:
                live.close()

    def _kept(self, parts: Parts, around: Surroundings) -> CardRef | None:
        card = parts.card
        made = rendered_page(parts.kind, card, parts.fragments, around)
        if made.trouble is None:
            page, data = self._page(made.value.html), kept_data(made.value.fragments, parts.user_data)
            return CardRef(type=card.type, id=card.id, page=page, data=self._save(hide_in(data)) if data else None)
        if not card.save_errors:
            warn(made.trouble.message)
            return None
        trouble, kind = made.trouble, self._shared.error_kind
        warn(f"{trouble.message} A card that says so is kept in its place.")
        error = attempted("The error card", card.timeout, lambda: error_page(kind, card, trouble, around))
        return CardRef(type=card.type, id=card.id, page=self._page(error.value), failed=True) if error.value else None

    def _page(self, html: str) -> BlobRef:
        return self._save(page_bytes(html))

    def _save(self, data: bytes) -> BlobRef:
        return self._opened.store.save_text(data)

    def _running(self) -> Surroundings:
        if self._live_around is None:
            self._live_around = self._around(None)
        return self._live_around

    def _around(self, record: TaskRecord | None) -> Surroundings:
        place = self._attempt.place
        task = self._shared.task_of(self._opened.storage, place.run, self._attempt.spec, record, self._stack)
        return Surroundings(task, current.graph, self._flow)
