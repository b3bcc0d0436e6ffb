"""Cards as they are read back."""

import json
import tempfile
import webbrowser
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, overload

from headwater.cards.base import SANDBOX
from headwater.client.card_pages import completed, log_tail
from headwater.client.card_sources import Source, added_source, folder_of, sources_of
from headwater.client.objects import Task
from headwater.errors import BlobError, InvalidName
from headwater.names import Pathspec
from headwater.records.base import encode
from headwater.records.card import AddedCard
from headwater.storage import layout
from headwater.wording import markup


class TaskCard:
    """One card of a task."""

    def __init__(self, task: Task, source: Source) -> None:
        self._task = task
        self._source = source
        self._html: str | None = None

    @property
    def type(self) -> str:
        """The type of its class, as `@card(type=...)` named it."""
        return self._source.type

    @property
    def id(self) -> str | None:
        """The id of its `@card`."""
        return self._source.id

    @property
    def hash(self) -> str:
        """64 hex digits: BLAKE3 of the page as it was rendered."""
        return self._source.hash

    @property
    def path(self) -> str:
        """Where the page is kept; a blob is compressed."""
        return self._source.path

    @property
    def failed(self) -> bool:
        """The card could not be made, and its page says why."""
        return self._source.failed

    @property
    def live(self) -> bool:
        """The task is running, and this is how the card stands now."""
        return self._source.live and self._task.status == "running"

    @property
    def pathspec(self) -> str:
        """The task whose card it is."""
        return self._task.pathspec

    @property
    def from_resumed(self) -> bool:
        """The task was taken over by a resumed run, and its origin made the card."""
        return self._task.origin_pathspec is not None

    @property
    def origin_pathspec(self) -> str | None:
        """The task that made the card, where this one was taken over; else None."""
        return self._task.origin_pathspec

    def get(self) -> str:
        """The page: HTML that needs no other file."""
        if self._html is None or self._source.live:
            task, page = self._task, self._source.page()
            if not page and self._source.live:  # the task has ended since
                self._source = next((one for one in sources_of(task) if self._is(one)), self._source)
                page = self._source.page()
            self._html = completed(page, task._reader, task._log_key(), task.record, task.status)
        return self._html

    def get_data(self) -> dict[str, Any] | None:
        """What the components hold, by id, and what `refresh` was given last; None for a card that holds only HTML.

        Of a card that Metaflow made it is what Metaflow kept.
        """
        data = self._source.data()
        try:
            return None if data is None else dict(json.loads(data))
        except (ValueError, TypeError) as exc:
            raise BlobError(f"The data of the card {self.type!r} of {self.pathspec} are damaged: {exc}.") from exc

    def log_tail(self) -> str:
        """HTML of the end of what the attempt has printed so far."""
        return log_tail(self._task._reader, self._task._log_key())

    def view(self) -> str:
        """Open the page in a browser, where there is one. Returns the file that it was written to."""
        folder = Path(tempfile.mkdtemp(prefix="headwater-card-")).resolve()
        file = folder / f"{self._task.pathspec.replace('/', '-')}-{self.id or self.type}.html"
        file.write_text(self.get(), "utf-8")
        webbrowser.open(file.as_uri())
        return str(file)

    def _is(self, other: Source) -> bool:
        return (other.type, other.id) == (self.type, self.id)

    def __repr__(self) -> str:
        named = f" id={self.id!r}" if self.id else ""
        return f"<Card type={self.type!r}{named} of {self._task.pathspec}{' (live)' if self.live else ''}>"

    def _repr_html_(self) -> str:
        """What a notebook shows: the page in a frame of its own, which can reach nothing around it."""
        style = "width:100%;height:560px;border:1px solid #8884;border-radius:8px;resize:vertical;overflow:auto"
        title = markup(f"Card {self.type} of {self._task.pathspec}")
        page = self.get().replace("&", "&amp;").replace('"', "&quot;")
        return f'<iframe sandbox="{SANDBOX}" title="{title}" style="{style}" srcdoc="{page}"></iframe>'


class CardContainer(Sequence[TaskCard]):
    """The cards of a task, in the order of its decorators; those that were made afterwards stand last."""

    def __init__(self, task: Task, cards: Sequence[TaskCard]) -> None:
        self._task = task
        self._cards = tuple(cards)

    @overload
    def __getitem__(self, place: int) -> TaskCard: ...
    @overload
    def __getitem__(self, place: slice) -> tuple[TaskCard, ...]: ...
    def __getitem__(self, place: int | slice) -> TaskCard | tuple[TaskCard, ...]:
        return self._cards[place]

    def __len__(self) -> int:
        return len(self._cards)

    def __iter__(self) -> Iterator[TaskCard]:
        return iter(self._cards)

    def __repr__(self) -> str:
        return f"<CardContainer of {self._task.pathspec}: {', '.join(card.id or card.type for card in self._cards)}>"

    def _repr_html_(self) -> str:
        if not self._cards:
            return f"<p>{markup(self._task.pathspec)} has no cards.</p>"
        return "".join(card._repr_html_() for card in self._cards)


def get_cards(
    task: Task | str,
    id: str | None = None,
    type: str | None = None,
    follow_resumed: bool = True,
) -> CardContainer:
    """The cards of a task, or of a pathspec `Flow/run/step/task`, that have this id and this type.

    Of a task that a resumed run took over they are those of its origin; none with `follow_resumed=False`.
    """
    found = _as_task(task)
    if found.origin_pathspec is not None and not follow_resumed:
        return CardContainer(found, ())
    chosen = [one for one in sources_of(found) if id in (None, one.id) and type in (None, one.type)]
    return CardContainer(found, [TaskCard(found, one) for one in chosen])


def add_card(task: Task, card: AddedCard) -> TaskCard:
    """Keep a card that was made after the attempt."""
    reader, folder = task._reader, folder_of(task)
    number = 1
    while not reader.storage.create(layout.added_card(folder, number), encode(card)):
        number += 1
    return TaskCard(task, added_source(reader, layout.added_card(folder, number), card))


def _as_task(task: Task | str) -> Task:
    if isinstance(task, Task):
        return task
    if not isinstance(task, str):
        raise TypeError(f"get_cards takes a Task or a pathspec, not {task!r}.")
    if Pathspec.parse(task).task is None:
        raise InvalidName("task", task, "cards are those of a task, Flow/run/step/task")
    return Task(task)
