"""Counts of a run, kept from its events at a constant cost for each."""

from headwater.records.run import RunRecord
from headwater.records.task import Outcome, TaskRecord
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


class Peak:
    """The largest figure so far, and the task that it is of."""

    __slots__ = ("task", "value")

    def __init__(self) -> None:
        self.value = 0.0
        self.task: Key | None = None

    def add(self, value: float, task: Key) -> None:
        if value > self.value:
            self.value, self.task = value, task


class StepTally:
    """How far one step is."""

    __slots__ = (
        "busy_s", "busy_since", "caught", "cpu_s", "done", "ended_at", "failed", "grew", "known", "longest", "measured",
        "memory", "retried", "running", "started_at", "taken", "work_s",
    )  # fmt: skip

    def __init__(self) -> None:
        self.known = 0
        self.running = 0
        self.done = 0  # succeeded, caught or taken over
        self.caught = 0
        self.failed = 0
        self.retried = 0  # attempts that failed and were made again
        self.taken = 0  # tasks taken over from an origin
        self.measured = 0  # tasks that this run itself brought to their end
        self.grew = False  # more tasks became known after the first had started: more may follow
        self.started_at = 0.0
        self.ended_at = 0.0
        self.busy_s = 0.0  # during which at least one of its tasks ran, as far as that is over
        self.busy_since = 0.0
        self.work_s = 0.0  # what its tasks took, one after the other
        self.cpu_s = 0.0
        self.longest = Peak()  # seconds
        self.memory = Peak()  # bytes

    @property
    def queued(self) -> int:
        """Known, and neither running nor ended; a retry that waits is among them."""
        return max(0, self.known - self.running - self.done - self.failed)

    @property
    def settled(self) -> bool:
        """Every task known of it has ended; a loop or an outer foreach may still bring more."""
        return not self.running and self.done + self.failed >= self.known


class Tally:
    """How far a run is."""

    def __init__(self) -> None:
        self.steps: dict[str, StepTally] = {}  # in the order in which they were heard of
        self.run: RunRecord | None = None
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
        step = self.steps.get(name)
        if step is None:
            step = self.steps[name] = StepTally()
        return step

    def has_company(self, step: str, task_id: str) -> bool:
        """Whether a line of this task could be mistaken for another's."""
        return self.step(step).known > 1 or len(self._running) > 1 or (step, task_id) in self._overlapped

    def add(self, event: Event) -> None:
        if isinstance(event, RunStarted):
            self.run = event.run
            self.taken_over = event.taken_over
            self.started_at = event.run.created_at
            for taken in event.taken:
                step = self.step(taken.step)
                step.done += taken.count
                step.taken += taken.count
        elif isinstance(event, TasksAdded):
            step = self.step(event.step)
            step.grew = step.grew or (step.started_at > 0 and event.known > step.known)
            step.known = event.known
        elif isinstance(event, TaskStarted):
            self._start((event.spec.step, event.spec.task_id), event.at)
        elif isinstance(event, TaskRetried):
            step = self.step(event.spec.step)
            step.retried += 1
            self._stop((event.spec.step, event.spec.task_id), None)
        elif isinstance(event, TaskEnded | TaskFailed):
            self._end(event.record, isinstance(event, TaskEnded))

    def _end(self, record: TaskRecord, well: bool) -> None:
        key = (record.step, record.task_id)
        step = self.step(record.step)
        step.done += well
        step.failed += not well
        step.caught += record.outcome is Outcome.CAUGHT
        step.ended_at = record.ended_at
        step.measured += 1
        took = record.ended_at - record.started_at
        step.work_s += took
        step.longest.add(took, key)
        if record.usage is not None:
            step.cpu_s += record.usage.cpu_s
            step.memory.add(record.usage.peak_memory, key)
        self._stop(key, record.ended_at)

    def _start(self, key: Key, at: float) -> None:
        step = self.step(key[0])
        step.started_at = step.started_at or at
        if key not in self._running:
            if not step.running:
                step.busy_since = at
            step.running += 1
            step.known = max(step.known, step.done + step.failed + step.running)
        if len(self._running) == 1:
            self._overlapped |= self._running
        if self._running:
            self._overlapped.add(key)
        self._running.add(key)

    def _stop(self, key: Key, at: float | None) -> None:
        """`at` None: the attempt is over, and when is not told; the step counts as busy until its next one ends."""
        if key in self._running:
            self._running.discard(key)
            self._overlapped.discard(key)
            step = self.step(key[0])
            step.running -= 1
            if not step.running and at is not None:
                step.busy_s += max(0.0, at - step.busy_since)
