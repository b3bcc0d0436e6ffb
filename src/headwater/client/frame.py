"""Runs as a data frame: what they were given and what came out, for comparing experiments. No artifact is loaded.

run.json ─► parameters        the step's task ─► summaries of its artifacts, those it inherited among them
"""

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from typing import Any, NamedTuple, TypeVar

from headwater.artifacts.describe import describe
from headwater.artifacts.view import ArtifactView
from headwater.client.reader import Reader
from headwater.errors import ArtifactError, NotFound, PluginError, UsageError
from headwater.metadata.rows import RunRow, TaskRow
from headwater.names import Pathspec
from headwater.records.artifact import ArtifactRef
from headwater.records.run import RunRecord
from headwater.records.task import Outcome

LIBRARIES = ("pandas", "polars")
TASK = ("task_id", "task_status", "task_duration_s")
FIXED = ("run_id", *TASK, "created_at", "user", "status", "duration_s", "tags")

_READ_AT_ONCE = 16  # on roots where a look is a round trip
_NOTHING = object()
_PLAIN = (bool, int, float, str, datetime, type(None))

T = TypeVar("T")


class Line(NamedTuple):
    """One row of the frame, before its columns are named."""

    facts: dict[str, Any]
    parameters: dict[str, Any]
    artifacts: dict[str, ArtifactRef]


def runs_frame(
    reader: Reader, rows: Sequence[RunRow], step: str | None, artifacts: Sequence[str] | None, library: str
) -> Any:
    """A row for each run, or with `step` for each of its tasks; see `Flow.runs_frame`."""
    make = _library(library)
    runs = _each(reader, lambda row: _look(reader, row, step), rows)
    if step is not None and rows and not any(step in {node.name for node in run.nodes} for run, _ in runs):
        known = ", ".join(dict.fromkeys(node.name for run, _ in runs for node in run.nodes))
        raise NotFound(f"None of the runs has a step {step!r}. They have: {known}.")
    lines = [line for _, found in runs for line in found]
    return make(_columns(lines, step is not None, artifacts))


def _each(reader: Reader, look: Callable[[RunRow], T], rows: Sequence[RunRow]) -> list[T]:
    if reader.storage.local:
        return [look(row) for row in rows]
    from concurrent.futures import ThreadPoolExecutor

    with ThreadPoolExecutor(_READ_AT_ONCE) as pool:
        return list(pool.map(look, rows))


def _look(reader: Reader, row: RunRow, step: str | None) -> tuple[RunRecord, list[Line]]:
    """One run: its lines, of which there is one where no step is named."""
    run = reader.run_record(row.flow, row.run_id)
    facts = {
        "run_id": row.run_id,
        "created_at": datetime.fromtimestamp(row.created_at),
        "user": row.user,
        "status": row.outcome or reader.status(row.flow, row.run_id),
        "duration_s": row.duration_s,
        "tags": list(row.tags),
    }
    parameters = {name: _parameter(reader, row, name, ref) for name, ref in sorted(run.parameters.items())}
    tasks = reader.tasks(row.flow, row.run_id, step or run.end)
    if step is None:
        done = [task for task in tasks if task.outcome is not Outcome.FAILED][:1]
        found = _refs(reader.view(row.flow, done[0])) if done else {}
        return run, [Line(facts, parameters, found)]
    return run, [Line({**facts, **_task(task)}, parameters, _refs(reader.view(row.flow, task))) for task in tasks]


def _task(row: TaskRow) -> dict[str, Any]:
    spent = row.ended_at - row.started_at
    return {"task_id": row.task_id, "task_status": row.outcome.value, "task_duration_s": spent}


def _refs(view: ArtifactView) -> dict[str, ArtifactRef]:
    return {name: view.ref(name) for name in sorted(view.names()) if not name.startswith("_")}


def _parameter(reader: Reader, row: RunRow, name: str, ref: ArtifactRef) -> Any:
    """Its value; a large one, or one that cannot be loaded here, in words."""
    value = _from_summary(ref)
    if value is not _NOTHING:
        return value
    if ref.data is None:
        return describe(ref)
    try:
        return reader.load(ref, name, Pathspec(row.flow, row.run_id))
    except ArtifactError:
        return describe(ref)


