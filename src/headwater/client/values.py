"""The values of a task, read when they are asked for: by attribute, and by name."""

from collections.abc import Iterator, Mapping
from typing import Any, Protocol

from headwater import plugins
from headwater.artifacts.store import InlineBudget
from headwater.client.reader import Reader
from headwater.errors import NotFound
from headwater.metadata.rows import TaskRow
from headwater.names import Pathspec
from headwater.records.artifact import ArtifactRef

FLOW_NAME = "name"  # readable for every task, and kept for none


class Values(Protocol):
    """Named values that are somewhere else."""

    def names(self) -> list[str]: ...

    def ref(self, name: str) -> ArtifactRef:
        """NotFound when there is no such name."""

    def load(self, name: str) -> Any:
        """NotFound when there is no such name."""


class TaskValues:
    """What the steps of a flow see as attributes after one attempt: artifacts, then parameters and constants."""

    def __init__(self, reader: Reader, spec: Pathspec, row: TaskRow | None) -> None:
        assert spec.run is not None
        self._reader = reader
        self._spec = spec
        self._row = row
        self._run = reader.run_record(spec.flow, spec.run)
        self._view = reader.view(spec.flow, row) if row else None

    def __reduce__(self) -> tuple[Any, ...]:
        return TaskValues, (self._reader, self._spec, self._row)

    def names(self) -> list[str]:
        found = {FLOW_NAME, *self._run.given, *self._run.constants}
        if self._view is not None:
            found |= self._view.names()
        return sorted(found)

    def ref(self, name: str) -> ArtifactRef:
        if self._view is not None and name in self._view:
            return self._view.ref(name)
        ref = self._run.given.get(name) or self._run.constants.get(name)
        if ref is not None:
            return ref
        if name == FLOW_NAME:
            # So small that it stands in the ref; nothing is written.
            return self._reader.store.save(FLOW_NAME, self._spec.flow, InlineBudget())
        known = ", ".join(public(self.names()))
        raise NotFound(f"{self._spec} has no artifact {name!r}. It has: {known}.")

    def load(self, name: str) -> Any:
        ref = self.ref(name)
        where = self._spec
        if self._view is not None and name in self._view:
            where = Pathspec(self._spec.flow, *self._view.owner_of(name))
        return self._reader.load(ref, name, where)


class Data:
    """Values by attribute: `task.data.x`. Each access loads anew."""

    __slots__ = ("_values", "_where")

    def __init__(self, values: Values, where: str) -> None:
        self._values = values
        self._where = where

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        try:
            return self._values.load(name)
        except NotFound as exc:
            raise AttributeError(str(exc)) from None

    def __reduce__(self) -> tuple[Any, ...]:
        return Data, (self._values, self._where)

    def __contains__(self, name: object) -> bool:
        return name in self._values.names()

    def __dir__(self) -> list[str]:
        return self._values.names()

    def __repr__(self) -> str:
        return f"<Data of {self._where}: {', '.join(public(self._values.names()))}>"

    def _repr_html_(self) -> str:
        """What a notebook shows."""
        return str(plugins.load("face", "html")(self))


class RunParameters(Mapping[str, Any]):
    """A run's parameters by name, each loaded when it is asked for."""

    def __init__(self, reader: Reader, spec: Pathspec) -> None:
        assert spec.run is not None
        self._reader = reader
        self._spec = spec
        self._refs = reader.run_record(spec.flow, spec.run).given

    def __getitem__(self, name: str) -> Any:
        return self._reader.load(self._refs[name], name, self._spec)

    def __iter__(self) -> Iterator[str]:
        return iter(sorted(self._refs))

    def __len__(self) -> int:
        return len(self._refs)

    def __reduce__(self) -> tuple[Any, ...]:
        return RunParameters, (self._reader, self._spec)

    def __repr__(self) -> str:
        return f"<Parameters of {self._spec}: {', '.join(self)}>"

    def _repr_html_(self) -> str:
        """What a notebook shows."""
        return str(plugins.load("face", "html")(self))


def refs_of(values: Data | RunParameters) -> dict[str, ArtifactRef]:
    """Where the values that are shown unasked are kept, and what is known of them without loading."""
    if isinstance(values, RunParameters):
        return dict(sorted(values._refs.items()))
    return {name: values._values.ref(name) for name in public(values._values.names()) if name != FLOW_NAME}


def public(names: list[str]) -> list[str]:
    """Names that are shown unasked."""
    return [name for name in names if not name.startswith("_")]
