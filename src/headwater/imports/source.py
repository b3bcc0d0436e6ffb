"""The contract of an imported system: its runs told as our documents, made when they are asked for.

A source reads one store where it is and never writes to it. Names that it gives are valid as `names` has it; what it
cannot read is left out of listings, and is a `RecordError` or a `BlobError` that names the file when it is asked for.

A `BlobRef` of a source has `at`: `imports/<number>/<place>`, where the place means something to the source alone.
"""

from abc import ABC, abstractmethod
from collections.abc import Collection, Iterator
from typing import NamedTuple

from headwater.records.artifact import BlobRef
from headwater.records.run import RunEnd, RunRecord
from headwater.records.task import TaskRecord


class RunName(NamedTuple):
    """One run."""

    flow: str
    run_id: str


class Unreadable(NamedTuple):
    """What a source has to leave out."""

    place: str  # relative to the store
    reason: str


class SourceSize(NamedTuple):
    """How much a source has, counted without opening anything."""

    tasks: int
    values: int  # each once
    bytes: int  # that these take


class Source(ABC):
    """One store of another system."""

    def __init__(self, folder: str, number: int) -> None:
        """`number`: of the import that names the store."""
        self.folder = folder
        self.number = number

    @property
    def prefix(self) -> str:
        """How `at` of its blobs begins."""
        return f"imports/{self.number}/"

    @abstractmethod
    def is_there(self) -> bool:
        """Whether the store can be read at all."""

    @abstractmethod
    def flows(self) -> list[str]:
        """Flows that have a run, sorted."""

    @abstractmethod
    def runs(self, flow: str) -> list[str]:
        """Ids of the runs of a flow, sorted."""

    @abstractmethod
    def has_run(self, flow: str, run_id: str) -> bool: ...

    @abstractmethod
    def stamp(self, flow: str, run_id: str, ended: bool) -> str:
        """A text that changes when what is told of a run may have changed; of one that ended well only tags do."""

    @abstractmethod
    def run(self, flow: str, run_id: str) -> RunRecord | None:
        """None when there is no such run; `RecordError` when it cannot be read."""

    @abstractmethod
    def end(self, flow: str, run_id: str) -> RunEnd | None:
        """How a run ended; None while nothing says so."""

    @abstractmethod
    def tasks(self, flow: str, run_id: str) -> Iterator[TaskRecord]:
        """Every attempt that ended, without values and facts."""

    @abstractmethod
    def task(self, flow: str, run_id: str, step: str, task_id: str, attempt: int | None) -> TaskRecord | None:
        """One attempt with all that is known of it; attempt None: the one that succeeded."""

    @abstractmethod
    def log(self, flow: str, run_id: str, step: str, task_id: str, attempt: int) -> bytes | None:
        """What an attempt printed, as `records.log` has it; None when it printed nothing."""

    @abstractmethod
    def logs(self, flow: str, run_id: str, step: str) -> list[tuple[str, int]]:
        """(task id, attempt) of each log of a step."""

    @abstractmethod
    def load_blob(self, ref: BlobRef, label: str) -> bytes:
        """The bytes that one of its references names, checked; `BlobError`."""

    @abstractmethod
    def measure(self, flows: Collection[str]) -> SourceSize:
        """What these flows have."""

    @abstractmethod
    def unreadable(self) -> list[Unreadable]:
        """What was met so far that could not be read."""
