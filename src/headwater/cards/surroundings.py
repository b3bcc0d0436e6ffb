"""Where a task stands: in the flow's graph, in time, on which machine and with which code."""

import os
import time
from collections.abc import Iterable
from typing import Any

from headwater.cards.page import section
from headwater.graph.svg import StepState, as_svg
from headwater.markup.elements import Child, Markup, code, element, facts
from headwater.records.run import RunRecord
from headwater.records.task import TaskRecord
from headwater.wording import clock, duration, number, size

_MOST_STEPS = 150  # of which a graph is drawn: the places of very many take long to find
_MOST_ATTEMPTS = 8


def graph(task: Any, run: RunRecord) -> Markup | None:
    """The flow's steps, this task's own marked."""
    if not 1 < len(run.nodes) <= _MOST_STEPS:
        return None
    step = task.path_components[2]
    record = task.record
    splits = record.transition.splits if record and record.transition else None
    note = f"{number(splits)} tasks follow" if splits else "this card"
    states = {step: StepState(task.status, note, bool(record and record.frames))}
    svg = as_svg(run.nodes, states, title=f"The graph of {run.flow}; this is {step}", standalone=False)
    return section(
        "Graph", element("div", Markup(svg), cls="hw-scroll", tabindex="0", role="region", aria_label="Graph")
    )


def time_line(task: Any, run: RunRecord) -> Markup:
    """Every attempt on a line that begins with the run."""
    attempts = [(one.current_attempt, one.record) for one in task.attempts if one.record][-_MOST_ATTEMPTS:]
    if task.record is None:
        attempts.append((task.current_attempt, None))
    begin = min(run.created_at, *(record.started_at for _, record in attempts if record), time.time())
    end = max((record.ended_at if record else time.time()) for _, record in attempts)
    rows = [cell for number_, record in attempts for cell in _row(number_, record, begin, max(end - begin, 1e-3))]
    return section(
        "Time", element("div", *rows, cls="track"), facts(f"the line begins with the run, at {clock(begin)}")
    )


def _row(attempt: int, record: TaskRecord | None, begin: float, span: float) -> Iterable[Markup]:
    started = record.started_at if record else begin + span
    ended = record.ended_at if record else begin + span
    status = record.outcome.value if record else "running"
    left, width = 100 * (started - begin) / span, 100 * (ended - started) / span
    bar = element("i", cls=status, style=f"left:min({left:.2f}%, 100% - 3px);width:{width:.2f}%")
    yield element("span", f"attempt {attempt}")
    yield element("span", bar, cls="rail", role="img", aria_label=f"attempt {attempt}: {status}")
    yield element("span", duration(ended - started) if record else "running", cls="when")


def environment(record: TaskRecord | None, run: RunRecord) -> Markup:
    """Python, machine, code, and what the attempt used."""
    interpreter, about = run.interpreter, run.code
    usage = record.usage if record else None
    commit = about.git_commit[:12] if about.git_commit else ""
    changed = " with changes that are not committed" if commit and about.git_dirty else ""
    known: list[tuple[str, Child]] = [
        ("Python", f"{interpreter.implementation} {interpreter.python}".strip()),
        ("Platform", interpreter.platform),
        ("Machine", record.host_name if record else run.host_name),
        ("Used", f"{usage.cpu_s:.2f} s of CPU, {size(usage.peak_memory)} of memory at most" if usage else ""),
        ("Script", code(about.script or os.path.basename(run.file)) if about.script or run.file else ""),
        ("Git", Markup(f"{code(commit)}{changed}") if commit else ""),
        ("Project", f"{run.project.name}, branch {run.project.branch}" if run.project else ""),
        ("Tags", ", ".join(run.tags)),
        ("Headwater", interpreter.headwater),
    ]
    rows = [element(name, one) for label, said in known if said for name, one in (("dt", label), ("dd", said))]
    return section("Environment", element("dl", *rows))
