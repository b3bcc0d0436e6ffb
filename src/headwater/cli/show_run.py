"""`headwater show FLOW` and `FLOW/RUN`.

A flow with --json: flow, doc, runs, succeeded, users, steps (as they were in the newest run: name, kind, next,
decorators, doc), latest (the newest runs as `runs --json` tells them).

A run with --json: what `runs --json` says of it, and parameters and configs (name -> type, serializer, size, hash,
summary), steps (name -> tasks, done, failed, taken_over, started_at, ended_at, kind, next, decorators), failed
(pathspecs), file, script, code (hash of the code; null), git_commit, git_dirty, python, platform, headwater, system
(what wrote the run when it was imported: metaflow), host,
options, flow_decorators (as they would be written), triggers (name, id, at, type), resumed_by (pathspecs).
"""

import time
from collections.abc import Iterator, Sequence
from textwrap import dedent
from typing import Any

from headwater.artifacts.describe import describe, type_of
from headwater.artifacts.telling import failure_lines, first_line
from headwater.cli import colours, values
from headwater.cli.answer import Answer, fact_lines
from headwater.cli.columns import Column, fitted
from headwater.cli.reading import no_flow, status_of
from headwater.cli.runs import check_flow, run_document, run_lines, took
from headwater.cli.when import ago
from headwater.client.reader import Reader
from headwater.graph.render import arrows, decorator_text, step_decorators
from headwater.metadata.query import RunQuery
from headwater.metadata.rows import RunRow, StepRow, TaskRow
from headwater.names import Pathspec
from headwater.records.graph import Node
from headwater.records.run import RunOutcome, RunRecord
from headwater.records.task import Outcome
from headwater.wording import counted, duration, moment, number, plain

_LATEST = 10
_MOST_FAILED = 5  # of a run


def show_flow(reader: Reader, place: Pathspec, width: int | None) -> Answer:
    rows = reader.runs(RunQuery(flow=place.flow, limit=_LATEST))
    if not rows:
        check_flow(reader, place.flow)
        raise no_flow(reader, place.flow)
    flow = next(row for row in reader.flow_rows() if row.flow == place.flow)
    newest = reader.run_record(flow.flow, flow.run_id)

    def document() -> dict[str, Any]:
        counts = reader.task_counts(rows)
        return {
            "flow": flow.flow,
            "doc": newest.doc,
            "runs": flow.runs,
            "succeeded": flow.succeeded,
            "users": list(flow.users),
            "steps": [{"name": node.name, **_node_document(newest, node), "doc": node.doc} for node in newest.nodes],
            "latest": [run_document(reader, row, counts) for row in rows],
        }

    def lines() -> Iterator[str]:
        yield f"{place}  {counted(flow.runs, 'run')}, {number(flow.succeeded)} succeeded"
        if newest.doc:
            yield from ("", *_indented(newest.doc))
        yield from ("", *fact_lines({"users": ", ".join(flow.users), "file": newest.file}), "")
        yield from _step_table(
            newest, [StepRow(node.name, 0, 0, 0, 0, 0, None, None) for node in newest.nodes], None, width
        )
        yield from ("", *run_lines(reader, rows, width))
        if flow.runs > len(rows):
            yield f"{counted(flow.runs - len(rows), 'older run')}: headwater runs {place.flow} --all"

    return Answer(document, lines)


def _indented(doc: str) -> Iterator[str]:
    """A doc string as it was meant: its first line stands at the margin, whatever the others do."""
    first, _, rest = doc.strip().partition("\n")
    for line in (first, *dedent(rest).splitlines()):
        yield f"  {plain(line)}".rstrip()


def show_run(reader: Reader, place: Pathspec, width: int | None) -> Answer:
    assert place.run is not None
    row = reader.run_row(place.flow, place.run)
    record = reader.run_record(place.flow, place.run)
    steps = _count_steps(reader, record)

    def document() -> dict[str, Any]:
        return _run_document(reader, row, record, steps)

    def lines() -> Iterator[str]:
        status = status_of(reader, row)
        yield f"{place}  {status}"
        yield from fact_lines(_facts(reader, row, record, status, width))
        if record.given:
            parameters = sorted(record.given.items())
            yield ""
            yield from fitted(
                [
                    Column("parameter", [name for name, _ in parameters]),
                    Column("type", [type_of(ref) for _, ref in parameters], weight=1),
                    Column("value", [describe(ref) for _, ref in parameters], cut=True),
                ],
                width,
            )
        yield ""
        yield from _step_table(record, steps, status, width)
        failed = _failed_tasks(reader, row, steps)
        yield from _failure_lines(reader, record.flow, failed)

    return Answer(document, lines)


def _run_document(reader: Reader, row: RunRow, record: RunRecord, steps: Sequence[StepRow]) -> dict[str, Any]:
    nodes = {node.name: node for node in record.nodes}
    code = reader.code(record.flow, record.run_id)
    return {
        **run_document(reader, row),
        "parameters": {name: values.document(ref) for name, ref in record.parameters.items()},
        "configs": {name: values.document(ref) for name, ref in record.configs.items()},
        "steps": {step.step: {**_step_document(step), **_node_document(record, nodes[step.step])} for step in steps},
        "failed": [f"{row.flow}/{row.run_id}/{task.step}/{task.task_id}" for task in _failed_tasks(reader, row, steps)],
        "file": record.file,
        "script": record.code.script,
        "code": code.digest,
        "git_commit": record.code.git_commit,
        "git_dirty": record.code.git_dirty,
        "python": record.interpreter.python,
        "platform": record.interpreter.platform,
        "headwater": record.interpreter.headwater,
        "system": record.system,
        "host": record.host_name,
        "options": record.options,
        "flow_decorators": [decorator_text(one) for one in record.flow_decorators],
        "triggers": [{"name": one.name, "id": one.id, "at": one.at, "type": one.type} for one in record.triggers],
        "resumed_by": [f"{other.flow}/{other.run_id}" for other in _resumed_by(reader, row)],
    }


