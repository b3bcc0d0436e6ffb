"""How a failed attempt is shown: where, why, the author's own lines, what to do. Text of others is never markup."""

from collections import Counter
from collections.abc import Iterator, Sequence

from headwater.cli.text import clock, plain
from headwater.records.task import CodeFrame, Failure, TaskRecord
from headwater.scheduler.events import TaskRetried

_SHOWN = 10  # failures, and retries, of one step


class Failures:
    """What is shown of failures: each one while they are few; then their number, in the progress, is enough."""

    def __init__(self, full_traceback: bool = False) -> None:
        self._full_traceback = full_traceback
        self._failed: Counter[str] = Counter()
        self._retried: Counter[str] = Counter()

    def failed(self, record: TaskRecord) -> list[str]:
        if self._failed[record.step] == _SHOWN:
            return []
        self._failed[record.step] += 1
        return failed_lines(record, self._full_traceback) + self._last_words(self._failed, record.step, "failures")

    def retried(self, event: TaskRetried, now: float) -> list[str]:
        step = event.spec.step
        if self._retried[step] == _SHOWN:
            return []
        self._retried[step] += 1
        return [retried_line(event, now), *self._last_words(self._retried, step, "retries")]

    @staticmethod
    def _last_words(counts: Counter[str], step: str, what: str) -> list[str]:
        return [f"  Further {what} of {step} are counted and not shown."] if counts[step] == _SHOWN else []


def failed_lines(record: TaskRecord, full_traceback: bool = False) -> list[str]:
    """What is shown of a task that failed for good."""
    pathspec = f"{record.flow}/{record.run_id}/{record.step}/{record.task_id}"
    attempt = f" in attempt {record.attempt}" if record.attempt else ""
    if record.failure is None:
        return [f"{record.step}/{record.task_id} failed{attempt}.", f"  Log: headwater logs {pathspec}"]
    return [
        f"{record.step}/{record.task_id} failed{attempt}: {first_line(record.failure)}",
        *failure_lines(record.failure, full_traceback),
        f"  Log: headwater logs {pathspec}",
    ]


def retried_line(event: TaskRetried, now: float) -> str:
    """What is shown of an attempt that will be made again."""
    spec = event.spec
    when = f" at {clock(event.due_at)}" if event.due_at - now >= 1 else ""
    return f"{spec.step}/{spec.task_id} failed in attempt {spec.attempt}, runs again{when}: {first_line(event.failure)}"


def first_line(failure: Failure) -> str:
    return plain(failure.message.strip().partition("\n")[0]) or failure.kind.value


def failure_lines(failure: Failure, full_traceback: bool = False) -> Iterator[str]:
    """Below the first line: the rest of the message, the frames, the remedy."""
    rest = failure.message.strip().partition("\n")[2]
    yield from (f"  {plain(line)}" for line in rest.splitlines())
    if full_traceback and failure.traceback:
        yield from (f"  {plain(line)}" for line in failure.traceback.rstrip().splitlines())
    else:
        yield from _frame_lines(failure.frames if full_traceback else [f for f in failure.frames if f.author])
    if failure.remedy:
        yield from (f"  {plain(line)}" for line in failure.remedy.splitlines())


def _frame_lines(frames: Sequence[CodeFrame]) -> Iterator[str]:
    for frame in frames:
        yield f"  {plain(frame.file)}:{frame.line} in {plain(frame.function)}"
        if frame.source:
            yield f"      {plain(frame.source.strip())}"
