"""Counts of a run, kept from its events at a constant cost for each."""

from headwater.scheduler.events import (
    Event,
    RunStarted,
    TaskEnded,
    TaskFailed,
    TaskRetried,
    TasksAdded,
    TaskStarted,
)

Key = tuple[str, str]  # step, task id


class StepTally:
    """How far one step is."""

    __slots__ = ("done", "ended_at", "failed", "known", "retried", "running", "started_at")

    def __init__(self) -> None:
        self.known = 0
        self.running = 0
        self.done = 0
        self.failed = 0
        self.retried = 0
        self.started_at = 0.0
        self.ended_at = 0.0

    @property
    def settled(self) -> bool:
        """Every task known of it has ended; a loop or an outer foreach may still bring more."""
        return not self.running and self.done + self.failed >= self.known


class Tally:
    """How far a run is."""

    def __init__(self) -> None:
        self.steps: dict[str, StepTally] = {}  # in the order in which they were heard of
        self.taken_over = 0
        self.started_at = 0.0
        self._running: set[Key] = set()
        self._overlapped: set[Key] = set()  # running tasks that another ran beside

    @property
    def running(self) -> int:
        return len(self._running)

    @property
    def done(self) -> int:
        """Tasks that this run executed itself."""
        return sum(step.done for step in self.steps.values()) - self.taken_over

    @property
    def failed(self) -> int:
        return sum(step.failed for step in self.steps.values())

    def step(self, name: str) -> StepTally:
        return self.steps.setdefault(name, StepTally())

    def has_company(self, step: str, task_id: str) -> bool:
        """Whether a line of this task could be mistaken for another's."""
        return self.step(step).known > 1 or len(self._running) > 1 or (step, task_id) in self._overlapped

    def add(self, event: Event) -> None:
        if isinstance(event, RunStarted):
            self.taken_over = event.taken_over
            self.started_at = event.run.created_at
            for taken in event.taken:
                self.step(taken.step).done += taken.count
        elif isinstance(event, TasksAdded):
            self.step(event.step).known = event.known
        elif isinstance(event, TaskStarted):
            self._start((event.spec.step, event.spec.task_id), event.at)
        elif isinstance(event, TaskRetried):
            self.step(event.spec.step).retried += 1
            self._stop((event.spec.step, event.spec.task_id))
        elif isinstance(event, TaskEnded | TaskFailed):
            record = event.record
            step = self.step(record.step)
            if isinstance(event, TaskEnded):
                step.done += 1
            else:
                step.failed += 1
            step.ended_at = record.ended_at
            self._stop((record.step, record.task_id))

    def _start(self, key: Key, at: float) -> None:
        step = self.step(key[0])
        step.started_at = step.started_at or at
        if key not in self._running:
            step.running += 1
            step.known = max(step.known, step.done + step.failed + step.running)
        if len(self._running) == 1:
            self._overlapped |= self._running
        if self._running:
            self._overlapped.add(key)
        self._running.add(key)

    def _stop(self, key: Key) -> None:
        if key in self._running:
            self._running.discard(key)
            self._overlapped.discard(key)
            self.step(key[0]).running -= 1
