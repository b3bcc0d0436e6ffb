"""The tasks of two runs, matched by step and position, and their artifacts one beside the other."""

from collections.abc import Iterable, Iterator, Mapping
from statistics import fmean

from headwater.artifacts.view import ArtifactView
from headwater.client.reader import Reader
from headwater.compare.model import ArtifactChange, Change, Example, StepCounts, TasksChange
from headwater.compare.values import as_number, compare_values, is_same
from headwater.metadata.rows import TaskRow
from headwater.names import Pathspec, Position
from headwater.records.artifact import ArtifactRef
from headwater.records.task import Outcome

MOST_TASKS = 2_000  # of a step, whose artifacts are compared
_MOST_EXAMPLES = 3

_Rows = Mapping[str, TaskRow]  # by task id: its position


class Side:
    """The tasks of one run, by step."""

    def __init__(self, reader: Reader, run: Pathspec) -> None:
        assert run.run is not None
        self.reader = reader
        self.flow = run.flow
        self._steps: dict[str, dict[str, TaskRow]] = {}
        for row in reader.tasks(run.flow, run.run):
            self._steps.setdefault(row.step, {})[row.task_id] = row
        self._run_id = run.run
        self._imported = bool(reader.run_record(run.flow, run.run).system)
        self._placed: dict[str, _Rows] = {}

    def rows(self, step: str) -> _Rows:
        """By position."""
        rows = self._steps.get(step, {})
        if not self._imported:
            return rows
        if step not in self._placed:
            self._placed[step] = self._by_position(rows.values())
        return self._placed[step]

    def _by_position(self, rows: Iterable[TaskRow]) -> _Rows:
        """Imported tasks, in the order in which they began, by the ids that they would have here."""
        turns: dict[tuple[int, ...], int] = {}
        found: dict[str, TaskRow] = {}
        for row in rows:
            indices = tuple(frame.index for frame in self.view(row).record.frames)
            turns[indices] = turns.get(indices, -1) + 1
            found[str(Position(indices, turns[indices]))] = row
        return found

    def count(self, step: str) -> StepCounts | None:
        rows = self.rows(step).values()
        if not rows:
            return None
        seconds = [row.ended_at - row.started_at for row in rows]
        return StepCounts(
            tasks=len(rows),
            failed=sum(row.outcome is Outcome.FAILED for row in rows),
            taken_over=sum(row.run_id != self._run_id for row in rows),
            seconds=sum(seconds),
            longest_s=max(seconds),
        )

    def view(self, row: TaskRow) -> ArtifactView:
        return self.reader.view(self.flow, row)


def compare_step(before: Side, after: Side, step: str, most: int) -> tuple[TasksChange, list[ArtifactChange]]:
    """One step: its tasks counted, and the artifacts of at most so many of those that both sides have."""
    old, new = before.rows(step), after.rows(step)
    both = [(old[task_id], row) for task_id, row in new.items() if task_id in old]
    pairs = [(one, other) for one, other in both if not _is_one(before, after, one, other)]
    usable = [pair for pair in pairs if all(row.outcome is not Outcome.FAILED for row in pair)]
    compared = usable[:most]
    tasks = TasksChange(
        step=step,
        before=before.count(step),
        after=after.count(step),
        shared=len(both) - len(pairs),
        compared=len(compared),
        left_out=len(usable) - len(compared),
    )
    found: dict[str, _Tally] = {}
    for one, other in compared:
        for name, sides in _written(before.view(one), after.view(other)):
            found.setdefault(name, _Tally(step, name)).add(other.task_id, *sides)
    return tasks, [found[name].result() for name in sorted(found)]


def _is_one(before: Side, after: Side, one: TaskRow, other: TaskRow) -> bool:
    """The same execution: a resumed run took the task over from the other run, or both did from a third."""
    return before.flow == after.flow and one.run_id == other.run_id


def _written(before: ArtifactView, after: ArtifactView) -> Iterator[tuple[str, tuple[ArtifactRef | None, ...]]]:
    """What either task wrote, as both can read it; what both merely passed on is met where it was written."""
    imported = before.record.facts or after.record.facts
    names: Iterable[str] = {**before.record.artifacts, **after.record.artifacts}
    for name in names:
        if imported and name.startswith("_"):  # what the other system keeps for itself
            continue
        yield name, tuple(view.ref(name) if name in view else None for view in (before, after))


class _Tally:
    """One artifact along the tasks of a step."""

    def __init__(self, step: str, name: str) -> None:
        self._step = step
        self._name = name
        self._counts = dict.fromkeys(Change, 0)
        self._examples: list[Example] = []
        self._numbers: tuple[list[float | None], list[float | None]] = ([], [])

    def add(self, task_id: str, before: ArtifactRef | None, after: ArtifactRef | None) -> None:
        if before is not None and after is not None and is_same(before, after):
            self._counts[Change.SAME] += 1
        else:
            self._note(task_id, before, after)
        for numbers, ref in zip(self._numbers, (before, after), strict=True):
            numbers.append(None if ref is None else as_number(ref))

    def _note(self, task_id: str, before: ArtifactRef | None, after: ArtifactRef | None) -> None:
        if before is None:
            change = Change.ADDED
        else:
            change = Change.REMOVED if after is None else Change.CHANGED
        self._counts[change] += 1
        if len(self._examples) < _MOST_EXAMPLES:
            self._examples.append(Example(task_id=task_id, value=compare_values(self._name, before, after)))

    def result(self) -> ArtifactChange:
        return ArtifactChange(
            step=self._step,
            name=self._name,
            same=self._counts[Change.SAME],
            changed=self._counts[Change.CHANGED],
            added=self._counts[Change.ADDED],
            removed=self._counts[Change.REMOVED],
            before_mean=_mean(self._numbers[0]),
            after_mean=_mean(self._numbers[1]),
            examples=tuple(self._examples),
        )


def _mean(numbers: list[float | None]) -> float | None:
    """Of several tasks, if every one holds a number."""
    known = [one for one in numbers if one is not None]
    return fmean(known) if len(known) == len(numbers) > 1 else None
