"""Gives the attempts of another executor their secrets: an attempt that cannot have them ends before it starts.

    submit ─► fetched, in a thread ─┬─ Hidden ─► the launch, with them ─► executor
                                    └─ SecretsError ─► Ending(REFUSED), subject to @retry and @catch like any failure

What other attempts print, and Ctrl-C, is heard meanwhile.
"""

import time
from collections import deque
from threading import Thread

from headwater.errors import SecretsError
from headwater.executors.base import Ending, EndingKind, Executor, Launch, StartListener, held_back
from headwater.records.decorators import find_decorator
from headwater.records.run import RunRecord
from headwater.records.secrets import Secrets
from headwater.records.step import StepSpec
from headwater.records.task import TaskSpec
from headwater.vault.steps import Hidden, StepSecrets

_SOON_S = 0.05  # within which what is on this machine is fetched; also how often others are looked at


class SecretsExecutor(Executor):
    """Stands before the executor of a run whose steps have secrets, on the machine that watches their output."""

    def __init__(self, executor: Executor, secrets: StepSecrets, starts: StartListener = lambda spec: None) -> None:
        self._executor = executor
        self._secrets = secrets
        self._starts = starts
        self._known: dict[str, Hidden] = {}  # by step
        self._fetches: dict[str, _Fetch] = {}  # by step: under way, or over and not looked at
        self._waiting: deque[Launch] = deque()
        self._endings: list[Ending] = []  # of attempts that never reached the other executor

    def open(self, run: RunRecord) -> None:
        self._executor.open(run)

    def room(self) -> int:
        return max(0, self._executor.room() - len(self._waiting))

    def submit(self, launch: Launch) -> None:
        step = launch.step
        if find_decorator(step.decorators, Secrets) is None:
            self._executor.submit(launch)
            return
        self._waiting.append(launch)
        if step.step not in self._known and step.step not in self._fetches:
            self._fetches[step.step] = fetch = _Fetch(self._secrets, step)
            fetch.join(_SOON_S)
        self._advance()

    def wait(self, timeout_s: float | None) -> list[Ending]:
        deadline = None if timeout_s is None else time.monotonic() + timeout_s
        while self._waiting and not self._endings:
            left = _SOON_S if deadline is None else min(_SOON_S, deadline - time.monotonic())
            if left <= 0:
                return []
            if self._executor.running():
                self._endings += self._executor.wait(left)
            else:
                self._fetches[self._waiting[0].step.step].join(left)
            self._advance()
        if not self._endings:
            return self._executor.wait(None if deadline is None else max(0.0, deadline - time.monotonic()))
        endings, self._endings = self._endings, []
        return endings

    def running(self) -> int:
        waiting = sum(len(launch.specs) for launch in self._waiting)
        return self._executor.running() + waiting + len(self._endings)

    def hold_back(self) -> None:
        self._endings += [held_back(spec) for launch in self._waiting for spec in launch.specs]
        self._waiting.clear()
        self._executor.hold_back()

    def cancel(self, grace_s: float, reason: str) -> None:
        self.hold_back()
        self._executor.cancel(grace_s, reason)

    def abandon(self) -> None:
        self._executor.abandon()

    def close(self) -> None:
        self._executor.close()

    def _advance(self) -> None:
        """Submit the launches whose secrets are there, and end those that cannot have them."""
        refused: dict[str, str] = {}
        for name, fetch in list(self._fetches.items()):
            if fetch.is_alive():
                continue
            del self._fetches[name]  # the next attempt asks again for what could not be had
            try:
                self._known[name] = fetch.result()
            except SecretsError as exc:
                refused[name] = str(exc)
            else:
                self._secrets.tell_short(self._known[name])
        waiting, self._waiting = self._waiting, deque()
        for launch in waiting:
            name = launch.step.step
            if name in refused:
                self._endings += [self._refuse(spec, refused[name]) for spec in launch.specs]
            elif name in self._known:
                self._executor.submit(launch._replace(hidden=self._known[name]))
            else:
                self._waiting.append(launch)

    def _refuse(self, spec: TaskSpec, reason: str) -> Ending:
        self._starts(spec)
        now = time.time()
        return Ending(spec, EndingKind.REFUSED, started_at=now, ended_at=now, detail=reason)


class _Fetch(Thread):
    """The secrets of one step, on their way."""

    def __init__(self, secrets: StepSecrets, step: StepSpec) -> None:
        super().__init__(daemon=True)  # a service that never answers does not hold the run's end
        self._secrets = secrets
        self._step = step
        self._found: Hidden | None = None
        self._error: BaseException | None = None
        self.start()

    def run(self) -> None:
        try:
            self._found = self._secrets.of(self._step)
        except BaseException as exc:  # noqa: BLE001  raised where the result is asked for
            self._error = exc

    def result(self) -> Hidden:
        if self._error is not None:
            raise self._error
        assert self._found is not None
        return self._found
