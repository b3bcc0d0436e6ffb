"""What a comparison answers: frozen values that say what was there before, what is there after, and what differs.

Nothing here reads anything. Field names are those of `headwater diff --json`; fields may be added, none is renamed.
"""

from enum import StrEnum
from typing import Any

import msgspec


class Change(StrEnum):
    """How something came through."""

    SAME = "same"
    CHANGED = "changed"
    ADDED = "added"  # only after
    REMOVED = "removed"  # only before


class Answer(msgspec.Struct, frozen=True, kw_only=True):
    """Base of all answers."""


class TextChange(Answer, frozen=True, kw_only=True):
    """A fact that differs; None: it was not there."""

    name: str
    before: str | None
    after: str | None

    @property
    def change(self) -> Change:
        if self.before is None:
            return Change.ADDED
        return Change.REMOVED if self.after is None else Change.CHANGED


class Value(Answer, frozen=True, kw_only=True):
    """One stored value, as its summary tells it."""

    type: str
    size: int  # bytes of the stored form
    hash: str
    text: str  # one line
    number: float | None  # a finite int, float or bool
    summary: dict[str, Any]


class ValueChange(Answer, frozen=True, kw_only=True):
    """One named value on both sides."""

    name: str
    change: Change
    before: Value | None
    after: Value | None
    facts: tuple[str, ...] = ()  # what differs, in words: `0.1 → 0.2`, `100 → 120 rows`


class RunSide(Answer, frozen=True, kw_only=True):
    """One of two runs."""

    pathspec: str
    status: str
    user: str
    created_at: float  # seconds since 1970, UTC
    duration_s: float | None  # None while no end is known
    tags: tuple[str, ...]
    origin: str | None  # the run that it resumed


class FileChange(Answer, frozen=True, kw_only=True):
    """One file of the code that differs. Sizes in bytes; None: it is not there."""

    path: str
    change: Change
    before_size: int | None
    after_size: int | None


class CodeChange(Answer, frozen=True, kw_only=True):
    """The code that the runs kept."""

    kept: bool  # False: a run kept none, so `files` cannot tell
    before_commit: str | None
    after_commit: str | None
    files: tuple[FileChange, ...]


class EnvironmentChange(Answer, frozen=True, kw_only=True):
    """What the runs ran on."""

    facts: tuple[TextChange, ...]  # python, implementation, platform, headwater, host
    distributions: tuple[TextChange, ...]  # name and versions of what was installed


class StepChange(Answer, frozen=True, kw_only=True):
    """A step whose declaration differs: its place in the graph, its decorators."""

    step: str
    change: Change
    facts: tuple[TextChange, ...]  # next, kind, decorators, join


class StepCounts(Answer, frozen=True, kw_only=True):
    """The tasks of a step on one side."""

    tasks: int
    failed: int
    taken_over: int
    seconds: float  # of all its tasks together
    longest_s: float


class TasksChange(Answer, frozen=True, kw_only=True):
    """The tasks of one step on both sides; None: the step has none there."""

    step: str
    before: StepCounts | None
    after: StepCounts | None
    shared: int  # tasks that are one and the same: a resumed run took them over
    compared: int  # tasks whose artifacts were compared
    left_out: int  # tasks on both sides that were not, for there are too many


class Example(Answer, frozen=True, kw_only=True):
    """One value in one task."""

    task_id: str
    value: ValueChange


class ArtifactChange(Answer, frozen=True, kw_only=True):
    """One artifact along all tasks of a step that both sides have; counts are of tasks."""

    step: str
    name: str
    same: int
    changed: int
    added: int
    removed: int
    before_mean: float | None  # where all of several tasks hold numbers
    after_mean: float | None
    examples: tuple[Example, ...]  # of the first tasks in which it differs

    @property
    def differs(self) -> bool:
        return self.same == 0 or self.changed + self.added + self.removed > 0


class TaskSide(Answer, frozen=True, kw_only=True):
    """One of two tasks: the attempt that counts."""

    pathspec: str
    outcome: str
    attempt: int
    executed_by: str  # pathspec of the run
    duration_s: float
    cpu_s: float | None
    peak_memory: int | None  # bytes
    failure: str
