"""The card that a task has when nothing else is asked for: what it did, what it made, where it stands.

Everything is told from records and from the summaries that were noted when values were saved; no value is loaded.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from headwater.cards.base import LOG_TAIL, Card
from headwater.cards.heads import item_of, task_head
from headwater.cards.page import page, parts, section
from headwater.cards.pictures import pictures
from headwater.cards.reload import components_token
from headwater.cards.surroundings import environment, graph, time_line
from headwater.markup.elements import Child, Markup, code, element, facts, fold, join
from headwater.markup.failures import failure_box
from headwater.markup.values import artifact_table, summary_of
from headwater.records.artifact import ArtifactRef
from headwater.records.run import RunRecord
from headwater.records.task import Outcome, TaskRecord
from headwater.wording import counted

_MOST_FRAMES = 4  # whose first rows are shown below the table
_MOST_INHERITED = 40


class DefaultCard(Card):
    """The author's components first, then artifacts, parameters, the graph, times, environment, the end of the log."""

    type = "default"
    ALLOW_USER_COMPONENTS = True
    RUNTIME_UPDATABLE = True
    RELOAD_POLICY = "onchange"

    def render(self, task: Any) -> str:
        run: RunRecord = task.parent.parent.record
        record: TaskRecord | None = task.record
        failed = record is not None and record.outcome is Outcome.FAILED
        log = section("Log", Markup(LOG_TAIL), note="its end")
        body: list[Child] = [
            task_head(task, item_of(task, self.flow)),
            _failure(record),
            element("section", parts(self.components)) if self.components else None,
            log if failed else None,
            *(_artifacts(record, self.flow) if record else ()),
            element("div", element("div", _parameters(run), time_line(task, run)), environment(record, run), cls="two"),
            graph(task, run),
            _inherited(task, record) if record else None,
            None if failed else log,
        ]
        return page(task.pathspec, *body)

    def render_runtime(self, task: Any, data: Any) -> str:
        return self.render(task)

    def reload_content_token(self, task: Any, data: Any) -> str:
        return components_token(data)


def _failure(record: TaskRecord | None) -> Markup | None:
    if record is None or record.failure is None:
        return None
    caught = record.outcome is Outcome.CAUGHT
    return element(
        "section", failure_box("It failed, and that was caught:" if caught else "It failed:", record.failure)
    )


def _artifacts(record: TaskRecord, flow: Any) -> Iterator[Markup | None]:
    """What the task set itself: all in a table, then images and figures, then the first rows of frames."""
    own = _public(record.artifacts)
    if not own:
        return
    yield section("Artifacts", artifact_table("name", own), note=counted(len(own), "value"))
    yield pictures(own, flow)
    frames = [name for name, ref in own.items() if ref.summary.get("first_rows") and "names" in ref.summary]
    for name in frames[:_MOST_FRAMES]:
        yield section(code(name), summary_of(own[name]), note="its first rows")


def _parameters(run: RunRecord) -> Markup:
    given, configs = _public({**run.constants, **run.parameters}), _public(run.configs)
    none = element("p", "The flow has none.", cls="quiet")
    parameters = section("Parameters", artifact_table("name", given) if given else none)
    return join([parameters, section("Configs", artifact_table("name", configs)) if configs else None])


def _inherited(task: Any, record: TaskRecord) -> Markup | None:
    """What the task could see of earlier ones: names, values and where they were set, folded."""
    homes: dict[str, str] = {}
    for group in record.inherited:
        homes.update((name, f"{group.step}/{group.task_id}") for name in group.names if not name.startswith("_"))
    if not homes:
        return None
    shown = frozenset(sorted(homes)[:_MOST_INHERITED])
    refs = {artifact.id: artifact.ref for artifact in task if artifact.id in shown}
    more = facts(f"{counted(len(homes) - len(shown), 'more value')}") if len(homes) > len(shown) else None
    table = artifact_table("name", refs, homes)
    return element("section", fold(f"From earlier steps ({len(homes)})", table, more))


def _public(refs: Mapping[str, ArtifactRef]) -> dict[str, ArtifactRef]:
    return {name: refs[name] for name in sorted(refs) if not name.startswith("_")}
