"""`current.card`: the components that a step gives to its cards.

One card without an id, or the one with `customize=True`, is what `current.card.append` means; `current.card["id"]` is
the card of that id. A name that means no card is a warning, never an error: a report does not end a task.
"""

import os
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import count
from typing import Any, Protocol

from headwater.cards.base import Card, Component, Fragment, rendered
from headwater.records.decorators import Card as CardDecorator

_SILENT = "HEADWATER_CARD_NO_WARNING"


class Refresh(Protocol):
    """Shows a card as it stands while the task runs."""

    def __call__(self, parts: "Parts", data: Any, force: bool, /) -> None: ...


def warn(text: str) -> None:
    if not os.environ.get(_SILENT):
        sys.stderr.write(f"Warning: {text}\n")


class Parts:
    """The components of one card, in the order of the page."""

    def __init__(self, card: CardDecorator, kind: type[Card], refresh: Refresh) -> None:
        self.card = card
        self.kind = kind
        self.user_data: Any = None  # what `refresh` was given last
        self._refresh = refresh
        self._components: dict[str, Any] = {}
        self._numbers = count(1)

    @property
    def name(self) -> str:
        """As a message names it."""
        return f"@card(id={self.card.id!r})" if self.card.id else f"@card(type={self.card.type!r})"

    @property
    def components(self) -> "Components":
        """The components by id, to be changed in place: `components["bar"].update(3)`."""
        return Components(self._components)

    def append(self, component: Any, id: str | None = None) -> None:
        """Put a component at the end; another with the same `id` is replaced where it stands."""
        if not self._is_editable():
            return
        if not hasattr(component, "render"):
            warn(f"{self.name}: {type(component).__name__} is no component. Use one of headwater.cards, as Markdown.")
            return
        name = id or getattr(component, "id", None)
        while not isinstance(name, str) or (id is None and name in self._components):
            name = f"component-{next(self._numbers)}"
        if isinstance(component, Component) and component.id is None:
            component.id = name
        self._components[name] = component

    def extend(self, components: Iterable[Any]) -> None:
        """Put several at the end."""
        for component in components:
            self.append(component)

    def clear(self) -> None:
        """Take all components away."""
        self._components.clear()

    def refresh(self, data: Any = None, force: bool = False) -> None:
        """Show the card as it stands now, at most once in its `refresh_interval` unless `force`.

        `data` reaches the card's `render_runtime` and `refresh` as `data["user"]`.
        """
        if data is not None:
            self.user_data = data
        self._refresh(self, self.user_data, force)

    def fragments(self) -> list[Fragment]:
        """The HTML of each component."""
        return [rendered(component, name) for name, component in self._components.items()]

    def replace(self, components: Sequence[Any]) -> None:
        self.clear()
        self.extend(components)

    def __len__(self) -> int:
        return len(self._components)

    def __iter__(self) -> Iterator[Any]:
        return iter(list(self._components.values()))

    def __repr__(self) -> str:
        return f"<{self.name}: {len(self)} components>"

    def _is_editable(self) -> bool:
        if not self.kind.ALLOW_USER_COMPONENTS:
            warn(f"{self.name} takes no components: ALLOW_USER_COMPONENTS of {self.kind.__name__} is False.")
        return self.kind.ALLOW_USER_COMPONENTS


class Components(Mapping[str, Any]):
    """The components of a card by their ids."""

    def __init__(self, components: dict[str, Any]) -> None:
        self._components = components

    def __getitem__(self, name: str) -> Any:
        if name not in self._components:
            known = ", ".join(map(repr, self._components)) or "none"
            raise KeyError(f"The card has no component with the id {name!r}; it has {known}.")
        return self._components[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._components)

    def __len__(self) -> int:
        return len(self._components)


class CurrentCards:
    """All cards of the running task; what is done to it is done to the one that is meant by default."""

    def __init__(self, cards: Sequence[Parts]) -> None:
        self._cards = tuple(cards)
        self._nowhere = Parts(CardDecorator(), _Nowhere, lambda parts, data, force: None)

    def append(self, component: Any, id: str | None = None) -> None:
        """Put a component at the end of the card."""
        self._default("append").append(component, id)

    def extend(self, components: Iterable[Any]) -> None:
        """Put several at the end of the card."""
        self._default("extend").extend(components)

    def clear(self) -> None:
        """Take all components of the card away."""
        self._default("clear").clear()

    def refresh(self, data: Any = None, force: bool = False) -> None:
        """Show the card as it stands now."""
        self._default("refresh").refresh(data, force)

    @property
    def components(self) -> Components:
        """The components of the card by id."""
        return self._default("components").components

    def get(self, type: str | None = None) -> list[Parts]:
        """The cards of a type; of none said, all."""
        return [parts for parts in self._cards if type in (None, parts.card.type)]

    def __getitem__(self, id: str) -> Parts:
        found = [parts for parts in self._cards if parts.card.id == id]
        if not found:
            known = ", ".join(repr(parts.card.id) for parts in self._cards if parts.card.id)
            warn(
                f"No card of this step has the id {id!r}, so what is put into current.card[{id!r}] is shown nowhere. "
                + (f"Those with an id are {known}." if known else f"Give one: @card(id={id!r}).")
            )
        return found[0] if found else self._nowhere

    def __setitem__(self, id: str, components: Sequence[Any]) -> None:
        """Put components in the place of those that the card has."""
        self[id].replace(components)

    def __contains__(self, id: object) -> bool:
        return any(parts.card.id == id for parts in self._cards)

    def __len__(self) -> int:
        return len(self._cards)

    def __iter__(self) -> Iterator[Parts]:
        return iter(self._cards)

    def __repr__(self) -> str:
        return f"<current.card: {', '.join(parts.name for parts in self._cards)}>"

    def _default(self, deed: str) -> Parts:
        found = default_card(self._cards)
        if found is not None:
            return found
        editable = [parts for parts in self._cards if parts.kind.ALLOW_USER_COMPONENTS]
        if editable:
            remedy = "Name one, as in current.card['id'], or put customize=True on the one that is meant."
            warn(f"current.card.{deed} could mean {len(editable)} cards of this step, so it does nothing. {remedy}")
        else:
            warn(f"current.card.{deed} does nothing: no card of this step takes components. Add @card(type='blank').")
        return self._nowhere


class _Nowhere(Card):
    """What is put here is not shown; a warning has said so."""

    ALLOW_USER_COMPONENTS = True


def default_card(cards: Iterable[Parts]) -> Parts | None:
    """The card that is meant where none is named, of those that take components: the only one; else the one with
    `customize=True`; else the only one without an id. None where that is no single one.
    """
    editable = [parts for parts in cards if parts.kind.ALLOW_USER_COMPONENTS]
    customized = [parts for parts in editable if parts.card.customize]
    unnamed = [parts for parts in editable if parts.card.id is None]
    choice = editable if len(editable) == 1 else customized or unnamed
    return choice[0] if len(choice) == 1 else None
