"""Two runs, tasks or artifacts of a root, read and compared."""

from collections.abc import Callable, Mapping

import msgspec

from headwater.client.reader import Reader
from headwater.compare.code import code_lines, compare_code
from headwater.compare.diff import ArtifactDiff, RunDiff, TaskDiff
from headwater.compare.model import RunSide, TaskSide
from headwater.compare.setup import compare_environments, compare_steps, step_order
from headwater.compare.tasks import MOST_TASKS, Side, compare_step
from headwater.compare.values import compare_all, compare_texts, compare_values, differing
from headwater.errors import NotFound, UsageError
from headwater.metadata.rows import TaskRow
from headwater.names import Pathspec
from headwater.records.artifact import ArtifactRef
from headwater.records.run import RunRecord


def compare_runs(reader: Reader, before: Pathspec, after: Pathspec, most: int = MOST_TASKS) -> RunDiff:
    """Two runs, of one flow or of two; the artifacts of at most `most` tasks of a step are compared."""
    old, new = _record(reader, before), _record(reader, after)
    sides = Side(reader, before), Side(reader, after)
    compared = [compare_step(*sides, step, most) for step in step_order(old, new)]
    return RunDiff(
        before=_run_side(reader, old),
        after=_run_side(reader, new),
        code=compare_code(reader.code(*_names(before)), reader.code(*_names(after))),
        parameters=differing(compare_all(old.given, new.given)),
        constants=differing(compare_all(old.constants, new.constants)),
        options=compare_texts(old.options, new.options),
        environment=compare_environments(old, new, (_installed(reader, old), _installed(reader, new))),
        steps=compare_steps(old, new),
        tasks=tuple(tasks for tasks, _ in compared if tasks.before or tasks.after),
        artifacts=tuple(artifact for _, artifacts in compared for artifact in artifacts),
    )


def compare_objects(reader: Reader, before: Pathspec, after: Pathspec) -> RunDiff | TaskDiff | ArtifactDiff:
    """Whatever two pathspecs of one form name: runs, tasks or artifacts."""
    compare = _BY_PARTS.get(len(before.parts))
    if compare is None:
        raise UsageError(f"Runs, tasks and artifacts can be compared, flows and steps cannot: {before}.")
    if len(after.parts) != len(before.parts):
        raise UsageError(f"{before} and {after} cannot be compared. Name two runs, two tasks or two artifacts.")
    return compare(reader, before, after)


def compare_run_code(reader: Reader, before: Pathspec, after: Pathspec) -> list[str]:
    """The lines of code that differ between two runs, as a unified diff."""
    codes = reader.code(*_names(before)), reader.code(*_names(after))
    return list(code_lines(*codes, compare_code(*codes)))


def compare_tasks(reader: Reader, before: Pathspec, after: Pathspec) -> TaskDiff:
    """Two tasks, by the attempts that count."""
    old, new = (_attempt(reader, spec) for spec in (before, after))
    refs = [_refs(reader, spec, row) for spec, row in ((before, old), (after, new))]
    return TaskDiff(
        before=_task_side(reader, before, old),
        after=_task_side(reader, after, new),
        artifacts=compare_all(*refs),
    )


def compare_artifacts(reader: Reader, before: Pathspec, after: Pathspec) -> ArtifactDiff:
    """Two artifacts, whatever their names."""
    assert before.artifact is not None
    assert after.artifact is not None
    old, new = (_ref(reader, spec) for spec in (before, after))
    name = before.artifact if before.artifact == after.artifact else f"{before.artifact} → {after.artifact}"
    return ArtifactDiff(before=str(before), after=str(after), value=compare_values(name, old, new))


_BY_PARTS: Mapping[int, Callable[[Reader, Pathspec, Pathspec], RunDiff | TaskDiff | ArtifactDiff]] = {
    2: compare_runs,
    4: compare_tasks,
    5: compare_artifacts,
}


def _names(run: Pathspec) -> tuple[str, str]:
    assert run.run is not None
    return run.flow, run.run


def _record(reader: Reader, run: Pathspec) -> RunRecord:
    reader.run_row(*_names(run))  # it says what to do when there is none
    return reader.run_record(*_names(run))


def _run_side(reader: Reader, record: RunRecord) -> RunSide:
    row = reader.run_row(record.flow, record.run_id)
    return RunSide(
        pathspec=f"{record.flow}/{record.run_id}",
        status=row.outcome or reader.status(record.flow, record.run_id),
        user=record.user,
        created_at=record.created_at,
        duration_s=row.duration_s,
        tags=row.tags,
        origin=f"{record.flow}/{record.origin_run_id}" if record.origin_run_id else None,
    )


def _installed(reader: Reader, record: RunRecord) -> list[str]:
    blob = record.interpreter.distributions
    if blob is None:
        return []
    where = f"the distributions of {record.flow}/{record.run_id}"
    return msgspec.json.decode(reader.store.load_blob(blob, where), type=list[str])


def _attempt(reader: Reader, spec: Pathspec) -> TaskRow:
    assert spec.step is not None
    assert spec.task is not None
    reader.run_row(*_names(spec))
    rows = reader.attempts(*_names(spec), spec.step, spec.task)
    if not rows:
        step = spec._replace(task=None, artifact=None)
        raise NotFound(f"No attempt of {step}/{spec.task} has ended. See the step's tasks: headwater show {step}")
    return rows[-1]


def _task_side(reader: Reader, spec: Pathspec, row: TaskRow) -> TaskSide:
    usage = reader.record(spec.flow, row).usage
    return TaskSide(
        pathspec=str(spec),
        outcome=row.outcome.value,
        attempt=row.attempt,
        executed_by=f"{spec.flow}/{row.run_id}",
        duration_s=row.ended_at - row.started_at,
        cpu_s=usage.cpu_s if usage else None,
        peak_memory=usage.peak_memory if usage else None,
        failure=row.failure_message,
    )


def _refs(reader: Reader, spec: Pathspec, row: TaskRow) -> dict[str, ArtifactRef]:
    """What the task can read, parameters too."""
    return {**reader.run_record(*_names(spec)).given, **reader.view(spec.flow, row).refs()}


def _ref(reader: Reader, spec: Pathspec) -> ArtifactRef:
    refs = _refs(reader, spec, _attempt(reader, spec))
    ref = refs.get(spec.artifact or "")
    if ref is None:
        names = ", ".join(sorted(refs)) or "none"
        raise NotFound(f"{spec._replace(artifact=None)} has no artifact {spec.artifact!r}. Its artifacts are: {names}.")
    return ref
