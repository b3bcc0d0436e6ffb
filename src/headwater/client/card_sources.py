"""Where the cards of a task are: in its attempt's record, in the folder of those shown while it runs or made later."""

import os
from collections.abc import Callable
from functools import partial
from typing import NamedTuple

import blake3

from headwater.client.card_pages import missing_page
from headwater.client.objects import Task
from headwater.client.reader import Reader
from headwater.records.card import AddedCard
from headwater.records.decorators import Card as CardDecorator
from headwater.records.task import CardRef, Outcome, TaskRecord
from headwater.storage import layout
from headwater.storage.base import Storage
from headwater.storage.documents import find_document


class Source(NamedTuple):
    """Where one card is, and how it is read."""

    type: str
    id: str | None
    hash: str
    path: str
    page: Callable[[], str]  # as it was written; "" for a live one that has become a card of the record
    data: Callable[[], bytes | None]
    failed: bool = False
    live: bool = False


def sources_of(task: Task) -> list[Source]:
    """The cards of the attempt that is shown: in the order of its decorators, then those made afterwards."""
    reader, record = task._reader, task.record
    if record is None:
        return _live(task)
    kept = [_kept(reader, task, ref) for ref in record.cards]
    return [*(kept or _missing(task, record)), *_made_afterwards(reader, folder_of(task))]


def card_decorators(task: Task) -> list[CardDecorator]:
    """Those of its step, as the run that executed it began."""
    row = task._row()
    run = task._reader.run_record(task._spec.flow, row.run_id if row else task._run_id)
    decorators = (one for spec in run.steps if spec.step == task._step for one in spec.decorators)
    return [one for one in decorators if isinstance(one, CardDecorator)]


def folder_of(task: Task) -> str:
    """The cards of the attempt beside those of its record."""
    row = task._row()
    run_id = row.run_id if row else task._run_id
    return layout.cards(task._spec.flow, run_id, task._step, task.id, task.current_attempt)


def added_source(reader: Reader, key: str, card: AddedCard) -> Source:
    where = _place(reader, key)
    return Source(card.type, card.id, _digest(card.page), where, lambda: card.page, lambda: card.data, card.failed)


def _kept(reader: Reader, task: Task, ref: CardRef) -> Source:
    where = f"the card {ref.type!r} of {task.pathspec}"
    data = ref.data
    return Source(
        ref.type,
        ref.id,
        ref.page.hash,
        ref.page.at or _place(reader, layout.blob(ref.page.hash, ref.page.encoding)),
        lambda: reader.store.load_blob(ref.page, where).decode(errors="replace"),
        lambda: None if data is None else reader.store.load_blob(data, where),
        ref.failed,
    )


def _missing(task: Task, record: TaskRecord) -> list[Source]:
    """Error cards in the place of those of an attempt whose process died."""
    if record.outcome is Outcome.SUCCEEDED:
        return []
    found = []
    for one in card_decorators(task):
        if one.save_errors:
            page = missing_page(one, record)
            found.append(Source(one.type, one.id, _digest(page), "", partial(str, page), _nothing, failed=True))
    return found


def _live(task: Task) -> list[Source]:
    """The newest version of each card that was shown so far."""
    reader, folder = task._reader, folder_of(task)
    found = []
    for place, one in enumerate(card_decorators(task)):
        key = _newest(reader.storage, folder, place, "html")
        if key is not None:
            page = partial(_live_page, reader.storage, folder, place)
            data = partial(_live_data, reader.storage, folder, place)
            found.append(Source(one.type, one.id, _digest(key), _place(reader, key), page, data, live=True))
    return found


def _live_page(storage: Storage, folder: str, place: int) -> str:
    return (_read_newest(storage, folder, place, "html") or b"").decode()


def _live_data(storage: Storage, folder: str, place: int) -> bytes | None:
    return _read_newest(storage, folder, place, "json")


def _read_newest(storage: Storage, folder: str, place: int, suffix: str) -> bytes | None:
    """What the newest version says, which may be replaced while it is read; None when there is none any more."""
    while (key := _newest(storage, folder, place, suffix)) is not None:
        try:
            return storage.read(key)
        except KeyError:
            continue
    return None


def _newest(storage: Storage, folder: str, place: int, suffix: str) -> str | None:
    names = (name.split(".") for name in storage.list_names(folder))
    numbers = [int(parts[1]) for parts in names if len(parts) == 3 and parts[0] == str(place) and parts[2] == suffix]
    return layout.live_card(folder, place, max(numbers), suffix) if numbers else None


def _made_afterwards(reader: Reader, folder: str) -> list[Source]:
    keys = [f"{folder}/{name}" for name in reader.storage.list_names(folder) if name.startswith("added-")]
    ordered = sorted(keys, key=lambda key: (len(key), key))
    found = ((key, find_document(reader.storage, AddedCard, key)) for key in ordered)
    return [added_source(reader, key, card) for key, card in found if card is not None]


def _place(reader: Reader, key: str) -> str:
    return os.path.join(reader.root, key)


def _digest(text: str) -> str:
    return blake3.blake3(text.encode("utf-8", "backslashreplace")).hexdigest()


def _nothing() -> None:
    return None
