"""`headwater show`: what a pathspec names: a flow, a run, a step, a task or an artifact."""

import sys
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import click

from headwater.cli import values
from headwater.cli.commands import Shared, command_with
from headwater.cli.failures import failure_lines, first_line
from headwater.cli.json import failure_document, to_line
from headwater.cli.reading import find, find_attempts, reader_of, status_of
from headwater.cli.runs import run_document, show_runs, took
from headwater.cli.streams import Sink
from headwater.cli.text import counted, duration, moment, number, plain, size, table
from headwater.client.reader import Reader
from headwater.errors import NotFound
from headwater.metadata.query import RunQuery
from headwater.metadata.rows import StepRow, TaskRow
from headwater.names import Pathspec
from headwater.records.run import RunRecord
from headwater.records.task import Outcome, TaskRecord

_MOST_TASKS = 200  # of a step, as text
_MOST_FAILED = 5  # of a run


class Answer(NamedTuple):
    """One thing, in both forms; each is made only when it is shown."""

    document: Callable[[], dict[str, Any]]
    lines: Callable[[], Iterator[str]]


def command() -> click.Command:
    return command_with(
        "show",
        show,
        [click.Argument(["pathspec"], metavar="FLOW[/RUN[/STEP[/TASK[/ARTIFACT]]]]")],
        shown={"--json", "--datastore-root"},
        help="Show a run, a step, a task or an artifact. RUN may be `latest` or `latest-success`.",
    )


def show(shared: Shared, pathspec: str) -> None:
    reader = reader_of(shared)
    place = find(reader, pathspec)
    if place.run is None:
        rows = reader.runs(RunQuery(flow=place.flow, limit=20))
        if not rows:
            raise NotFound(f"There is no run of {place.flow} in {reader.root}. List what there is: headwater runs")
        show_runs(reader, rows, shared)
        return
    answer = _answer(reader, place)
    out = Sink(sys.stdout)
    if shared.json:
        out.write(to_line(answer.document()))
    else:
        out.write("".join(f"{line}\n" for line in answer.lines()).encode("utf-8", "backslashreplace"))


def _answer(reader: Reader, place: Pathspec) -> Answer:
    if place.step is None:
        return _run(reader, place)
    if place.task is None:
        return _step(reader, place)
    if place.artifact is None:
        return _task(reader, place)
    return _artifact(reader, place)


def _run(reader: Reader, place: Pathspec) -> Answer:
    assert place.run is not None
    flow, run_id = place.flow, place.run
    row = reader.run_row(flow, run_id)
    record = reader.run_record(flow, run_id)
    steps = _count_steps(reader, record)

    def document() -> dict[str, Any]:
        return {
            **run_document(reader, row),
            "parameters": {name: values.document(ref) for name, ref in record.parameters.items()},
            "steps": {step.step: _step_document(step) for step in steps},
            "file": record.file,
            "git_commit": record.code.git_commit,
            "git_dirty": record.code.git_dirty,
            "python": record.interpreter.python,
        }

    def lines() -> Iterator[str]:
        status = status_of(reader, row)
        yield f"{place}  {status}"
        yield from _facts(record, moment(row.created_at), took(row, status))
        if row.message:
            yield f"  message   {plain(row.message)}"
        if record.parameters:
            yield ""
            yield from table(
                ("parameter", "type", "value"),
                [(name, values.type_of(ref), values.describe(ref)) for name, ref in sorted(record.parameters.items())],
            )
        yield ""
        yield from table(
            ("step", "tasks", "done", "failed", "taken over", "took"),
            [_step_cells(step) for step in steps],
        )
        rows = (task for step in steps if step.failed for task in reader.tasks(flow, run_id, step.step))
        yield from _failed_tasks(reader, flow, [task for task in rows if task.outcome is Outcome.FAILED])

    return Answer(document, lines)


def _count_steps(reader: Reader, record: RunRecord) -> list[StepRow]:
    """Every step of the graph, in the order of the source, those that have no task yet too."""
    known = {step.step: step for step in reader.steps(record.flow, record.run_id)}
    return [known.get(node.name) or StepRow(node.name, 0, 0, 0, 0, 0, None, None) for node in record.nodes]


def _step_cells(step: StepRow) -> tuple[str, ...]:
    took = "" if step.started_at is None or step.ended_at is None else duration(step.ended_at - step.started_at)
    return step.step, *map(number, (step.tasks, step.done, step.failed, step.taken_over)), took


def _step_document(step: StepRow) -> dict[str, Any]:
    return {
        "tasks": step.tasks,
        "done": step.done,
        "failed": step.failed,
        "taken_over": step.taken_over,
        "started_at": step.started_at,
        "ended_at": step.ended_at,
    }


