"""How a failed attempt is shown: where, why, the author's own lines, what to do. Text of others is never markup."""

from collections import Counter
from collections.abc import Callable

from headwater.artifacts.telling import WIDE, failure_lines, first_line
from headwater.records.task import TaskRecord
from headwater.scheduler.events import TaskRetried
from headwater.wording import clock, counted, duration

_SHOWN = 10  # different failures, and retries, of one step
_NAMED = 5  # tasks of those that are folded

Signature = tuple[str, str, tuple[tuple[str, int], ...]]  # step, kind, the author's frames


class Failures:
    """What is shown of failures: each kind once, and how many more there were; of retries the first few."""

    def __init__(self, full_traceback: bool = False, width: Callable[[], int] | None = None) -> None:
        """`width`: the columns of the terminal, if the lines go to one."""
        self._full_traceback = full_traceback
        self._width = width
        self._first: dict[Signature, str] = {}  # the task that was shown
        self._folded: dict[Signature, list[str]] = {}  # further tasks, the first few
        self._counts: Counter[Signature] = Counter()
        self._kinds: Counter[str] = Counter()  # by step
        self._retried: Counter[str] = Counter()

    def failed(self, record: TaskRecord) -> list[str]:
        """The whole story of a failure that is unlike those before; nothing for another of the same kind."""
        signature = _signature(record)
        if signature in self._first:
            self._counts[signature] += 1
            if self._counts[signature] <= _NAMED:
                self._folded.setdefault(signature, []).append(record.task_id)
            return []
        self._first[signature] = record.task_id
        self._kinds[record.step] += 1
        if self._kinds[record.step] > _SHOWN:
            return [f"{record.step}/{record.task_id} failed: {_first_line(record)}"]
        return failed_lines(record, self._full_traceback, self._width() if self._width else WIDE)

    def last_words(self) -> list[str]:
        """How many more failed like those that were shown."""
        return [
            f"{counted(count, 'more task')} failed like {signature[0]}/{self._first[signature]}: "
            f"{_listed([f'{signature[0]}/{task_id}' for task_id in self._folded[signature]], count)}."
            for signature, count in self._counts.items()
        ]

    def retried(self, event: TaskRetried, now: float) -> list[str]:
        step = event.spec.step
        if self._retried[step] == _SHOWN:
            return []
        self._retried[step] += 1
        last = [f"  Further retries of {step} are counted and not shown."] if self._retried[step] == _SHOWN else []
        return [retried_line(event, now), *last]


def _signature(record: TaskRecord) -> Signature:
    failure = record.failure
    if failure is None:
        return record.step, "", ()
    places = tuple((frame.file, frame.line) for frame in failure.frames if frame.author)
    kind = f"{failure.kind.value} {failure.type}"
    return record.step, kind if places else f"{kind} {failure.message}", places


def _listed(tasks: list[str], count: int) -> str:
    more = f" and {count - len(tasks):,} more" if count > len(tasks) else ""
    return f"{', '.join(tasks)}{more}"


def _first_line(record: TaskRecord) -> str:
    return first_line(record.failure) if record.failure else "no reason was left"


def failed_lines(record: TaskRecord, full_traceback: bool = False, width: int = WIDE) -> list[str]:
    """What is shown of a task that failed for good."""
    pathspec = f"{record.flow}/{record.run_id}/{record.step}/{record.task_id}"
    log = f"  Log:     headwater logs {pathspec}"
    if record.failure is None:
        return [f"{record.step}/{record.task_id} failed{_which(record)}.", log]
    return [
        f"{record.step}/{record.task_id} failed{_which(record)}: {first_line(record.failure)}",
        *failure_lines(record.failure, full_traceback, width),
        log,
    ]


def _which(record: TaskRecord) -> str:
    """The attempt where there were several, and after how long if that is worth saying."""
    attempt = f" in attempt {record.attempt}" if record.attempt else ""
    took = record.ended_at - record.started_at
    return f"{attempt} after {duration(took)}" if took >= 10 else attempt


def retried_line(event: TaskRetried, now: float) -> str:
    """What is shown of an attempt that will be made again."""
    spec = event.spec
    when = f" at {clock(event.due_at)}" if event.due_at - now >= 1 else ""
    return f"{spec.step}/{spec.task_id} failed in attempt {spec.attempt}, runs again{when}: {first_line(event.failure)}"
