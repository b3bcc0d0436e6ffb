"""What happened, one thing after the other, the newest first."""

import time
from collections import deque
from collections.abc import Mapping
from typing import Any, NamedTuple

from headwater.cards.base import Component, rendered
from headwater.cards.table import shown
from headwater.errors import CardError
from headwater.markup.elements import Child, Markup, element, facts, join
from headwater.wording import clock, counted, duration, number

_TONES = {
    "default": "",
    "success": "good",
    "error": "bad",
    "danger": "bad",
    "warning": "warn",
    "info": "info",
    "primary": "info",
    "tool_call": "tool",
    "ai": "tool",
}
_PRIORITIES = ("low", "normal", "high", "critical")


class Event(NamedTuple):
    """One thing that happened."""

    at: float  # seconds since 1970, UTC
    data: dict[str, Any]
    tone: str
    priority: str
    payloads: dict[str, Any]  # components by name


class EventsTimeline(Component):
    """Events as they are added; only the newest `max_events` are kept."""

    REALTIME_UPDATABLE = True

    def __init__(self, title: str | None = None, max_events: int = 100) -> None:
        if max_events < 1:
            raise CardError(f"EventsTimeline keeps at least one event, not {max_events}. Give it max_events=1 or more.")
        self.title = title
        self.max_events = max_events
        self.finished = False
        self._events: deque[Event] = deque(maxlen=max_events)
        self._total = 0
        self._first_at: float | None = None

    def update(
        self,
        event_data: Any = None,
        style_theme: str | None = None,
        priority: str | None = None,
        payloads: Mapping[str, Any] | None = None,
        finished: bool | None = None,
    ) -> None:
        """Add an event; `finished=True` says that none will follow.

        `event_data`: what happened, by name, or a text or another value. `style_theme`: `default`, `success`, `error`,
        `warning`, `info`, `tool_call`. `priority`: `low`, `normal`, `high`, `critical`. `payloads`: components below
        it, by name.
        """
        if finished is not None:
            self.finished = finished
        if event_data is None and not payloads:
            return
        at = time.time()
        self._first_at = at if self._first_at is None else self._first_at
        self._total += 1
        named = isinstance(event_data, Mapping) or event_data is None
        data = dict(event_data or {}) if named else {"event": event_data}
        tone = _TONES.get(style_theme or "default", "")
        self._events.append(Event(at, data, tone, _priority(priority), dict(payloads or {})))

    def get_stats(self) -> dict[str, Any]:
        """How many events there were and when, in seconds since 1970 (UTC)."""
        last = self._events[-1].at if self._events else None
        span = last - self._first_at if last is not None and self._first_at is not None else 0.0
        return {
            "total_events": self._total,
            "displayed_events": len(self._events),
            "max_events": self.max_events,
            "first_event_time": self._first_at,
            "last_event_time": last,
            "total_runtime_seconds": span,
            "average_interval_seconds": span / (self._total - 1) if self._total > 1 else None,
            "finished": self.finished,
        }

    def render(self) -> str:
        state = "finished" if self.finished else "" if self._events else "nothing yet"
        left_out = self._total - len(self._events)
        span = self.get_stats()["total_runtime_seconds"]
        return element(
            "div",
            element("h3", self.title) if self.title else None,
            facts(
                counted(self._total, "event"),
                f"the {number(left_out)} oldest are not kept" if left_out else "",
                f"over {duration(span)}" if span >= 1 else "",
                state,
            ),
            element("ol", *(_item(event) for event in reversed(self._events))),
            cls="events",
        )

    def to_data(self) -> Any:
        events = [
            {
                "time": event.at,
                "data": {str(name): str(value) for name, value in event.data.items()},
                "priority": event.priority,
                "theme": event.tone or "default",
            }
            for event in self._events
        ]
        return {"title": self.title, "events": events, "stats": self.get_stats()}


def _priority(asked: str | None) -> str:
    if asked is not None and asked not in _PRIORITIES:
        raise CardError(f"An event has no priority {asked!r}. Known: {', '.join(_PRIORITIES)}.")
    return asked or "normal"


def _item(event: Event) -> Markup:
    said = [element("span", element("b", f"{name}: "), shown(value)) for name, value in event.data.items()]
    if list(event.data) == ["event"]:
        said = [element("span", shown(event.data["event"]))]
    payloads = [_payload(name, component) for name, component in event.payloads.items()]
    return element(
        "li",
        element("time", clock(event.at)),
        element("div", *said, cls="facts"),
        join(payloads),
        cls=f"{event.tone} {event.priority}".strip(),
    )


def _payload(name: str, component: Any) -> Markup:
    body: Child = Markup(rendered(component, "")) if isinstance(component, Component) else str(component)
    return element("div", element("div", name, cls="quiet"), body, cls="payload")