def _resumed_by(reader: Reader, row: RunRow) -> list[RunRow]:
    rows = reader.runs(RunQuery(flow=row.flow, since=row.created_at))
    return [other for other in rows if other.origin_run_id == row.run_id]


def _count_steps(reader: Reader, record: RunRecord) -> list[StepRow]:
    """Every step of the graph, in the order of the source, those that have no task yet too."""
    known = {step.step: step for step in reader.steps(record.flow, record.run_id)}
    return [known.get(node.name) or StepRow(node.name, 0, 0, 0, 0, 0, None, None) for node in record.nodes]


def _step_table(record: RunRecord, steps: Sequence[StepRow], status: str | None, width: int | None) -> list[str]:
    """The graph as a table: a step inside a foreach stands further in. `status` None: of no particular run."""
    nodes = {node.name: node for node in record.nodes}
    depths = {spec.step: spec.depth for spec in record.steps}
    states = _states(record, steps, status) if status else [""] * len(steps)
    counted_steps = [
        Column("state", states, colours=colours.of_states(width)),
        Column("tasks", [number(step.tasks) if step.tasks else "" for step in steps], right=True),
        Column("failed", [number(step.failed) if step.failed else "" for step in steps], right=True),
        Column("caught", [number(step.caught) if step.caught else "" for step in steps], weight=2, right=True),
        Column("taken over", [number(step.taken_over) if step.taken_over else "" for step in steps], 1, right=True),
        Column("took", [_took(step) for step in steps], weight=3),
    ]
    return fitted(
        [
            Column("step", ["  " * depths.get(step.step, 0) + step.step for step in steps]),
            *counted_steps,
            Column("decorators", [step_decorators(record.steps, step.step) for step in steps], weight=5, cut=True),
            Column("next", ["; ".join(arrows(nodes[step.step])) for step in steps], weight=4, cut=True),
        ],
        width,
    )


def _states(record: RunRecord, steps: Sequence[StepRow], status: str) -> list[str]:
    """`begun`: of a run that did not come to its end, nothing says whether these were all of the step's tasks."""
    begun = {step.step for step in steps if step.tasks}
    handed_on = {node.name for node in record.nodes if not node.targets or begun.intersection(node.targets)}
    return [_state(step, status, done=status == RunOutcome.SUCCEEDED or step.step in handed_on) for step in steps]


def _state(step: StepRow, status: str, done: bool) -> str:
    running = status == "running"
    if not step.tasks:
        return "waiting" if running else "not run"
    if step.failed and not running:
        return "failed"
    if done:
        return "done"
    return "running" if running else "begun"


def _took(step: StepRow) -> str:
    return "" if step.started_at is None or step.ended_at is None else duration(step.ended_at - step.started_at)


def _step_document(step: StepRow) -> dict[str, Any]:
    return {
        "tasks": step.tasks,
        "done": step.done,
        "failed": step.failed,
        "taken_over": step.taken_over,
        "started_at": step.started_at,
        "ended_at": step.ended_at,
    }


def _node_document(record: RunRecord, node: Node) -> dict[str, Any]:
    return {"kind": node.kind.value, "next": list(node.targets), "decorators": step_decorators(record.steps, node.name)}


def _facts(reader: Reader, row: RunRow, record: RunRecord, status: str, width: int | None) -> dict[str, str]:
    code, interpreter = record.code, record.interpreter
    resumed_by = ", ".join(f"{other.flow}/{other.run_id}" for other in _resumed_by(reader, row))
    when = moment(row.created_at)
    return {
        "user": record.user,
        "started": when if width is None else f"{when} ({ago(row.created_at, time.time())})",
        "took": took(row, status),
        "message": row.message,
        "project": f"{record.project.name}, branch {record.project.branch}" if record.project else "",
        "started by": ", ".join(event.id or event.name for event in record.triggers),
        "tags": ", ".join(row.tags),
        "resumes": f"{record.flow}/{record.origin_run_id}" if record.origin_run_id else "",
        "resumed by": resumed_by,
        "imported": _imported(reader, record),
        "file": record.file,
        "commit": f"{code.git_commit}{' with changes' if code.git_dirty else ''}" if code.git_commit else "",
        "python": ", ".join(filter(None, (interpreter.python, interpreter.platform))),
        "headwater": interpreter.headwater,
        "host": record.host_name,
        "options": " ".join(f"{name}={value}" for name, value in record.options.items()),
        "flow decorators": " ".join(map(decorator_text, record.flow_decorators)),
    }


def _imported(reader: Reader, record: RunRecord) -> str:
    history = reader.histories.find(record.flow, record.run_id) if record.system else None
    if history is None:
        return ""
    return f"from {history.record.folder}, import {history.record.number} of {record.system.capitalize()}"


def _failed_tasks(reader: Reader, row: RunRow, steps: Sequence[StepRow]) -> list[TaskRow]:
    rows = (task for step in steps if step.failed for task in reader.tasks(row.flow, row.run_id, step.step))
    return [task for task in rows if task.outcome is Outcome.FAILED]


def _failure_lines(reader: Reader, flow: str, failed: Sequence[TaskRow]) -> Iterator[str]:
    for task in failed[:_MOST_FAILED]:
        failure = reader.record(flow, task).failure
        if failure is not None:
            yield ""
            yield f"{task.step}/{task.task_id} failed: {first_line(failure)}"
            yield from failure_lines(failure)
    if len(failed) > _MOST_FAILED:
        yield f"{number(len(failed) - _MOST_FAILED)} more tasks failed."
