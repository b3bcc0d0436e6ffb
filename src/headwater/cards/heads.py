"""The head of a page about a task: where it is, how it went, when, whose."""

from typing import Any

from headwater.artifacts.describe import describe
from headwater.cards.artifact import Artifact
from headwater.cards.base import ENDED
from headwater.markup.elements import Child, Markup, badge, element, facts
from headwater.records.run import RunRecord
from headwater.records.task import SplitFrame
from headwater.wording import moment, number

_LARGE = 64 << 10  # bytes


def task_head(task: Any, item: str = "") -> Markup | None:
    """`task`: of the client; None when nothing is known of it. `item`: of the foreach, in words."""
    if task is None:
        return None
    flow, run, step, task_id = task.path_components
    record, about = task.record, task.parent.parent.record
    node = next((node for node in about.nodes if node.name == step), None)
    path = [element("span", one) for one in (flow, run, step, task_id)]
    outer = record.frames if record else ()
    name = element("small", place(outer), f": {item}" if item else None) if outer else None
    doc = node.doc.partition("\n\n")[0] if node else ""
    return element(
        "header",
        element("div", *path, cls="path mono"),
        element("h1", step, name, badge(task.status)),
        element("p", doc, cls="doc") if doc else None,
        facts(*_times(task), Markup(ENDED), *_who(task, about)),
    )


def place(frames: tuple[SplitFrame, ...]) -> str:
    """`3 of 12 of models, 1 of 2 of folds`: which item of each foreach, from 1, the outermost first."""
    said = []
    for frame in frames:
        of = f" of {frame.variable}" if frame.variable else " of the gang"
        said.append(f"{number(frame.index + 1)} of {number(frame.count)}{of}")
    return ", ".join(said)


def item_of(task: Any, flow: Any) -> str:
    """The item of the innermost foreach in a few words; "" where items are large, so that none is loaded for this."""
    frames = task.record.frames if task.record else ()
    if flow is None or not frames or not frames[-1].variable:
        return ""
    # By iteration, since to ask for one by name opens the index.
    items = next((artifact for artifact in task if artifact.id == frames[-1].variable), None)
    if items is None or items.ref.size > _LARGE:  # None: the step deleted what it iterates
        return ""
    return describe(Artifact(flow.input).seen())


def _times(task: Any) -> list[Child]:
    if task.record is None:
        return []
    attempt = f"attempt {task.current_attempt}" if task.current_attempt else ""
    return [attempt, f"began {moment(task.record.started_at)}"]


def _who(task: Any, run: RunRecord) -> list[Child]:
    taken_over = f"taken over from {task.origin_pathspec}" if task.origin_pathspec else ""
    return [run.user, f"resumes {run.flow}/{run.origin_run_id}" if run.origin_run_id else "", taken_over]
