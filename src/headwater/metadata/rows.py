"""What the index answers: frozen rows, one fact each."""

from collections.abc import Mapping
from typing import Any, NamedTuple

from headwater.records.task import FailureKind, Outcome


class RunRow(NamedTuple):
    """One run."""

    flow: str
    run_id: str
    user: str
    created_at: float  # seconds since 1970, UTC
    tags: tuple[str, ...] = ()
    system_tags: tuple[str, ...] = ()
    origin_run_id: str | None = None
    outcome: str | None = None  # None: no end is known, the run is running or lost
    ended_at: float | None = None
    message: str = ""
    parameters: Mapping[str, Any] = {}  # name -> what its summary shows: a plain value or a short text
    tags_number: int = 0  # of the change after which the tags stand

    @property
    def duration_s(self) -> float | None:
        """None while no end is known."""
        return None if self.ended_at is None else self.ended_at - self.created_at


class FlowRow(NamedTuple):
    """The runs of one flow, counted, and the newest of them."""

    flow: str
    runs: int
    users: tuple[str, ...]  # sorted
    succeeded: int
    created_at: float  # of the newest run; seconds since 1970, UTC
    run_id: str
    outcome: str | None  # None: no end is known
    ended_at: float | None


class TaskRow(NamedTuple):
    """One attempt of a task; in a list of tasks the one that counts: the success, else the newest."""

    run_id: str  # the run that really executed it
    step: str
    task_id: str
    attempt: int
    outcome: Outcome
    started_at: float
    ended_at: float
    splits: int | None = None  # width of the foreach or gang that it opened
    failure_kind: FailureKind | None = None
    failure_message: str = ""


class StepRow(NamedTuple):
    """The tasks of one step, counted."""

    step: str
    tasks: int
    succeeded: int
    caught: int
    failed: int
    taken_over: int  # of those that succeeded or were caught
    started_at: float | None  # of the tasks that the run executed itself; None when it executed none
    ended_at: float | None

    @property
    def done(self) -> int:
        return self.succeeded + self.caught


class RunFiles(NamedTuple):
    """What the files of a run's own folder take, in bytes: on a disk whole blocks."""

    documents: int
    logs: int


class SpaceRow(NamedTuple):
    """What one run takes, in bytes; blobs as their documents give them, before compression."""

    flow: str
    run_id: str
    files: RunFiles | None  # None: never measured
    code: str | None  # hash of the manifest of its code, whose files are not among the blobs
    blobs: int  # all that it refers to
    own_blobs: int  # of these what no other run refers to


class FlowSpaceRow(NamedTuple):
    """What the runs of one flow take, in bytes."""

    flow: str
    runs: int
    files: RunFiles  # of those that were measured
    own_blobs: int  # what only runs of this flow refer to, each blob once
