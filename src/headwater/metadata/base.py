"""The metadata contract: an index over the documents of a root, fast to ask and safe to delete.

    add_run -> add_origin* -> add_tasks* -> end_run          by the driver of a run
    set_tags                                                 by whoever changes the tags of a run
    add_documents                                            by a rebuild: a whole run at once

What an index holds is a function of the documents that it was given, whatever their order and however often: giving one
again changes nothing. Several processes may write and read one index at the same time. A fact may be missing from it (a
driver died before it wrote), so whoever must be certain reads the document.
"""

from abc import ABC, abstractmethod
from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple, Self

from headwater.metadata.query import EVERY_RUN, RunQuery
from headwater.metadata.rows import FlowRow, FlowSpaceRow, RunFiles, RunRow, SpaceRow, StepRow, TaskRow
from headwater.records.run import OriginRecord, RunEnd, RunRecord
from headwater.records.tags import TagsRecord
from headwater.records.task import TaskRecord


class RunDocuments(NamedTuple):
    """What a root holds of one run; anything damaged left out."""

    flow: str
    run_id: str
    run: RunRecord | None = None
    origins: Sequence[OriginRecord] = ()
    tags: TagsRecord | None = None  # the newest
    tasks: Sequence[TaskRecord] = ()  # successes and failed attempts, no provisional ones
    end: RunEnd | None = None


class TaskKey(NamedTuple):
    """The name of one task document: `attempt` is None for the success."""

    step: str
    task_id: str
    attempt: int | None


class Metadata(ABC):
    """An index over runs and tasks."""

    @abstractmethod
    def add_run(self, run: RunRecord) -> None: ...

    @abstractmethod
    def add_tasks(self, records: Iterable[TaskRecord]) -> None:
        """Attempts that ended, of any runs; a success stands beside the failed attempts before it."""

    @abstractmethod
    def add_origin(self, flow: str, run_id: str, origin: OriginRecord) -> None:
        """Tasks that the run took over: they are listed as its own, with the run that executed them."""

    @abstractmethod
    def end_run(self, flow: str, run_id: str, end: RunEnd) -> None: ...

    @abstractmethod
    def set_tags(self, flow: str, run_id: str, tags: TagsRecord) -> None:
        """The run's tags were changed; an older change than the one that is known changes nothing."""

    @abstractmethod
    def add_documents(self, documents: RunDocuments) -> None:
        """Everything of one run, seen by readers all at once or not at all."""

    @abstractmethod
    def forget_run(self, flow: str, run_id: str) -> None:
        """Drop a run whose documents are gone."""

    @abstractmethod
    def clear(self) -> None:
        """Drop everything."""

    @abstractmethod
    def flows(self) -> list[str]:
        """Flows that have a run, sorted."""

    @abstractmethod
    def flow_rows(self) -> list[FlowRow]:
        """The same, with what is known of their runs; the one that ran last first."""

    @abstractmethod
    def runs(self, query: RunQuery = EVERY_RUN) -> list[RunRow]:
        """The runs that are asked for."""

    @abstractmethod
    def run(self, flow: str, run_id: str) -> RunRow | None: ...

    @abstractmethod
    def step_names(self, flow: str, run_id: str) -> set[str]:
        """Steps that have a task."""

    @abstractmethod
    def steps(self, flow: str, run_id: str) -> list[StepRow]:
        """Steps that have a task, in the order in which they began."""

    @abstractmethod
    def task_counts(self, runs: Iterable[tuple[str, str]]) -> dict[tuple[str, str], int]:
        """(flow, run id) -> how many tasks the run has, those taken over among them."""

    @abstractmethod
    def tasks(self, flow: str, run_id: str, step: str | None = None) -> list[TaskRow]:
        """A row for each task in position order, those taken over among them."""

    @abstractmethod
    def attempts(self, flow: str, run_id: str, step: str, task_id: str) -> list[TaskRow]:
        """Every attempt of a task, the first one first."""

    @abstractmethod
    def task_keys(self, flow: str, run_id: str) -> set[TaskKey]:
        """The task documents of the run's own that are known."""

    @abstractmethod
    def run_ids(self, unfinished: bool = False) -> set[tuple[str, str]]:
        """(flow, run id) of every run; of those without an end when `unfinished`."""

    @abstractmethod
    def taken_from(self) -> set[tuple[str, str, str]]:
        """(flow, run id, id of a run of which it took tasks over)."""

    @abstractmethod
    def set_files(self, flow: str, run_id: str, files: RunFiles) -> None:
        """The run's folder was measured; not a fact of its documents, so no part of `dump`."""

    @abstractmethod
    def files(self) -> dict[tuple[str, str], RunFiles]:
        """By (flow, run id), what the folders of runs take that were measured."""

    @abstractmethod
    def unmeasured(self) -> set[tuple[str, str]]:
        """(flow, run id) of runs whose folder was never measured, or may have grown since: they have no end."""

    @abstractmethod
    def space(self, flow: str | None = None) -> list[SpaceRow]:
        """What each run of a flow takes, or of all, in no particular order."""

    @abstractmethod
    def flow_space(self) -> list[FlowSpaceRow]:
        """What each flow takes."""

    @abstractmethod
    def codes(self) -> set[str]:
        """Hashes of the manifests of the code that runs were made of."""

    @abstractmethod
    def blob_bytes(self, only: Iterable[tuple[str, str]] | None = None) -> int:
        """Bytes of all blobs that runs refer to, or of those that only these (flow, run id) do, each blob once."""

    @abstractmethod
    def mark_seen(self, flow: str, run_id: str, stamp: str) -> None:
        """All documents of a run without an end were read when its folders bore this stamp. It is no content."""

    @abstractmethod
    def seen(self, every: bool = False) -> dict[tuple[str, str], str]:
        """(flow, run id) -> the stamp of each run without an end that has one; of `every` run that has one."""

    @abstractmethod
    def dump(self) -> list[tuple[Any, ...]]:
        """All content as sorted rows: equal for two indexes that were given the same documents."""

    def task(self, flow: str, run_id: str, step: str, task_id: str) -> TaskRow | None:
        """The attempt of a task that counts."""
        attempts = self.attempts(flow, run_id, step, task_id)
        return attempts[-1] if attempts else None

    def close(self) -> None:
        """Release the connection. The index is not used afterwards."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()
