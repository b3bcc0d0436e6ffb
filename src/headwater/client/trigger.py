"""What started a run, as its steps and readers see it: events, or runs of other flows."""

from collections.abc import Callable, Iterable, Iterator
from datetime import datetime
from typing import TYPE_CHECKING, NamedTuple

from headwater.client.base import as_datetime
from headwater.names import Pathspec
from headwater.records.flow_decorators import TriggerEvent

if TYPE_CHECKING:
    from headwater.client.objects import Run

_RUN = "run"


class Event(NamedTuple):
    """One event that started a run."""

    name: str
    id: str  # of a run that ended: the pathspec of its last task
    timestamp: datetime | None  # of a run that ended: when
    type: str  # "run" or "event"


class Trigger:
    """The events that started a run, the newest first.

    By name, by iteration and with `in` it has runs, by the names of their flows, where runs started the run; else
    events.
    """

    def __init__(self, events: Iterable[TriggerEvent], open_run: Callable[[str], "Run"]) -> None:
        self._events = [Event(one.name, one.id, as_datetime(one.at), one.type) for one in events]
        self._open_run = open_run

    @property
    def event(self) -> Event | None:
        """The newest event."""
        return next(iter(self._events), None)

    @property
    def events(self) -> list[Event]:
        return list(self._events)

    @property
    def run(self) -> "Run | None":
        """The newest run; None where no run started this one."""
        return next(self._runs(), None)

    @property
    def runs(self) -> "list[Run] | None":
        """The runs; None where no run started this one."""
        return list(self._runs()) or None

    def _runs(self) -> "Iterator[Run]":
        for event in self._events:
            if event.type == _RUN:
                spec = Pathspec.parse(event.id)
                yield self._open_run(f"{spec.flow}/{spec.run}")

    def _by_name(self) -> "dict[str, Run | Event]":
        found: dict[str, Run | Event] = {}
        for run in self._runs():
            found.setdefault(run.path_components[0], run)
        if not found:
            for event in self._events:
                found.setdefault(event.name, event)
        return found

    def __getitem__(self, name: str) -> "Run | Event":
        found = self._by_name()
        if name not in found:
            raise KeyError(f"{name!r} did not start the run. These did: {', '.join(found)}.")
        return found[name]

    def __iter__(self) -> "Iterator[Run | Event]":
        runs = list(self._runs())
        return iter(runs or self._events)

    def __contains__(self, name: object) -> bool:
        return name in self._by_name()

    def __repr__(self) -> str:
        return f"<Trigger: {', '.join(event.id or event.name for event in self._events)}>"
