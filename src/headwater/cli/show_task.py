"""`headwater show FLOW/RUN/STEP` and `FLOW/RUN/STEP/TASK`.

A step with --json: pathspec, kind, next, join, decorators, doc, counts (tasks, succeeded, caught, failed, taken_over),
tasks (task_id, attempt, outcome, started_at, ended_at, executed_by, failure of each).

A task with --json: pathspec, outcome, attempts (as tasks of a step), executed_by (run id), host, pid, cpu_s,
peak_memory (bytes), frames (the foreach levels around it: step, task_id, index, count, variable), parents and children
(first, count: neighbouring tasks of a step), artifacts (name -> type, serializer, size, hash, summary, written_by),
deleted, cards (type, id, hash, failed), failure (null).
"""

from collections.abc import Iterator, Sequence
from statistics import median
from typing import Any

from headwater.artifacts.describe import describe, type_of
from headwater.artifacts.telling import failure_lines, first_line
from headwater.artifacts.view import ArtifactView
from headwater.cli import colours, values
from headwater.cli.answer import Answer, fact_lines
from headwater.cli.columns import Column, fitted
from headwater.cli.json import failure_document
from headwater.cli.reading import find_attempts
from headwater.client.lineage import Place, children, depths
from headwater.client.reader import Reader
from headwater.errors import NotFound
from headwater.graph.render import arrows, step_decorators
from headwater.metadata.rows import TaskRow
from headwater.names import Pathspec
from headwater.records.graph import Node
from headwater.records.run import RunRecord
from headwater.records.task import CardRef, Outcome, TaskRecord
from headwater.wording import counted, duration, moment, number, plain, size

_MOST_TASKS = 200  # of a step, as text
_MOST_PARENTS = 6  # ranges


def show_step(reader: Reader, place: Pathspec, width: int | None) -> Answer:
    assert place.run is not None
    assert place.step is not None
    reader.run_row(place.flow, place.run)
    run = reader.run_record(place.flow, place.run)
    tasks = reader.tasks(place.flow, place.run, place.step)
    node = next((node for node in run.nodes if node.name == place.step), None)
    if node is None and not tasks:
        raise NotFound(_no_step(run, place))

    def document() -> dict[str, Any]:
        return {
            "pathspec": str(place),
            "kind": node.kind.value if node else None,
            "next": list(node.targets) if node else [],
            "join": node.join if node else False,
            "decorators": step_decorators(run.steps, place.step),
            "doc": node.doc if node else "",
            "counts": {**_outcomes(tasks), "taken_over": sum(task.run_id != place.run for task in tasks)},
            "tasks": [_task_document(task) for task in tasks],
        }

    def lines() -> Iterator[str]:
        yield f"{place}  {counted(len(tasks), 'task')}"
        yield from fact_lines(_step_facts(run, node, tasks, place))
        if tasks:
            yield ""
            yield from _task_table(tasks[:_MOST_TASKS], width)
        if len(tasks) > _MOST_TASKS:
            yield f"{number(len(tasks) - _MOST_TASKS)} more tasks; --json lists them all."

    return Answer(document, lines)


def _no_step(run: RunRecord, place: Pathspec) -> str:
    return (
        f"{place._replace(step=None)} has no step {place.step!r}. "
        f"Its steps are {', '.join(node.name for node in run.nodes)}."
    )


def _step_facts(run: RunRecord, node: Node | None, tasks: Sequence[TaskRow], place: Pathspec) -> dict[str, str]:
    outcomes = {name: count for name, count in _outcomes(tasks).items() if name != "tasks"}
    seconds = [task.ended_at - task.started_at for task in tasks]
    taken = sum(task.run_id != place.run for task in tasks)
    spread = ""
    if len(seconds) > 1:
        parts = (min(seconds), median(seconds), max(seconds))
        spread = "{} at least, {} in the middle, {} at most".format(*map(duration, parts))
    alone = list(outcomes) == ["succeeded"] and not taken
    return {
        "about": node.doc.partition("\n")[0] if node else "",
        "inputs": "joins" if node and node.join else "",
        "next": "; ".join(arrows(node)) if node else "",
        "decorators": step_decorators(run.steps, place.step),
        "outcomes": "" if alone else ", ".join(f"{number(count)} {name}" for name, count in outcomes.items()),
        "taken over": number(taken) if taken else "",
        "tasks took": spread,
        "in all": duration(sum(seconds)) if len(seconds) > 1 else "",
    }


def _outcomes(tasks: Sequence[TaskRow]) -> dict[str, int]:
    found = {outcome.value: sum(task.outcome is outcome for task in tasks) for outcome in Outcome}
    return {"tasks": len(tasks), **{name: count for name, count in found.items() if count}}


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


def _task_table(tasks: Sequence[TaskRow], width: int | None) -> list[str]:
    return fitted(
        [
            Column("task", [task.task_id for task in tasks]),
            Column("attempt", [str(task.attempt) for task in tasks], weight=2),
            Column("outcome", [task.outcome.value for task in tasks], colours=colours.of_states(width)),
            Column("started", [moment(task.started_at) for task in tasks], weight=3),
            Column("took", [duration(task.ended_at - task.started_at) for task in tasks], weight=1),
            Column("failure", [task.failure_message.partition("\n")[0] for task in tasks], weight=4, cut=True),
        ],
        width,
    )


