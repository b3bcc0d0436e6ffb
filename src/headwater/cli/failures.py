"""How a failed attempt is shown: where, why, the author's own lines, what to do. Text of others is never markup."""

import os
from collections import Counter
from collections.abc import Iterator, Sequence

from headwater.cli.text import clock, counted, duration, plain
from headwater.cli.values import describe
from headwater.records.task import Cause, CodeFrame, Failure, SeenInput, TaskRecord
from headwater.scheduler.events import TaskRetried

_SHOWN = 10  # different failures, and retries, of one step
_NAMED = 5  # tasks of those that are folded
_LONGEST_SOURCE = 200  # characters of a line of source
_INPUTS = 8

Signature = tuple[str, str, tuple[tuple[str, int], ...]]  # step, kind, the author's frames


class Failures:
    """What is shown of failures: each kind once, and how many more there were; of retries the first few."""

    def __init__(self, full_traceback: bool = False) -> None:
        self._full_traceback = full_traceback
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
        return failed_lines(record, self._full_traceback)

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


def failed_lines(record: TaskRecord, full_traceback: bool = False) -> list[str]:
    """What is shown of a task that failed for good."""
    pathspec = f"{record.flow}/{record.run_id}/{record.step}/{record.task_id}"
    log = f"  Log:     headwater logs {pathspec}"
    if record.failure is None:
        return [f"{record.step}/{record.task_id} failed{_which(record)}.", log]
    return [
        f"{record.step}/{record.task_id} failed{_which(record)}: {first_line(record.failure)}",
        *failure_lines(record.failure, full_traceback),
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


def first_line(failure: Failure) -> str:
    return plain(failure.message.strip().partition("\n")[0]) or failure.kind.value


def failure_lines(failure: Failure, full_traceback: bool = False) -> Iterator[str]:
    """Below the first line: the rest of the message, the frames, what was behind it, the inputs, the remedy."""
    rest = failure.message.strip().partition("\n")[2]
    if full_traceback and failure.traceback:
        yield from (f"  {plain(line)}" for line in rest.splitlines())
        yield from (f"  {plain(line)}" for line in failure.traceback.rstrip().splitlines())
    else:
        yield from _story(rest, failure.notes, failure.frames, full_traceback)
        for cause in failure.causes:
            if _is_said(cause, failure):
                continue
            yield f"  {_RELATIONS.get(cause.relation, 'Behind it:')} {_cause_line(cause)}"
            text = cause.message.strip().partition("\n")[2]
            yield from (f"  {line}" for line in _story(text, cause.notes, cause.frames, full_traceback))
    yield from _input_lines(failure.inputs)
    if failure.remedy:
        yield from (f"  {plain(line)}" for line in failure.remedy.splitlines())


def _is_said(cause: Cause, failure: Failure) -> bool:
    """Whether a cause adds nothing to the message: an error of a library that ours was made from."""
    text = cause.message.partition(": ")[2]
    return text in failure.message and not cause.notes and not any(frame.author for frame in cause.frames)


_RELATIONS = {"cause": "Because of", "context": "While handling", "part": "In the group:"}


def _cause_line(cause: Cause) -> str:
    return plain(cause.message.strip().partition("\n")[0])


def _story(rest: str, notes: Sequence[str], frames: Sequence[CodeFrame], every_frame: bool) -> Iterator[str]:
    yield from (f"  {plain(line)}" for line in rest.splitlines())
    yield from (f"  {plain(line)}" for note in notes for line in note.splitlines())
    for frame in frames:
        if frame.author or every_frame:
            yield from _frame_lines(frame)


def _frame_lines(frame: CodeFrame) -> Iterator[str]:
    yield f"  {plain(shown_path(frame.file))}:{frame.line} in {plain(frame.function)}"
    if frame.source:
        yield f"      {plain(frame.source[:_LONGEST_SOURCE])}"
        if frame.column < frame.end_column <= _LONGEST_SOURCE and plain(frame.source) == frame.source:
            yield f"      {' ' * frame.column}{'^' * (frame.end_column - frame.column)}"


def _input_lines(inputs: Sequence[SeenInput]) -> Iterator[str]:
    """`Inputs:  alpha = 0.1`, one a line."""
    label = "Inputs:  "
    for one in inputs[:_INPUTS]:
        yield f"  {label}{plain(one.name)} = {describe(one) or plain(one.type)}"
        label = " " * len(label)
    if len(inputs) > _INPUTS:
        yield f"  {label}and {len(inputs) - _INPUTS} more"


def shown_path(file: str) -> str:
    """The file as one would type it here."""
    try:
        here = os.getcwd()
    except OSError:  # the directory is gone
        return file
    return file[len(here) + 1 :] if file.startswith(f"{here}/") else file
