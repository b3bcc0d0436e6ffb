"""A comparison in lines for people. Pure."""

from collections.abc import Callable, Iterable, Sequence

from headwater.compare.model import (
    ArtifactChange,
    Change,
    CodeChange,
    EnvironmentChange,
    FileChange,
    RunSide,
    StepChange,
    StepCounts,
    TasksChange,
    TaskSide,
    TextChange,
    Value,
    ValueChange,
)
from headwater.wording import counted, duration, moment, number, plain, size, table

_MOST_FILES = 30
_MOST_DISTRIBUTIONS = 30
_MARKS = {Change.SAME: " ", Change.CHANGED: "~", Change.ADDED: "+", Change.REMOVED: "-"}


def run_lines(before: RunSide, after: RunSide) -> list[str]:
    rows = [
        ("", before.pathspec, after.pathspec),
        ("status", before.status, after.status),
        ("user", before.user, after.user),
        ("started", moment(before.created_at), moment(after.created_at)),
        ("took", _duration(before.duration_s), _duration(after.duration_s)),
        ("tags", ", ".join(before.tags), ", ".join(after.tags)),
        ("resumes", before.origin or "", after.origin or ""),
    ]
    return _columns([row for row in rows if row[1] or row[2]])


def task_side_lines(before: TaskSide, after: TaskSide) -> list[str]:
    rows = [
        ("", before.pathspec, after.pathspec),
        ("outcome", before.outcome, after.outcome),
        ("attempt", str(before.attempt), str(after.attempt)),
        ("executed by", before.executed_by, after.executed_by),
        ("took", duration(before.duration_s), duration(after.duration_s)),
        ("cpu", _duration(before.cpu_s), _duration(after.cpu_s)),
        ("memory", _size(before.peak_memory), _size(after.peak_memory)),
        ("failure", before.failure.partition("\n")[0], after.failure.partition("\n")[0]),
    ]
    return _columns([row for row in rows if row[1] or row[2]])


def value_lines(values: Sequence[ValueChange]) -> list[str]:
    """A line for each value that differs."""
    return _columns([(f"{_MARKS[value.change]} {value.name}", _what(value)) for value in values])


def whole_value_lines(value: ValueChange) -> list[str]:
    """One value with all that is known of both sides."""
    if value.change is Change.SAME:
        return ["The same content.", *_side_lines(value.after)]
    return [
        *(plain(fact) for fact in value.facts),
        "",
        *_columns([("before", *_brief(value.before)), ("after", *_brief(value.after))]),
    ]


def fact_lines(changes: Iterable[TextChange]) -> list[str]:
    return _columns([(f"{_MARKS[one.change]} {one.name}", _fact(one)) for one in changes])


def code_lines(code: CodeChange) -> list[str]:
    lines = []
    if code.before_commit != code.after_commit:
        lines.append(f"commit {code.before_commit or 'none'} → {code.after_commit or 'none'}")
    if not code.kept:
        lines.append("a run kept no code, so its files cannot be compared")
    shown = code.files[:_MOST_FILES]
    lines += _columns([(f"{_MARKS[file.change]} {file.path}", _sizes(file)) for file in shown])
    if len(code.files) > len(shown):
        lines.append(f"and {counted(len(code.files) - len(shown), 'more file')}")
    return lines


def environment_lines(environment: EnvironmentChange) -> list[str]:
    changes = [*environment.facts, *environment.distributions]
    lines = fact_lines(changes[:_MOST_DISTRIBUTIONS])
    if len(changes) > _MOST_DISTRIBUTIONS:
        lines.append(f"and {number(len(changes) - _MOST_DISTRIBUTIONS)} more")
    return lines


def step_lines(steps: Iterable[StepChange]) -> list[str]:
    rows = []
    for step in steps:
        mark = f"{_MARKS[step.change]} {step.step}"
        if step.change is not Change.CHANGED:
            side = {fact.name: fact.after or fact.before or "" for fact in step.facts}
            rows.append((mark, " ".join(filter(None, (side.get("decorators"), f"next: {side.get('next') or 'none'}")))))
            continue
        for fact in step.facts:
            rows.append((mark, f"{fact.name}: {fact.before or 'none'} → {fact.after or 'none'}"))
            mark = ""
    return _columns(rows)


