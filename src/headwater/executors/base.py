"""The executor contract: attempts in, endings out.

The executor runs attempts; it decides nothing about them. An attempt that ran to its end has written its own record to
storage, and the caller reads it there; an `Ending` only says how the process went, for the attempts that left none.

    open(run) -> submit(launch) ... wait(timeout) -> endings ... close()

`submit` returns at once. Every submitted spec comes back in exactly one `Ending`, in any order, also after `cancel`.
The members of a gang are one `Launch`: they start together; when one of them ends badly the others are ended, with the
ending `CANCELLED`.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from enum import StrEnum
from typing import NamedTuple, Self

from headwater.records.log import LogLine
from headwater.records.run import RunRecord
from headwater.records.step import StepSpec
from headwater.records.task import TaskSpec, Usage
from headwater.vault.steps import Hidden


class EndingKind(StrEnum):
    """What ended an attempt's process."""

    EXITED = "exited"  # the process ended by itself; see `exit_code`
    SIGNALLED = "signalled"  # killed by `signal`, not by us
    TIMED_OUT = "timed-out"  # ended by us after its deadline and the grace
    DEADLOCKED = "deadlocked"  # asleep for ever, twice (a fork and a fresh interpreter)
    HOST_LOST = "host-lost"  # the host that ran it is gone
    REFUSED = "refused"  # never started: what it needs cannot be had, see `detail`
    CANCELLED = "cancelled"  # ended by `cancel` or because a gang mate failed


class Ending(NamedTuple):
    """How one attempt's process went."""

    spec: TaskSpec
    kind: EndingKind
    exit_code: int | None = None
    signal: int | None = None
    started_at: float = 0.0  # seconds since 1970, UTC
    ended_at: float = 0.0
    pid: int = 0
    usage: Usage | None = None  # what the kernel counted, when the attempt could not measure itself
    detail: str = ""  # the engine's own words

    @property
    def held_back(self) -> bool:
        """It never started."""
        return self.kind is EndingKind.CANCELLED and self.pid == 0


def held_back(spec: TaskSpec) -> Ending:
    """How an attempt went that never started."""
    return Ending(spec, EndingKind.CANCELLED, detail="The run ended before the task could start.")


class Launch(NamedTuple):
    """What starts together: one attempt, or all nodes of a gang."""

    step: StepSpec
    specs: tuple[TaskSpec, ...]
    hidden: Hidden | None = None  # secrets of its attempts, to be masked in what they print


#: Called with every line of output as it arrives: (spec, lines). An unfinished line may come in pieces that are not
#: `complete`; the next of its stream goes on with it.
OutputListener = Callable[[TaskSpec, Sequence[LogLine]], None]

#: Called when an attempt no longer waits: it has its share of the machine, and its process is there or will be at once.
StartListener = Callable[[TaskSpec], None]


class Executor(ABC):
    """Runs attempts somewhere."""

    @abstractmethod
    def open(self, run: RunRecord) -> None:
        """Make ready for the attempts of one run, whose record is in storage already."""

    @abstractmethod
    def room(self) -> int:
        """How many more launches can be submitted now without their waiting long; the loop asks before each round."""

    @abstractmethod
    def submit(self, launch: Launch) -> None: ...

    @abstractmethod
    def wait(self, timeout_s: float | None) -> list[Ending]:
        """Endings since the last call; blocks until there is one, or `timeout_s` is over, or a signal came."""

    @abstractmethod
    def running(self) -> int:
        """Attempts submitted and not yet ended."""

    @abstractmethod
    def hold_back(self) -> None:
        """Start nothing more of what was submitted: launches that wait come back as `CANCELLED`; what runs goes on."""

    @abstractmethod
    def cancel(self, grace_s: float, reason: str) -> None:
        """End everything: SIGTERM, after the grace SIGKILL. Returns at once; the endings come from `wait`.

        `reason` is written to each log, so that a reader knows why it stops.
        """

    def abandon(self) -> None:
        """Kill every process that a call may be waiting for, so that it returns. Called in a signal's handler."""

    @abstractmethod
    def close(self) -> None:
        """Release hosts; whatever still runs is killed. Safe to call twice."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()
