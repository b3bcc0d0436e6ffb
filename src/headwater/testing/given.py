"""Values that a test gives to a step: copied by being stored, as in a run, or handed over where pickle has no hold.

Handed over are stubs and mocks, lambdas, objects of classes inside functions, open files.
"""

from typing import Any

from headwater.artifacts.serializers import CLOUDPICKLE, UNSTORABLE, type_name
from headwater.artifacts.store import ArtifactStore, InlineBudget
from headwater.errors import ArtifactError
from headwater.records.artifact import ArtifactRef, SplitItems
from headwater.storage.base import Storage

_LIVE = "live"  # the serializer of a value that is handed over


class GivenStore(ArtifactStore):
    """A store that also holds objects of this process: stubs, mocks, open files, which a test may give to a step.

    What the step itself sets has to be storable, as in a run. A given object that it passes on is passed on.
    """

    def __init__(self, storage: Storage) -> None:
        super().__init__(storage)
        self._live: dict[str, Any] = {}  # by the number of the object

    def give(self, name: str, value: Any) -> ArtifactRef:
        """Hold a value for the step; a copy of it where pickle alone can make one."""
        try:
            ref = super().save(name, value, InlineBudget())
        except ArtifactError:
            ref = None
        if ref is not None and ref.serializer not in (CLOUDPICKLE, UNSTORABLE):
            return ref
        self._live[str(id(value))] = value
        return _ref(value)

    def give_items(self, items: list[Any]) -> SplitItems:
        """Hold the items of a foreach."""
        try:
            return super().pack("input", items, InlineBudget(0))
        except ArtifactError:
            self._live[str(id(items))] = items
            return SplitItems(count=len(items), data=f"{_LIVE}:{id(items)}".encode())

    def save(self, name: str, value: Any, budget: InlineBudget) -> ArtifactRef:
        if self._live.get(str(id(value))) is value and value is not None:
            return _ref(value)
        return super().save(name, value, budget)

    def load(self, ref: ArtifactRef, name: str, where: str) -> Any:
        return self._live[ref.hash] if ref.serializer == _LIVE else super().load(ref, name, where)

    def unpack(self, items: SplitItems, index: int, where: str) -> Any:
        if items.data is not None and items.data.startswith(f"{_LIVE}:".encode()):
            return self._live[items.data.decode().partition(":")[2]][index]
        return super().unpack(items, index, where)


def _ref(value: Any) -> ArtifactRef:
    return ArtifactRef(type=type_name(value), serializer=_LIVE, size=0, hash=str(id(value)))