def _from_summary(ref: ArtifactRef) -> Any:
    """The value where the summary has all of it: numbers, truth values, None, short texts."""
    summary = ref.summary
    if "value" in summary:
        value = summary["value"]
        if ref.type == "builtins.int" and isinstance(value, str):
            return int(value) if value.lstrip("-").isdigit() else _NOTHING
        if isinstance(value, str):  # not a number, or without end
            return float(value) if value in ("nan", "inf", "-inf") else _NOTHING
        return value
    if ref.type == "builtins.str" and len(str(summary.get("head", ""))) == summary.get("length"):
        return summary["head"]
    return _NOTHING


def _is_metric(ref: ArtifactRef) -> bool:
    """A number or a truth value: what one compares runs by."""
    return isinstance(_from_summary(ref), bool | int | float)


def _columns(lines: Sequence[Line], with_tasks: bool, artifacts: Sequence[str] | None) -> dict[str, list[Any]]:
    """Facts, then parameters, then artifacts; a name that is taken gets the name of its kind before it."""
    fixed = [name for name in FIXED if with_tasks or name not in TASK]
    columns: dict[str, list[Any]] = {name: [line.facts[name] for line in lines] for name in fixed}
    for name in dict.fromkeys(name for line in lines for name in line.parameters):
        title = f"parameters.{name}" if name in FIXED else name
        columns[title] = [line.parameters.get(name) for line in lines]
    for name in _chosen(lines, artifacts):
        title = f"artifacts.{name}" if name in columns or name in FIXED else name
        columns[title] = [_shown(line.artifacts.get(name)) for line in lines]
    return columns


def _chosen(lines: Sequence[Line], artifacts: Sequence[str] | None) -> Iterable[str]:
    """The names that were asked for, else of all that is a number or a truth value in some line."""
    there = dict.fromkeys(name for line in lines for name in line.artifacts)
    if artifacts is None:
        return [
            name for name in there if any(_is_metric(one.artifacts[name]) for one in lines if name in one.artifacts)
        ]
    if isinstance(artifacts, str):
        raise UsageError(f"artifacts is {artifacts!r}. Give a list of names: [{artifacts!r}].")
    missing = [name for name in artifacts if name not in there]
    if missing and any(line.artifacts for line in lines):
        raise NotFound(f"None of the tasks has an artifact {missing[0]!r}. They have: {', '.join(there)}.")
    return artifacts


def _shown(ref: ArtifactRef | None) -> Any:
    """The value where the summary has it, else the summary in words; None where there is no such artifact."""
    if ref is None:
        return None
    value = _from_summary(ref)
    return describe(ref) if value is _NOTHING else value


def _library(name: str) -> Callable[[dict[str, list[Any]]], Any]:
    """How columns become a frame; PluginError when the library is not installed."""
    if name not in LIBRARIES:
        raise UsageError(f"library is {name!r}. It can be {' or '.join(map(repr, LIBRARIES))}.")
    try:
        return _pandas() if name == "pandas" else _polars()
    except ModuleNotFoundError as exc:
        other = next(one for one in LIBRARIES if one != name)
        raise PluginError(
            f"A frame of runs needs {exc.name}. Install it: pip install {name}, or ask for library={other!r}."
        ) from exc


def _pandas() -> Callable[[dict[str, list[Any]]], Any]:
    import pandas

    return lambda columns: pandas.DataFrame(columns)


def _polars() -> Callable[[dict[str, list[Any]]], Any]:
    import polars

    def make(columns: dict[str, list[Any]]) -> Any:
        return polars.DataFrame({name: _column(name, values) for name, values in columns.items()}, strict=False)

    def _column(name: str, values: list[Any]) -> Any:
        """Of one type, as polars wants it: what is of several becomes text."""
        if name == "tags":
            return polars.Series(name, values, dtype=polars.List(polars.String))
        kinds = {type(value) for value in values} - {type(None)}
        plain = kinds <= set(_PLAIN) and (len(kinds) <= 1 or kinds == {int, float})
        return values if plain else [None if value is None else str(value) for value in values]

    return make
