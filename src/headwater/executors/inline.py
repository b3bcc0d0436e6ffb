"""Runs attempts one after the other in this very process, for the debugger and the terminal."""

import os
import time
from collections import deque

from headwater.executors.base import Ending, EndingKind, Executor, Launch, StartListener, held_back
from headwater.executors.gang import give_address
from headwater.hosts.inline import InlineHost
from headwater.records.run import RunRecord
from headwater.records.task import TaskSpec
from headwater.storage.base import Storage
from headwater.vault.steps import Hidden


class InlineExecutor(Executor):
    """One attempt for each `wait`. Nothing runs between the calls, so there is nothing to end or to kill."""

    def __init__(self, storage: Storage, host: InlineHost, starts: StartListener = lambda spec: None) -> None:
        self._storage = storage
        self._host = host
        self._starts = starts
        self._queue: deque[Launch] = deque()
        self._endings: list[Ending] = []

    def open(self, run: RunRecord) -> None:
        self._host.open_run(run, self._storage.url)

    def room(self) -> int:
        return max(0, 1 - len(self._queue))

    def submit(self, launch: Launch) -> None:
        self._queue.append(give_address(launch))

    def wait(self, timeout_s: float | None) -> list[Ending]:
        if self._queue and not self._endings:
            launch = self._queue.popleft()
            self._endings += [self._run(spec, launch.hidden) for spec in launch.specs]
        endings, self._endings = self._endings, []
        return endings

    def running(self) -> int:
        return sum(len(launch.specs) for launch in self._queue) + len(self._endings)

    def hold_back(self) -> None:
        for launch in self._queue:
            self._endings += [held_back(spec) for spec in launch.specs]
        self._queue.clear()

    def cancel(self, grace_s: float, reason: str) -> None:
        self.hold_back()

    def close(self) -> None:
        self._queue.clear()

    def _run(self, spec: TaskSpec, hidden: Hidden | None) -> Ending:
        self._starts(spec)
        started_at = time.time()
        code = self._host.run_one(spec, hidden.variables if hidden else {})
        return Ending(
            spec, EndingKind.EXITED, exit_code=code, started_at=started_at, ended_at=time.time(), pid=os.getpid()
        )
