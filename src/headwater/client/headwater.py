"""A whole root: its flows."""

import os
from collections.abc import AsyncIterator, Iterator
from typing import Any

from headwater import plugins
from headwater.client.listing import in_threads
from headwater.client.objects import Flow
from headwater.client.reader import Reader, open_reader
from headwater.client.scope import get_namespace
from headwater.names import Pathspec


class Headwater:
    """All flows of a root that have a run in the namespace, by name: `Headwater()["TrainFlow"]`.

    The root and the namespace are those that are looked at when it is made, or the root that is given.
    """

    def __init__(self, *, root: str | None = None) -> None:
        self._opened = open_reader(root)
        self._scope = get_namespace()

    @property
    def _reader(self) -> Reader:
        """The root, opened anew in a process that was forked since."""
        if self._opened.process != os.getpid():
            self._opened = open_reader(self._opened.root)
        return self._opened

    @property
    def root(self) -> str:
        return self._reader.root

    @property
    def flows(self) -> list[Flow]:
        """Sorted by name."""
        return list(self)

    def __iter__(self) -> Iterator[Flow]:
        for name in self._reader.flows(self._scope):
            yield Flow._at(self._reader, Pathspec(name), self._scope)

    def __aiter__(self) -> AsyncIterator[Flow]:
        return in_threads(lambda: self)

    def __getitem__(self, name: str) -> Flow:
        return Flow._within(self._reader, name, self._scope)

    def __contains__(self, name: object) -> bool:
        return name in self._reader.flows(self._scope)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Headwater) and (self.root, self._scope) == (other.root, other._scope)

    def __hash__(self) -> int:
        return hash((self.root, self._scope))

    def __reduce__(self) -> tuple[Any, ...]:
        return _restore, (self.root, self._scope)

    def __repr__(self) -> str:
        return f"Headwater(root={self.root!r})"

    def _repr_html_(self) -> str:
        """What a notebook shows."""
        return str(plugins.load("face", "html")(self))


def _restore(root: str, scope: str | None) -> Headwater:
    made = Headwater(root=root)
    made._scope = scope
    return made
