"""Gives the attempts of another executor their secrets: an attempt that cannot have them ends before it starts.

submit ─► secrets of the step ─┬─ Hidden ─► the launch, with them ─► executor
                               └─ SecretsError ─► Ending(REFUSED), subject to @retry and @catch like any failure
"""

import time

from headwater.errors import SecretsError
from headwater.executors.base import Ending, EndingKind, Executor, Launch, StartListener
from headwater.records.run import RunRecord
from headwater.records.task import TaskSpec
from headwater.vault.steps import StepSecrets


class SecretsExecutor(Executor):
    """Stands before the executor of a run whose steps have secrets, on the machine that watches their output."""

    def __init__(self, executor: Executor, secrets: StepSecrets, starts: StartListener = lambda spec: None) -> None:
        self._executor = executor
        self._secrets = secrets
        self._starts = starts
        self._refused: list[Ending] = []

    def open(self, run: RunRecord) -> None:
        self._executor.open(run)

    def room(self) -> int:
        return self._executor.room()

    def submit(self, launch: Launch) -> None:
        try:
            hidden = self._secrets.of(launch.step)
        except SecretsError as exc:
            self._refused += [self._refuse(spec, str(exc)) for spec in launch.specs]
            return
        self._executor.submit(launch._replace(hidden=hidden))

    def wait(self, timeout_s: float | None) -> list[Ending]:
        if self._refused:
            timeout_s = 0.0
        refused, self._refused = self._refused, []
        return refused + self._executor.wait(timeout_s)

    def running(self) -> int:
        return self._executor.running() + len(self._refused)

    def hold_back(self) -> None:
        self._executor.hold_back()

    def cancel(self, grace_s: float, reason: str) -> None:
        self._executor.cancel(grace_s, reason)

    def abandon(self) -> None:
        self._executor.abandon()

    def close(self) -> None:
        self._executor.close()

    def _refuse(self, spec: TaskSpec, reason: str) -> Ending:
        self._starts(spec)
        now = time.time()
        return Ending(spec, EndingKind.REFUSED, started_at=now, ended_at=now, detail=reason)