def show_task(reader: Reader, place: Pathspec, width: int | None) -> Answer:
    assert place.run is not None
    attempts = find_attempts(reader, place)
    view = reader.view(place.flow, attempts[-1])
    record = view.record
    run = reader.run_record(place.flow, place.run)

    def document() -> dict[str, Any]:
        return {
            "pathspec": str(place),
            "outcome": record.outcome.value,
            "attempts": [_task_document(task) for task in attempts],
            "executed_by": record.run_id,
            "host": record.host_name,
            "pid": record.pid,
            "cpu_s": record.usage.cpu_s if record.usage else None,
            "peak_memory": record.usage.peak_memory if record.usage else None,
            "frames": [
                {name: getattr(frame, name) for name in ("step", "task_id", "index", "count", "variable")}
                for frame in record.frames
            ],
            "parents": [{"first": f"{some.step}/{some.first}", "count": some.count} for some in record.inputs],
            "children": [
                {"first": f"{place.step}/{place.task_id}", "count": count} for place, count in _next(run, record)
            ],
            "artifacts": {
                name: {**values.document(view.ref(name)), "written_by": _owner(view, name)}
                for name in sorted(view.names())
            },
            "deleted": list(record.deleted),
            "cards": [
                {"type": card.type, "id": card.id, "hash": card.page.hash, "failed": card.failed}
                for card in record.cards
            ],
            "failure": failure_document(record.failure) if record.failure else None,
        }

    def lines() -> Iterator[str]:
        yield f"{place}  {record.outcome.value}"
        yield from fact_lines(_task_facts(place, run, record, attempts))
        if len(attempts) > 1:
            yield ""
            yield from _task_table(attempts, width)
        if _shown(view):
            yield ""
            yield from _artifact_table(view, width)
        if record.failure is not None:
            yield ""
            yield f"{record.outcome.value}: {first_line(record.failure)}"
            yield from failure_lines(record.failure)
        yield ""
        yield f"What it printed: headwater logs {place}"
        if record.cards:
            yield f"Its {_cards(record.cards)}: headwater card view {place}"

    return Answer(document, lines)


def _task_facts(place: Pathspec, run: RunRecord, record: TaskRecord, attempts: Sequence[TaskRow]) -> dict[str, str]:
    usage, code = record.usage, run.code
    tries = f"{record.attempt + 1}, after {number(len(attempts) - 1)} that failed" if len(attempts) > 1 else ""
    items = (
        f"{frame.variable or 'node'} {number(frame.index + 1)} of {number(frame.count)}" for frame in record.frames
    )
    return {
        "taken over": f"from {place.flow}/{record.run_id}" if record.run_id != place.run else "",
        "attempt": tries,
        "started": moment(record.started_at),
        "took": duration(record.ended_at - record.started_at),
        "used": f"{usage.cpu_s:.2f} s of CPU, {size(usage.peak_memory)} of memory at most" if usage else "",
        "host": f"{record.host_name}, process {record.pid}" if record.host_name else "",
        "item": ", ".join(items),
        "node": f"{record.gang.index} of {record.gang.size}" if record.gang else "",
        "parents": _listed([(Place(some.step, some.first), some.count) for some in record.inputs]),
        "children": _listed(_next(run, record)),
        "because": f"the switch met {record.transition.case}" if record.transition and record.transition.case else "",
        "commit": f"{code.git_commit}{' with changes' if code.git_dirty else ''}" if code.git_commit else "",
        "deleted": ", ".join(record.deleted),
    }


def _cards(cards: Sequence[CardRef]) -> str:
    """`card`, or `cards (loss, default)`"""
    return "card" if len(cards) == 1 else f"cards ({', '.join(plain(card.id or card.type) for card in cards)})"


def _next(run: RunRecord, record: TaskRecord) -> list[tuple[Place, int]]:
    """Where it handed on to: the first of neighbouring tasks of a step, and how many they are."""
    splits = record.transition.splits if record.transition else None
    found: dict[str, tuple[Place, int]] = {}
    for place in children(record, depths(run)):
        found.setdefault(place.step, (place, 1 if splits is None else splits))
    return list(found.values())


def _listed(ranges: Sequence[tuple[Place, int]]) -> str:
    """`work/0 and the 151 after it, other/3`"""
    shown = [
        f"{place.step}/{place.task_id}" + (f" and the {number(count - 1)} after it" if count > 1 else "")
        for place, count in ranges[:_MOST_PARENTS]
    ]
    more = len(ranges) - len(shown)
    return ", ".join(shown) + (f" and {number(more)} more" if more else "")


def _owner(view: ArtifactView, name: str) -> str:
    return str(Pathspec(view.record.flow, *view.owner_of(name)))


def _shown(view: ArtifactView) -> set[str]:
    """Without what another system keeps for itself among the artifacts of an imported task; --json has all."""
    names = view.names()
    return {name for name in names if not name.startswith("_")} if view.record.facts else names


def _artifact_table(view: ArtifactView, width: int | None) -> list[str]:
    """What the task wrote first, then what came to it from others."""
    own = view.owner
    names = sorted(_shown(view), key=lambda name: (view.owner_of(name) != own, name))
    refs = [view.ref(name) for name in names]
    owners = [view.owner_of(name) for name in names]
    return fitted(
        [
            Column("artifact", names),
            Column("type", [type_of(ref) for ref in refs], weight=1),
            Column("size", [size(ref.size) for ref in refs], weight=2),
            Column("value", [describe(ref) for ref in refs], cut=True),
            Column(
                "from", ["" if owner == own else plain(f"{owner.step}/{owner.task_id}") for owner in owners], weight=3
            ),
        ],
        width,
    )
