"""What a shell is offered for the arguments of our commands: flows, runs, steps, tasks, artifacts and tags of the root.

Used only while a shell completes. A metavar says what an argument is: `FLOW[/RUN]` is a pathspec of at most two parts,
`RUN[/STEP]` the same within the flow at hand. The index is asked as it stands, without looking for news; whatever goes
wrong, nothing is offered.
"""

import os
import re
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import click
from click.shell_completion import CompletionItem

from headwater.cli.commands import read_shared
from headwater.errors import HeadwaterError
from headwater.flow.build import build_graph
from headwater.flow.decorators import KINDS
from headwater.flow.spec import FlowSpec
from headwater.imports.histories import EveryRun, Histories
from headwater.imports.rows import EveryRow
from headwater.metadata.base import Metadata
from headwater.metadata.index import Index
from headwater.metadata.open import index_path, open_index
from headwater.metadata.query import RunQuery
from headwater.metadata.rows import RunRow
from headwater.names import LATEST, LATEST_SUCCESS
from headwater.records.task import TaskRecord
from headwater.settings import resolve_settings
from headwater.storage import layout
from headwater.storage.base import Storage
from headwater.storage.documents import find_document
from headwater.storage.open import open_storage
from headwater.wording import duration

_MOST = 100  # candidates
_PLACES = ("FLOW", "RUN", "STEP", "TASK", "ARTIFACT")
_WORD = re.compile(r"[A-Z]+")

Flow = type[FlowSpec]
Items = Iterator[CompletionItem]


def fill(command: click.Command, flow: Flow | None) -> None:
    """Give every parameter of a command the type that knows what to offer."""
    if isinstance(command, click.Group):
        for inner in command.commands.values():
            fill(inner, flow)
    for param in command.params:
        offer = _offer_for(param, flow)
        if offer is not None:
            param.type = _Offered(offer)


def _offer_for(param: click.Parameter, flow: Flow | None) -> "Offer | None":
    metavar = (param.metavar or "").split(":")[0].strip(".")
    words = _WORD.findall(metavar)
    if param.name == "hw_step":
        return lambda _place, _text: _steps_of(flow)
    if words == ["PATHSPEC"]:
        return _pathspecs(_PLACES, flow)
    if words and tuple(words) in {_PLACES[first:last] for first in (0, 1) for last in range(first + 1, 6)}:
        return _pathspecs(tuple(words), flow)
    if words == ["ID"]:
        return lambda place, _text: _run_ids(place, flow)
    if words == ["TAG"]:
        return _tags
    if words in (["PROJECT"], ["BRANCH"]):
        return _told_by({"PROJECT": "project:", "BRANCH": "project_branch:"}[words[0]])
    if words == ["DECORATOR"]:
        return lambda _place, _text: (CompletionItem(name) for name in KINDS)
    if words and words[0] in ("FILE", "FOLDER", "PATH", "ROOT"):
        kind = "file" if words[0] in ("FILE", "PATH") else "dir"
        return lambda _place, text: iter([CompletionItem(text, type=kind)])
    return None


class _Place:
    """The root that is looked at."""

    def __init__(self, storage: Storage, index: Metadata) -> None:
        histories = Histories(storage)
        self.storage = EveryRun(storage, histories) if histories else storage
        self.index = EveryRow(index, histories) if histories else index


Offer = Callable[[_Place, str], Items]