def task_lines(tasks: Sequence[TasksChange]) -> list[str]:
    """A row for each step: times are always worth a look."""
    rows = [
        (
            one.step,
            " → ".join(dict.fromkeys(number(side.tasks) if side else "none" for side in (one.before, one.after))),
            _pair(one.before, one.after, lambda side: number(side.failed)),
            number(one.shared),
            _pair(one.before, one.after, lambda side: duration(side.seconds)),
            _pair(one.before, one.after, lambda side: duration(side.longest_s)),
        )
        for one in tasks
    ]
    lines = table(("step", "tasks", "failed", "shared", "time of all", "longest"), rows)
    if not any(one.shared for one in tasks):
        lines = table(("step", "tasks", "failed", "time of all", "longest"), [row[:3] + row[4:] for row in rows])
    left_out = [f"{one.step} {number(one.left_out)}" for one in tasks if one.left_out]
    return [*lines, f"tasks whose artifacts were not compared: {', '.join(left_out)}"] if left_out else lines


def artifact_lines(artifacts: Sequence[ArtifactChange]) -> list[str]:
    differing = [one for one in artifacts if one.differs]
    if not differing:
        return []
    rows = [(one.step, f"{_mark_of(one)} {one.name}", _tasks(one), _examples(one)) for one in differing]
    lines = table(("step", "artifact", "differs in", "what"), rows)
    same = len(artifacts) - len(differing)
    return [*lines, f"{counted(same, 'artifact')} the same"] if same else lines


def _mark_of(one: ArtifactChange) -> str:
    for change, count in ((Change.ADDED, one.added), (Change.REMOVED, one.removed)):
        if count and not (one.same or one.changed):
            return _MARKS[change]
    return _MARKS[Change.CHANGED]


def _tasks(one: ArtifactChange) -> str:
    differing = one.changed + one.added + one.removed
    return f"{number(differing)} of {counted(differing + one.same, 'task')}"


def _examples(one: ArtifactChange) -> str:
    if one.before_mean is not None and one.after_mean is not None and one.before_mean != one.after_mean:
        return f"mean {one.before_mean:.6g} → {one.after_mean:.6g}"
    first = one.examples[0]
    where = f"{first.task_id}: " if one.changed + one.added + one.removed + one.same > 1 else ""
    return f"{where}{_what(first.value)}"


def _what(value: ValueChange) -> str:
    if value.facts:
        return plain(", ".join(value.facts))
    side = value.after or value.before
    return f"{plain(side.type.removeprefix('builtins.'))} {side.text}".rstrip() if side else ""


def _brief(side: Value | None) -> tuple[str, str, str]:
    return (side.type.removeprefix("builtins."), size(side.size), side.text) if side else ("", "", "")


def _side_lines(side: Value | None) -> list[str]:
    return ["  ".join(filter(None, _brief(side)))]


def _fact(change: TextChange) -> str:
    if change.before is None or change.after is None:
        return plain(change.after or change.before or "")
    return plain(f"{change.before} → {change.after}")


def _pair(before: StepCounts | None, after: StepCounts | None, show: Callable[[StepCounts], str]) -> str:
    """Both sides, once where they say the same; of a step that one side lacks the other."""
    return " → ".join(dict.fromkeys(show(side) for side in (before, after) if side))


def _sizes(file: FileChange) -> str:
    sizes = [size(one) for one in (file.before_size, file.after_size) if one is not None]
    return sizes[0] if sizes[0] == sizes[-1] else " → ".join(sizes)


def _duration(seconds: float | None) -> str:
    return "" if seconds is None else duration(seconds)


def _size(count: int | None) -> str:
    return "" if count is None else size(count)


def _columns(rows: Sequence[Sequence[str]]) -> list[str]:
    """A table without a header."""
    return table([plain(cell) for cell in rows[0]], [[plain(cell) for cell in row] for row in rows[1:]]) if rows else []
