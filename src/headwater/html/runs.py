"""A run as its graph and tables, and many runs as one table."""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from headwater.artifacts.describe import describe
from headwater.client.objects import Run
from headwater.client.reader import Reader, open_reader
from headwater.graph.svg import StepState, as_svg
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
from headwater.metadata.rows import RunRow, StepRow
from headwater.names import Pathspec
from headwater.records.run import RunRecord
from headwater.records.task import Outcome
from headwater.wording import counted, duration, moment, number

_MOST_FAILED = 3
_MOST_PARAMETERS = 4  # of a run in a table of runs


class Seen(NamedTuple):
    """A run as it stands now."""

    row: RunRow
    record: RunRecord
    status: str
    steps: dict[str, StepRow]


def look_at(run: Run) -> Seen:
    reader = open_reader(run.root)
    flow, run_id = run.path_components
    steps = {step.step: step for step in reader.steps(flow, run_id)}
    return Seen(reader.run_row(flow, run_id), run.record, run.status, steps)


def run_page(run: Run) -> Markup:
    """Who ran what and how it went; its graph, steps, parameters and failures; how to go on."""
    reader = open_reader(run.root)
    seen = look_at(run)
    row, record = seen.row, seen.record
    failures = list(_failures(reader, seen))
    return join(
        [
            heading("Run", run.pathspec, seen.status),
            facts(
                row.user,
                f"began {moment(row.created_at)}",
                "" if row.duration_s is None else f"took {duration(row.duration_s)}",
                f"resumed from {row.origin_run_id}" if row.origin_run_id else "",
                f"project {record.project.name}, branch {record.project.branch}" if record.project else "",
                f"started by {', '.join(event.id or event.name for event in record.triggers)}"
                if record.triggers
                else "",
                tags(run.user_tags),
            ),
            element("div", row.message, cls="hw-bad") if row.message and not failures else None,
            run_graph(seen),
            *failures,
            fold(f"Steps ({len(record.nodes)})", _step_table(seen), is_open=True),
            _parameters(record),
            fold("Go on from here", lines_of_code(_way_on(run, seen))),
        ]
    )


def run_graph(seen: Seen) -> Markup:
    """The graph with what became of each step."""
    states = {node.name: _state(seen, node.name) for node in seen.record.nodes}
    title = f"{seen.row.flow}, {counted(len(states), 'step')}; the run is {seen.status}"
    return element(
        "div",
        Markup(as_svg(seen.record.nodes, states, title=title, standalone=False)),
        cls="hw-scroll",
        tabindex="0",
        role="region",
        aria_label="Graph",
    )


def run_table(runs: Sequence[Run]) -> Markup:
    """A line for each run."""
    return table(["run", "", "began", "took", "user", "tags", "parameters"], map(run_cells, runs))


def run_cells(run: Run) -> list[Child]:
    flow, run_id = run.path_components
    row = open_reader(run.root).run_row(flow, run_id)
    spent = "" if row.duration_s is None else duration(row.duration_s)
    cells: list[Child] = [code(run_id), badge(run.status), moment(row.created_at), spent, row.user, tags(row.tags)]
    return [*cells, _given(row)]


def tags(some: Iterable[str]) -> Markup | None:
    shown = [element("span", tag, cls="hw-tag") for tag in sorted(some)]
    return join(shown, " ") if shown else None


def _given(row: RunRow) -> str:
    said = [f"{name}={value}" for name, value in list(row.parameters.items())[:_MOST_PARAMETERS]]
    return ", ".join([*said, *(["…"] if len(row.parameters) > len(said) else [])])


def _state(seen: Seen, step: str) -> StepState:
    found = seen.steps.get(step)
    several = any(spec.step == step and spec.depth for spec in seen.record.steps)
    if found is None or not found.tasks:
        is_over = seen.status != "running"
        return StepState("skipped" if is_over else "waiting", "not run" if is_over else "", several)
    spent = "" if found.started_at is None or found.ended_at is None else duration(found.ended_at - found.started_at)
    if found.failed:
        how, note = "failed", f"{number(found.failed)} of {number(found.tasks)} failed" if found.tasks > 1 else "failed"
        return StepState(how, note, several)
    how = "caught" if found.caught else "succeeded"
    if found.taken_over == found.done:
        spent = "taken over"
    count = counted(found.tasks, "task") if several or found.tasks > 1 else ""
    return StepState(how, " · ".join(part for part in (count, spent) if part), several)


def _step_table(seen: Seen) -> Markup:
    """Every step of the graph, those without a task too."""
    rows: list[list[Child]] = []
    for node in seen.record.nodes:
        step = seen.steps.get(node.name) or StepRow(node.name, 0, 0, 0, 0, 0, None, None)
        spent = "" if step.started_at is None or step.ended_at is None else duration(step.ended_at - step.started_at)
        counts = (step.tasks, step.done, step.failed, step.taken_over)
        rows.append([code(node.name), *(number(count) if count else "" for count in counts), spent, _first(node.doc)])
    return table(["step", "tasks", "done", "failed", "taken over", "took", ""], rows, numbers=[1, 2, 3, 4])


def _first(doc: str) -> Markup:
    return element("span", doc.partition("\n")[0], cls="hw-dim")


def _parameters(record: RunRecord) -> Markup | None:
    given = dict(sorted(record.given.items()))
    if not given:
        return None
    few = ", ".join(f"{name} = {describe(ref)}" for name, ref in list(given.items())[:_MOST_PARAMETERS])
    more = ", …" if len(given) > _MOST_PARAMETERS else ""
    return fold(f"Parameters: {few}{more}", artifact_table("parameter", given))


def _failures(reader: Reader, seen: Seen) -> Iterable[Markup]:
    """The first tasks that failed, and how many more did."""
    flow, run_id = seen.row.flow, seen.row.run_id
    failing = [step.step for step in seen.steps.values() if step.failed]
    rows = [row for step in failing for row in reader.tasks(flow, run_id, step) if row.outcome is Outcome.FAILED]
    for row in rows[:_MOST_FAILED]:
        failure = reader.record(flow, row).failure
        if failure is not None:
            yield failure_box(code(str(Pathspec(flow, run_id, row.step, row.task_id))), failure)
    if len(rows) > _MOST_FAILED:
        yield element("div", f"{number(len(rows) - _MOST_FAILED)} more tasks failed.", cls="hw-dim")


def _way_on(run: Run, seen: Seen) -> Iterable[str]:
    """Code to type next."""
    yield f"run = Run({run.pathspec!r})"
    ran = [node.name for node in seen.record.nodes if node.name in seen.steps]
    if seen.record.end in seen.steps:
        yield "run.data                  # the values of the last step, by name"
    if ran:
        yield f"run[{ran[len(ran) // 2]!r}].task.data  # those of another"
    yield "run.parameters, run.code"
    if any(step.failed for step in seen.steps.values()):
        yield "run.failed_tasks"
    if any(step.failed for step in seen.steps.values()) and not seen.record.system:  # an imported run is not resumed
        yield f"headwater.resume({seen.row.flow}, origin_run_id={seen.row.run_id!r})  # go on when it is corrected"