class _Offered(click.ParamType):  # type: ignore[type-arg]  # generic for type checkers only, and only of late
    """Text, with candidates for what was begun."""

    name = "text"

    def __init__(self, offer: Offer) -> None:
        self._offer = offer

    def shell_complete(self, ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:
        try:
            root = resolve_settings(os.environ, Path.cwd(), read_shared(ctx).datastore_root).datastore_root
            with open_storage(root) as storage, _index_of(storage) as index:
                items = list(self._offer(_Place(storage, index), incomplete))
        except HeadwaterError:
            return []
        return [item for item in items if item.type != "plain" or item.value.startswith(incomplete)][:_MOST]


def _index_of(storage: Storage) -> Metadata:
    path = index_path(storage, os.environ)
    if storage.folder is not None and not os.path.isdir(storage.folder):
        return Index(None)
    return Index(path) if path and path.is_file() else open_index(storage)


def _steps_of(flow: Flow | None) -> Items:
    return (CompletionItem(name) for name in build_graph(flow).nodes) if flow else iter(())


def _run_ids(place: _Place, flow: Flow | None) -> Items:
    rows = place.index.runs(RunQuery(flow=flow.__name__ if flow else None, limit=_MOST))
    return (CompletionItem(row.run_id, help=_describe(row)) for row in rows)


def _tags(place: _Place, _text: str) -> Items:
    rows = place.index.runs(RunQuery(limit=1000))
    return (CompletionItem(tag) for tag in sorted({tag for row in rows for tag in row.tags}))


def _told_by(kind: str) -> Offer:
    """What tags of the system say behind a word."""

    def offer(place: _Place, _text: str) -> Items:
        rows = place.index.runs(RunQuery(limit=1000))
        tags = {tag for row in rows for tag in row.system_tags if tag.startswith(kind)}
        return (CompletionItem(tag.removeprefix(kind)) for tag in sorted(tags))

    return offer


def _pathspecs(parts: Sequence[str], flow: Flow | None) -> Offer:
    """Candidates for the part that the cursor is in; one that may go on ends with a slash."""

    def offer(place: _Place, text: str) -> Items:
        before, slash, _ = text.rpartition("/")
        known = before.split("/") if slash else []
        whole = known if parts[0] == "FLOW" else [flow.__name__ if flow else "", *known]
        last = len(known) + 1 >= len(parts)
        for name, help_text in _next_parts(place, whole, flow):
            yield CompletionItem(f"{before}{slash}{name}{'' if last else '/'}", help=help_text)

    return offer


def _next_parts(place: _Place, known: list[str], flow: Flow | None) -> Iterator[tuple[str, str]]:
    """(name, help) of what can stand behind the known parts of a pathspec."""
    if not known:
        yield from ((name, "") for name in place.index.flows())
        return
    if len(known) == 1:
        query = RunQuery(flow=known[0] or (flow.__name__ if flow else None), limit=_MOST)
        rows = place.index.runs(query)
        yield from ((row.run_id, _describe(row)) for row in rows)
        if rows:
            yield LATEST, "the newest"
            yield LATEST_SUCCESS, "the newest that succeeded"
        return
    run_id = _run_id(place, known[0], known[1])
    if run_id is None:
        return
    if len(known) == 2:
        yield from ((row.step, "") for row in place.index.steps(known[0], run_id))
    elif len(known) == 3:
        for row in place.index.tasks(known[0], run_id, known[2]):
            yield row.task_id, row.outcome.value
    elif len(known) == 4:
        task = place.index.task(known[0], run_id, known[2], known[3])
        owner = task.run_id if task else run_id
        record = find_document(place.storage, TaskRecord, layout.task(known[0], owner, known[2], known[3]))
        yield from ((name, ref.type) for name, ref in sorted(record.artifacts.items() if record else ()))


def _run_id(place: _Place, flow: str, run: str) -> str | None:
    if run not in (LATEST, LATEST_SUCCESS):
        return run
    outcome = "succeeded" if run == LATEST_SUCCESS else None
    rows = place.index.runs(RunQuery(flow=flow, outcome=outcome, limit=1))
    return rows[0].run_id if rows else None


def _describe(row: RunRow) -> str:
    age = f"{duration(time.time() - row.created_at)} ago"
    tags = f" [{' '.join(row.tags)}]" if row.tags else ""
    return f"{row.outcome or 'no end yet'}, {age}{tags}"
