"""The loop of a run: asks the state what may run, has the executor run it, tells the state what came of it.

    state.ready ─► executor.submit        executor.wait ─► record ─► state.done ─► decision
        ▲                                                                              │
        └──────────────────────────── follow · retry · catch · fail ◄──────────────────┘

What must be decided, `state` decides; documents are the journal's; here people are told and time is kept.
"""

import time
from collections.abc import Callable
from typing import NamedTuple

from headwater.executors.base import Ending, EndingKind, Executor
from headwater.names import Pathspec
from headwater.records.run import RunEnd, RunOutcome
from headwater.records.task import Outcome, TaskRecord, TaskSpec
from headwater.scheduler.decision import NOT_THE_TASKS, Decision, DecisionKind
from headwater.scheduler.events import (
    Listener,
    TaskEnded,
    TaskFailed,
    TaskRetried,
    TasksAdded,
)
from headwater.scheduler.interrupts import Interrupts
from headwater.scheduler.journal import Journal
from headwater.scheduler.state import RunState

_PATIENCE_S = 0.2  # how long a signal may wait to be noticed


class LoopOptions(NamedTuple):
    """What the caller decides about failing and waiting."""

    keep_going: bool = False  # siblings of a failed task end by themselves
    grace_s: float = 5.0
    clock: Callable[[], float] = time.time


class Loop:
    """One run, from its first task to its end."""

    def __init__(
        self,
        state: RunState,
        executor: Executor,
        journal: Journal,
        listener: Listener,
        interrupts: Interrupts,
        options: LoopOptions,
    ) -> None:
        self._state = state
        self._executor = executor
        self._journal = journal
        self._tell = listener
        self._interrupts = interrupts
        self._options = options
        self._clock = options.clock
        self._known: dict[str, int] = {}
        self._failed: list[str] = []
        self._message = ""
        self._ending_since: float | None = None  # when a failure or an interrupt stopped the run
        self._cancelled = False
        self._interrupted = False

    def run(self) -> RunEnd:
        """Walk the graph to its end; the caller writes the end that is returned."""
        try:
            while self._state.is_active():
                self._look_at_signals()
                self._start_what_is_ready()
                for ending in self._executor.wait(self._wait_s()):
                    self._settle(ending)
                self._journal.flush()
                self._look_at_signals()  # one may have ended the last thing that ran
        finally:
            self._journal.flush(everything=True)
        return self._end()

    def _start_what_is_ready(self) -> None:
        room = self._executor.room()
        if room <= 0 or (self._ending_since is not None and not self._options.keep_going):
            return
        now = self._clock()
        for launch in self._state.ready(room, now):
            self._executor.submit(launch)
        self._tell_counts()

    def _wait_s(self) -> float:
        due = self._state.next_due()
        if due is None or self._executor.room() <= 0:
            return _PATIENCE_S
        return min(_PATIENCE_S, max(0.0, due - self._clock()))

    def _settle(self, ending: Ending) -> None:
        record = self._journal.record_of(ending, self._interrupted)
        if ending.kind is EndingKind.HOST_LOST:
            self._interrupt(record.failure.message if record.failure else "")
        if not ending.held_back and (record.gang is None or record.outcome is Outcome.FAILED):
            self._journal.note(record)
        decision = self._state.done(record, self._clock())
        if decision.kind is DecisionKind.CATCH:
            decision = self._catch(decision.specs, record)
        elif record.outcome is not Outcome.FAILED:
            self._tell(TaskEnded(record))
        self._act(decision)
        self._tell_counts()

    def _catch(self, specs: tuple[TaskSpec, ...], record: TaskRecord) -> Decision:
        """Write the caught record of each attempt that failed: one, or those of a gang."""
        for spec in specs:
            failed = record if spec.task_id == record.task_id else self._journal.failure_on_record(spec)
            caught = self._journal.catch(failed or record, spec)
            if caught.gang is None:
                self._journal.note(caught)
            decision = self._state.done(caught, self._clock())
            self._tell(TaskEnded(caught))
        return decision

    def _act(self, decision: Decision) -> None:
        if decision.kind is DecisionKind.GANG_COMPLETE:
            for published in self._journal.publish(decision.specs):
                self._journal.note(published)
        elif decision.cause is not None and decision.cause.failure is not None:
            if decision.kind is DecisionKind.RETRY:
                self._tell(TaskRetried(decision.spec, decision.cause.failure, decision.due_at))
            elif decision.kind is DecisionKind.FAIL:
                self._fail(decision.cause)

    def _fail(self, record: TaskRecord) -> None:
        assert record.failure is not None
        if record.failure.kind in NOT_THE_TASKS:
            return
        self._tell(TaskFailed(record))
        pathspec = str(Pathspec(record.flow, record.run_id, record.step, record.task_id))
        self._failed.append(pathspec)
        self._message = self._message or f"{pathspec} failed: {record.failure.message}"
        if not self._options.keep_going:
            self._stop()

    def _look_at_signals(self) -> None:
        if self._interrupts.pending and not self._interrupted:
            self._interrupt("The run was interrupted.")
            self._cancel(self._options.grace_s, "interrupted")
        if len(self._interrupts.received) > 1:
            self._cancel(0.0, "interrupted", again=True)
        if self._ending_since is not None and self._clock() >= self._ending_since + self._options.grace_s:
            self._cancel(self._options.grace_s, f"ended because {self._message or 'the run ends'}")

    def _interrupt(self, message: str) -> None:
        self._interrupted = True
        self._message = self._message or message
        self._stop()

    def _stop(self) -> None:
        """Nothing new starts; what runs has the grace to end by itself."""
        self._state.stop()
        self._executor.hold_back()
        self._ending_since = self._ending_since or self._clock()

    def _cancel(self, grace_s: float, reason: str, again: bool = False) -> None:
        if self._cancelled and not again:
            return
        self._cancelled = True
        if self._executor.running():
            self._executor.cancel(grace_s, reason)

    def _tell_counts(self) -> None:
        for step, count in self._state.counts().items():
            if self._known.get(step) != count.known:
                self._known[step] = count.known
                self._tell(TasksAdded(step, count.known))

    def _end(self) -> RunEnd:
        if self._state.finished and not self._failed:
            outcome, message = RunOutcome.SUCCEEDED, ""
        elif self._interrupted and not self._failed:
            outcome, message = RunOutcome.INTERRUPTED, self._message
        else:
            outcome, message = RunOutcome.FAILED, self._message or "The run ended before its last step."
        return RunEnd(outcome=outcome, ended_at=self._clock(), message=message, failed=tuple(self._failed))
