"""What flows, runs, steps, tasks and artifacts have in common: an address, a namespace and children by name."""

import os
from abc import ABC, abstractmethod
from collections.abc import AsyncIterator, Callable, Iterable, Iterator, Sequence
from datetime import datetime
from typing import Any, ClassVar, Generic, Self, TypeVar

from headwater import plugins
from headwater.client import tagging
from headwater.client.listing import in_threads
from headwater.client.reader import Reader, open_reader
from headwater.client.scope import get_namespace
from headwater.errors import InvalidName, NamespaceMismatch, NotFound, UsageError
from headwater.metadata.rows import RunRow
from headwater.names import LATEST, LATEST_SUCCESS, Pathspec

Child = TypeVar("Child")

_MOST_NAMED = 12  # in an error

_FORMS = ("Flow", "Flow/run", "Flow/run/step", "Flow/run/step/task", "Flow/run/step/task/artifact")


class ClientObject(ABC, Generic[Child]):
    """One thing of a root, by its pathspec.

    Children are had by name (`flow["12"]`, a KeyError when there is none), by iteration and with `in`. Nothing is
    loaded before it is asked for. Objects can be pickled; they are always true.
    """

    #: How many parts the pathspec has.
    _parts: ClassVar[int]
    _kinds: ClassVar[dict[int, type["ClientObject[Any]"]]] = {}

    def __init_subclass__(cls) -> None:
        if "_parts" in cls.__dict__:
            ClientObject._kinds.setdefault(cls._parts, cls)

    def __init__(self, pathspec: str, *, root: str | None = None) -> None:
        """`root`: a folder or URL, else the one that was chosen, or that settings and the working directory name."""
        self._find(lambda: open_reader(root), pathspec, get_namespace())

    def _find(self, opened: Callable[[], Reader], pathspec: str, scope: str | None) -> None:
        """Be the object of that name; InvalidName, NotFound, or NamespaceMismatch."""
        spec = Pathspec.parse(pathspec)
        if len(spec.parts) != self._parts:
            raise InvalidName("pathspec", pathspec, f"it has the form {_FORMS[self._parts - 1]} here")
        reader = opened()
        if spec.run in (LATEST, LATEST_SUCCESS):
            row = reader.latest(spec.flow, scope, successful=spec.run == LATEST_SUCCESS)
            spec = spec._replace(run=row.run_id)
        self._place(reader, spec, scope)
        self._check_exists()
        if not self.is_in_namespace():
            raise NamespaceMismatch(self.pathspec, str(scope))

    def _place(self, reader: Reader, spec: Pathspec, scope: str | None) -> None:
        self._opened = reader
        self._spec = spec
        self._scope = scope

    @classmethod
    def _within(cls, reader: Reader, pathspec: str, scope: str | None) -> Self:
        """The object of that name in a namespace, found in a root that is open."""
        made = cls.__new__(cls)
        made._find(lambda: reader, pathspec, scope)
        return made

    @classmethod
    def _at(cls, reader: Reader, spec: Pathspec, scope: str | None) -> Self:
        """An object that is known to exist and to be in the namespace."""
        made = cls.__new__(cls)
        made._place(reader, spec, scope)
        return made

    @property
    def _reader(self) -> Reader:
        """The root, opened anew in a process that was forked since."""
        if self._opened.process != os.getpid():
            self._opened = open_reader(self._opened.root)
        return self._opened

    def _up(self) -> Any:
        """What it is part of."""
        spec = Pathspec(*self._spec.parts[:-1])
        return self._kinds[self._parts - 1]._at(self._reader, spec, self._scope)

    @abstractmethod
    def _check_exists(self) -> None:
        """NotFound when it does not."""

    @abstractmethod
    def _child(self, name: str) -> Child:
        """The child of that name; NotFound when there is none."""

    @abstractmethod
    def __iter__(self) -> Iterator[Child]: ...

    def __aiter__(self) -> AsyncIterator[Child]:
        """The children, found by threads while the event loop goes on."""
        return in_threads(lambda: self)

    def __getitem__(self, name: str) -> Child:
        return self._child(str(name))

    def __contains__(self, name: object) -> bool:
        try:
            self._child(str(name))
        except (NotFound, InvalidName, NamespaceMismatch):
            return False
        return True

    def __bool__(self) -> bool:
        return True

    @property
    def id(self) -> str:
        """The last part of the pathspec."""
        return self._spec.parts[-1]

    @property
    def pathspec(self) -> str:
        return str(self._spec)

    @property
    def root(self) -> str:
        """The folder or URL that it was found in."""
        return self._reader.root

    @property
    def path_components(self) -> list[str]:
        return list(self._spec.parts)

    @property
    def parent(self) -> Any:
        """What it is part of; None for a flow."""
        return None

    @property
    @abstractmethod
    def created_at(self) -> datetime | None:
        """When it began; None for a task that has not ended."""

    @property
    def origin_pathspec(self) -> str | None:
        """The same thing in the run that really executed it, where it was taken over; else None."""
        return None

    def is_in_namespace(self) -> bool:
        """Whether the namespace that held when the object was made shows it."""
        if self._scope is None:
            return True
        return self._scope in self.tags

    @property
    def tags(self) -> frozenset[str]:
        """Tags of the run as they stand now: the users' and the system's. A flow has none."""
        return self.user_tags | self.system_tags

    @property
    def user_tags(self) -> frozenset[str]:
        """Tags that users gave to the run, by `--tag` or since."""
        return tagging.user_tags(self._reader, self._spec.flow, self._spec.run) if self._spec.run else frozenset()

    @property
    def system_tags(self) -> frozenset[str]:
        """Tags that Headwater gave to the run; they never change."""
        return tagging.system_tags(self._reader, self._spec.flow, self._spec.run) if self._spec.run else frozenset()

    def _bears(self, tags: Iterable[str]) -> bool:
        wanted = frozenset(tags)
        return not wanted or self.tags >= wanted

    def _run_row(self) -> RunRow:
        return self._reader.run_row(self._spec.flow, self._run_id)

    @property
    def _run_id(self) -> str:
        assert self._spec.run is not None
        return self._spec.run

    def _diff(self, other: "ClientObject[Any] | str") -> Any:
        """`compare` stands above the client, so it is reached by the table."""
        if isinstance(other, ClientObject) and other.root != self.root:
            raise UsageError(f"{other.pathspec} is in {other.root}, and only what is in one root can be compared.")
        spec = Pathspec.parse(other) if isinstance(other, str) else other._spec
        if spec.run in (LATEST, LATEST_SUCCESS):
            row = self._reader.latest(spec.flow, self._scope, successful=spec.run == LATEST_SUCCESS)
            spec = spec._replace(run=row.run_id)
        return plugins.load("face", "diff")(self._reader, self._spec, spec)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, type(self)) and self._identity() == other._identity()

    def __hash__(self) -> int:
        return hash(self._identity())

    def _identity(self) -> tuple[object, ...]:
        return self._reader.root, self._spec

    def __reduce__(self) -> tuple[Any, ...]:
        return _restore, (type(self), self.pathspec, self._reader.root, self._scope, self._extra())

    def _extra(self) -> dict[str, Any]:
        """What a copy needs beside the address."""
        return {}

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.pathspec!r})"

    def _repr_html_(self) -> str:
        """What a notebook shows."""
        return str(plugins.load("face", "html")(self))


