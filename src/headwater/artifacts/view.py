"""The artifacts of one task: its own and those it inherits, each found by one hop."""

from collections.abc import Callable
from typing import Any, NamedTuple

from headwater.artifacts.store import ArtifactStore
from headwater.errors import NotFound
from headwater.names import Pathspec
from headwater.records.artifact import ArtifactRef, Inherited
from headwater.records.task import TaskRecord
from headwater.storage import layout
from headwater.storage.base import Storage
from headwater.storage.documents import find_document


class Owner(NamedTuple):
    """The task whose record holds a reference."""

    run_id: str
    step: str
    task_id: str


def read_task(storage: Storage, flow: str, owner: Owner) -> TaskRecord:
    """The success record of a task; `NotFound` when it has none."""
    record = find_document(storage, TaskRecord, layout.task(flow, *owner))
    if record is None:
        raise NotFound(
            f"The record of {Pathspec(flow, *owner)} is missing from {storage.url}. "
            "Was its run removed? Run the flow again, or restore the file."
        )
    return record


class ArtifactView:
    """What can be read from one task's record. Records of other tasks are loaded when a name of theirs is asked for."""

    def __init__(self, store: ArtifactStore, record: TaskRecord, read: Callable[[Owner], TaskRecord]) -> None:
        """`read` loads the success record of another task of the flow."""
        self._store = store
        self._read = read
        self.record = record
        self.owner = Owner(record.run_id, record.step, record.task_id)
        self._owners: dict[str, Owner] = {}
        for group in record.inherited:
            self._owners.update(dict.fromkeys(group.names, Owner(group.run_id, group.step, group.task_id)))

    def names(self) -> set[str]:
        return {*self._owners, *self.record.artifacts}

    def __contains__(self, name: object) -> bool:
        return name in self.record.artifacts or name in self._owners

    def owner_of(self, name: str) -> Owner:
        """The task that wrote the value; `KeyError` for an unknown name."""
        return self.owner if name in self.record.artifacts else self._owners[name]

    def ref(self, name: str) -> ArtifactRef:
        """Where the value is; `KeyError` for an unknown name."""
        own = self.record.artifacts.get(name)
        if own is not None:
            return own
        return self._read(self._owners[name]).artifacts[name]

    def refs(self) -> dict[str, ArtifactRef]:
        return {name: self.ref(name) for name in sorted(self.names())}

    def load(self, name: str) -> Any:
        where = str(Pathspec(self.record.flow, *self.owner_of(name)))
        return self._store.load(self.ref(name), name=name, where=where)


def group_by_owner(owners: dict[str, Owner]) -> tuple[Inherited, ...]:
    """The document form of inherited names: sorted, so that equal tasks have equal records."""
    groups: dict[Owner, list[str]] = {}
    for name in sorted(owners):
        groups.setdefault(owners[name], []).append(name)
    return tuple(
        Inherited(run_id=owner.run_id, step=owner.step, task_id=owner.task_id, names=tuple(names))
        for owner, names in sorted(groups.items())
    )
