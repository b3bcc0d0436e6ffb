"""One stored value as it is read back."""

from collections.abc import Iterator
from datetime import datetime
from typing import TYPE_CHECKING, Any, ClassVar

from headwater.client.base import AttemptObject
from headwater.errors import NotFound
from headwater.records.artifact import ArtifactRef

if TYPE_CHECKING:
    from headwater.client.task import Task


class DataArtifact(AttemptObject["DataArtifact"]):
    """One value of one task."""

    _parts: ClassVar[int] = 5

    @property
    def parent(self) -> "Task":
        task: Task = self._up()
        task._attempt = self._attempt
        return task

    @property
    def data(self) -> Any:
        """The value, loaded anew each time."""
        return self.parent._values().load(self.id)

    @property
    def ref(self) -> ArtifactRef:
        """Where and how the value is kept."""
        return self.parent._values().ref(self.id)

    @property
    def sha(self) -> str:
        """Equal for equal bytes."""
        return self.ref.hash

    @property
    def size(self) -> int:
        """Bytes of the stored form."""
        return self.ref.size

    @property
    def type(self) -> str:
        """The name of the value's type; it is known without loading."""
        return self.ref.type

    @property
    def summary(self) -> dict[str, Any]:
        """What is known of the value without loading it: a shape, columns, the head of a text."""
        return self.ref.summary

    @property
    def created_at(self) -> datetime | None:
        return self.parent.finished_at

    @property
    def origin_pathspec(self) -> str | None:
        """The value in the run that really executed its task, where that was taken over; else None."""
        origin = self.parent.origin_pathspec
        return f"{origin}/{self.id}" if origin else None

    @property
    def finished_at(self) -> datetime | None:
        """When the task ended."""
        return self.parent.finished_at

    def diff(self, other: "DataArtifact | str") -> Any:
        """What is different in another artifact: an `ArtifactDiff`, told by their summaries."""
        return self._diff(other)

    def __iter__(self) -> Iterator["DataArtifact"]:
        return iter(())

    def _child(self, name: str) -> "DataArtifact":
        raise NotFound(f"{self.pathspec} is an artifact and holds nothing else. Its value is `.data`.")

    def _check_exists(self) -> None:
        self.parent._check_exists()
        self.parent._values().ref(self.id)