class AttemptObject(ClientObject[Child]):
    """What one attempt left: of the task as it stands, or of the attempt that was asked for."""

    _attempt: int | None = None

    def __init__(self, pathspec: str, attempt: int | None = None, *, root: str | None = None) -> None:
        self._attempt = attempt
        super().__init__(pathspec, root=root)

    def _identity(self) -> tuple[object, ...]:
        return (*super()._identity(), self._attempt)

    def _extra(self) -> dict[str, Any]:
        return {"_attempt": self._attempt}

    def __repr__(self) -> str:
        attempt = "" if self._attempt is None else f", attempt={self._attempt}"
        return f"{type(self).__name__}({self.pathspec!r}{attempt})"


def known(what: str, names: Sequence[str]) -> str:
    """`It has: start, end. ` for an error; "" when there is nothing to name, and not all of very many."""
    if not names:
        return ""
    more = f" and {len(names) - _MOST_NAMED} more" if len(names) > _MOST_NAMED else ""
    return f"{what}: {', '.join(names[:_MOST_NAMED])}{more}. "


def as_datetime(seconds: float | None) -> datetime | None:
    """Local time without a zone, as `datetime.now()` gives it."""
    return None if seconds is None else datetime.fromtimestamp(seconds)


def _restore(
    kind: type[ClientObject[Any]], pathspec: str, root: str, scope: str | None, extra: dict[str, Any]
) -> ClientObject[Any]:
    made = kind._at(open_reader(root), Pathspec.parse(pathspec), scope)
    made.__dict__.update(extra)
    return made