def _facts(record: RunRecord, started: str, took: str) -> Iterator[str]:
    dirty = " with changes" if record.code.git_dirty else ""
    facts = {
        "user": record.user,
        "started": started,
        "took": took,
        "tags": ", ".join(record.tags),
        "origin": f"{record.flow}/{record.origin_run_id}" if record.origin_run_id else "",
        "file": record.file,
        "commit": f"{record.code.git_commit}{dirty}" if record.code.git_commit else "",
        "python": record.interpreter.python,
    }
    yield from (f"  {name:<8}  {plain(value)}" for name, value in facts.items() if value)


def _failed_tasks(reader: Reader, flow: str, failed: list[TaskRow]) -> Iterator[str]:
    for task in failed[:_MOST_FAILED]:
        yield ""
        failure = reader.record(flow, task).failure
        if failure is not None:
            yield f"{task.step}/{task.task_id} failed: {first_line(failure)}"
            yield from failure_lines(failure)
    if len(failed) > _MOST_FAILED:
        yield f"{number(len(failed) - _MOST_FAILED)} more tasks failed."


def _step(reader: Reader, place: Pathspec) -> Answer:
    assert place.run is not None
    reader.run_row(place.flow, place.run)
    tasks = reader.tasks(place.flow, place.run, place.step)
    if not tasks and place.step not in {node.name for node in reader.run_record(place.flow, place.run).nodes}:
        run = place._replace(step=None)
        raise NotFound(f"{run} has no step {place.step!r}. See its steps: headwater show {run}")

    def document() -> dict[str, Any]:
        return {"pathspec": str(place), "tasks": [_task_document(task) for task in tasks]}

    def lines() -> Iterator[str]:
        yield f"{place}  {counted(len(tasks), 'task')}"
        if tasks:
            yield ""
            yield from _task_table(tasks[:_MOST_TASKS])
        if len(tasks) > _MOST_TASKS:
            yield f"{number(len(tasks) - _MOST_TASKS)} more tasks; --json lists them all."

    return Answer(document, lines)


def _task_document(task: TaskRow) -> dict[str, Any]:
    return {
        "task_id": task.task_id,
        "attempt": task.attempt,
        "outcome": task.outcome.value,
        "started_at": task.started_at,
        "ended_at": task.ended_at,
        "executed_by": task.run_id,
        "failure": task.failure_message,
    }


def _task_table(tasks: list[TaskRow], first: str = "task") -> list[str]:
    return table(
        (first, "attempt", "outcome", "started", "took", ""),
        [
            (
                task.task_id,
                str(task.attempt),
                task.outcome.value,
                moment(task.started_at),
                duration(task.ended_at - task.started_at),
                plain(task.failure_message.partition("\n")[0]),
            )
            for task in tasks
        ],
    )


def _task(reader: Reader, place: Pathspec) -> Answer:
    attempts = find_attempts(reader, place)
    view = reader.view(place.flow, attempts[-1])
    record = view.record

    def document() -> dict[str, Any]:
        return {
            "pathspec": str(place),
            "attempts": [_task_document(task) for task in attempts],
            "executed_by": record.run_id,
            "cpu_s": record.usage.cpu_s if record.usage else None,
            "peak_memory": record.usage.peak_memory if record.usage else None,
            "artifacts": {name: values.document(view.ref(name)) for name in sorted(view.names())},
            "failure": failure_document(record.failure) if record.failure else None,
        }

    def lines() -> Iterator[str]:
        yield f"{place}  {record.outcome.value}"
        if record.run_id != place.run:
            yield f"  taken over from {place.flow}/{record.run_id}"
        yield from _usage(record)
        yield ""
        yield from _task_table(attempts)
        names = sorted(view.names())
        if names:
            yield ""
            yield from table(
                ("artifact", "type", "size", "value"), [values.row(name, view.ref(name)) for name in names]
            )
        if record.failure is not None:
            yield ""
            yield f"{record.outcome.value}: {first_line(record.failure)}"
            yield from failure_lines(record.failure)

    return Answer(document, lines)


def _usage(record: TaskRecord) -> Iterator[str]:
    if record.usage is not None:
        yield f"  {record.usage.cpu_s:.2f} s of CPU, {size(record.usage.peak_memory)} of memory at most"


def _artifact(reader: Reader, place: Pathspec) -> Answer:
    assert place.artifact is not None
    view = reader.view(place.flow, find_attempts(reader, place)[-1])
    try:
        ref = view.ref(place.artifact)
    except KeyError:
        names = ", ".join(sorted(view.names())) or "none"
        raise NotFound(f"The task has no artifact {place.artifact!r}. Its artifacts are {names}.") from None
    owner = view.owner_of(place.artifact)

    def document() -> dict[str, Any]:
        return {"pathspec": str(place), **values.document(ref), "written_by": str(Pathspec(place.flow, *owner))}

    def lines() -> Iterator[str]:
        yield f"{place}  {values.type_of(ref)}, {size(ref.size)}"
        if str(Pathspec(place.flow, *owner)) != str(place._replace(artifact=None)):
            yield f"  written by {Pathspec(place.flow, *owner)}"
        yield values.describe(ref)

    return Answer(document, lines)
