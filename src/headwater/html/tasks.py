"""A step as the table of its tasks; a task as its values, its failure and the end of its log."""

from itertools import islice

from headwater.artifacts.view import Owner
from headwater.client.objects import Step
from headwater.client.reader import open_reader
from headwater.client.task import Task
from headwater.markup.elements import (
    Child,
    Markup,
    badge,
    code,
    element,
    facts,
    fold,
    heading,
    join,
    lines_of_code,
    table,
)
from headwater.markup.failures import failure_box
from headwater.markup.values import artifact_table
from headwater.metadata.rows import TaskRow
from headwater.records.task import Outcome, TaskRecord
from headwater.wording import counted, duration, moment, number, size

_MOST_TASKS = 50
_MOST_LINES = 12  # of a log
_MOST_LETTERS = 2000


def step_page(step: Step) -> Markup:
    """Its tasks, those that failed first."""
    reader = open_reader(step.root)
    flow, run_id, name = step.path_components
    rows = reader.tasks(flow, run_id, name)
    failed = [row for row in rows if row.outcome is Outcome.FAILED]
    shown = [*failed, *(row for row in rows if row.outcome is not Outcome.FAILED)][:_MOST_TASKS]
    doc = next((node.doc for node in reader.run_record(flow, run_id).nodes if node.name == name), "")
    caught = sum(row.outcome is Outcome.CAUGHT for row in rows)
    status = "failed" if failed else "caught" if caught else "succeeded" if rows else ""
    return join(
        [
            heading("Step", step.pathspec, status),
            element("div", doc.partition("\n\n")[0]) if doc else None,
            facts(counted(len(rows), "task"), f"{number(len(failed))} failed" if failed else "", _span(rows)),
            table(
                ["task", "", "attempt", "began", "took", ""],
                [_task_cells(row) for row in shown],
                numbers=[2],
            )
            if rows
            else None,
            facts(f"{number(len(rows) - len(shown))} more") if len(rows) > len(shown) else None,
            fold("Go on from here", lines_of_code(_way_on(step, shown))) if shown else None,
        ]
    )


def task_page(task: Task) -> Markup:
    """How it went, what failed, what it made, what it printed last."""
    record = task.record
    if record is None:
        return join([heading("Task", task.pathspec, task.status), _log(task, is_open=True)])
    return join(
        [
            heading("Task", task.pathspec, record.outcome.value),
            facts(
                f"attempt {record.attempt}" if record.attempt else "",
                f"began {moment(record.started_at)}",
                f"took {duration(record.ended_at - record.started_at)}",
                _usage(record),
                f"taken over from {task.origin_pathspec}" if task.origin_pathspec else "",
            ),
            _failure(record),
            *_artifacts(task, record),
            _log(task, is_open=record.failure is not None),
        ]
    )


def _failure(record: TaskRecord) -> Markup | None:
    if record.failure is None:
        return None
    title = "It failed:" if record.outcome is Outcome.FAILED else "It failed, and that was caught:"
    return failure_box(title, record.failure)


def _task_cells(row: TaskRow) -> list[Child]:
    return [
        code(row.task_id),
        badge(row.outcome.value),
        row.attempt or "",
        moment(row.started_at),
        duration(row.ended_at - row.started_at),
        row.failure_message.partition("\n")[0],
    ]


def _span(rows: list[TaskRow]) -> str:
    if not rows:
        return ""
    return f"took {duration(max(row.ended_at for row in rows) - min(row.started_at for row in rows))}"


def _way_on(step: Step, rows: list[TaskRow]) -> list[str]:
    first = rows[0].task_id
    return [
        f"step = Step({step.pathspec!r})",
        f"step[{first!r}].data   # the values of a task, by name",
        f"step[{first!r}].stdout # what it printed",
    ]


def _usage(record: TaskRecord) -> str:
    if record.usage is None:
        return ""
    return f"{record.usage.cpu_s:.2f} s of CPU, {size(record.usage.peak_memory)} of memory"


def _artifacts(task: Task, record: TaskRecord) -> list[Markup]:
    """What it set itself; folded, what it could see of others."""
    own = {name: record.artifacts[name] for name in sorted(record.artifacts) if not name.startswith("_")}
    found = []
    if own:
        found.append(artifact_table("artifact", own))
    homes: dict[str, str] = {}
    for group in record.inherited:
        owner = Owner(group.run_id, group.step, group.task_id)
        homes.update(dict.fromkeys((name for name in group.names if not name.startswith("_")), _home(owner)))
    if homes:
        refs = {name: task[name].ref for name in sorted(homes)}
        found.append(fold(f"From earlier steps ({len(refs)})", artifact_table("artifact", refs, homes)))
    run = task.parent.parent.record
    given = {**run.constants, **run.given}
    if given:
        table_ = artifact_table("name", dict(sorted(given.items())))
        found.append(fold(f"Parameters and constants ({len(given)})", table_))
    return found


def _home(owner: Owner) -> str:
    return f"{owner.step}/{owner.task_id}"


def _log(task: Task, is_open: bool) -> Markup | None:
    """The last lines of what it printed."""
    lines = task.log().lines
    if not lines:
        return None
    tail = [line.text.rstrip("\n") for line in islice(lines, max(0, len(lines) - _MOST_LINES), None)]
    title = (
        f"Log ({counted(len(lines), 'line')})"
        if len(lines) <= _MOST_LINES
        else (f"Log: the last {_MOST_LINES} of {counted(len(lines), 'line')}")
    )
    return fold(title, lines_of_code(line[-_MOST_LETTERS:] for line in tail), is_open=is_open)
