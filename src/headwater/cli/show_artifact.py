"""`headwater show FLOW/RUN/STEP/TASK/ARTIFACT`: one value by its summary; nothing is loaded.

With --json: pathspec, type, serializer, size (bytes), hash, summary, written_by (pathspec of the task; for a parameter
or a constant, of the run), blobs (hash, size), python (the version that alone can load it; null).
"""

from collections.abc import Iterator, Mapping
from typing import Any

from headwater.artifacts.describe import brief, describe, type_of
from headwater.cli import values
from headwater.cli.answer import Answer, fact_lines
from headwater.cli.columns import Column, cut, fitted
from headwater.cli.reading import find_attempts
from headwater.client.reader import Reader
from headwater.errors import NotFound
from headwater.names import Pathspec
from headwater.records.artifact import ArtifactRef
from headwater.wording import counted, nearest, number, plain, size

_TOLD = {"value", "head", "length", "rows", "columns", "names", "dtypes", "shape", "dtype", "first_rows", "first_index"}
_MOST_FACT = 200  # characters; a thumbnail is longer


def show_artifact(reader: Reader, place: Pathspec, width: int | None) -> Answer:
    ref, owner = _find(reader, place)

    def document() -> dict[str, Any]:
        return {
            "pathspec": str(place),
            **values.document(ref),
            "written_by": str(owner),
            "blobs": [{"hash": blob.hash, "size": blob.size} for blob in ref.blobs],
            "python": ref.python,
        }

    def lines() -> Iterator[str]:
        yield f"{place}  {type_of(ref)}, {size(ref.size)}"
        if owner != place._replace(artifact=None):
            yield f"  written by {owner}"
        yield cut(describe(ref), width)
        yield from _frame_lines(ref.summary, width)
        yield from _first_rows(ref.summary, width)
        yield from _more(ref)

    return Answer(document, lines)


def _find(reader: Reader, place: Pathspec) -> tuple[ArtifactRef, Pathspec]:
    """A value that the task can read, and what wrote it: a task, or the run itself."""
    assert place.run is not None
    assert place.artifact is not None
    view = reader.view(place.flow, find_attempts(reader, place)[-1])
    name = place.artifact
    if name in view:
        return view.ref(name), Pathspec(place.flow, *view.owner_of(name))
    run = reader.run_record(place.flow, place.run)
    ref = run.given.get(name) or run.constants.get(name)
    if ref is not None:
        return ref, Pathspec(place.flow, place.run)
    known = sorted(view.names())
    near = nearest(name, [*known, *run.given, *run.constants])
    hint = f" Did you mean {near}?" if near else ""
    raise NotFound(f"The task has no artifact {name!r}. Its artifacts are {', '.join(known) or 'none'}.{hint}")


def _frame_lines(summary: Mapping[str, Any], width: int | None) -> Iterator[str]:
    """A frame's columns with their types; of wide ones the first."""
    names, dtypes = summary.get("names"), summary.get("dtypes")
    if not names or not dtypes or len(names) != len(dtypes):
        return
    yield ""
    yield from fitted(
        [Column("column", [str(name) for name in names]), Column("dtype", [str(one) for one in dtypes])], width
    )
    more = int(summary.get("columns", len(names))) - len(names)
    if more > 0:
        yield f"and {counted(more, 'more column')}"


def _first_rows(summary: Mapping[str, Any], width: int | None) -> Iterator[str]:
    """The rows that were noted; on a narrow terminal of the first columns."""
    rows = summary.get("first_rows")
    if not isinstance(rows, list) or not rows or not all(isinstance(row, list) for row in rows):
        return
    names = [str(name) for name in summary.get("names") or [summary.get("name", "")]]
    columns = [
        Column(name, [brief(row[number]) for row in rows if number < len(row)], weight=number)
        for number, name in enumerate(names)
        if all(number < len(row) for row in rows)
    ]
    yield ""
    yield f"first {counted(len(rows), 'row')}:"
    yield from fitted(columns, width)


def _more(ref: ArtifactRef) -> Iterator[str]:
    """What else was noted."""
    # Of other kinds the line above tells everything.
    untold = ref.summary.keys() - _TOLD if ref.summary.keys() & {"value", "head", "rows"} else set()
    rest = {name: plain(brief(ref.summary[name])) for name in sorted(untold)}
    facts = {
        **{name: text for name, text in rest.items() if len(text) <= _MOST_FACT},
        "stored as": ref.serializer,
        "in blobs": f"{number(len(ref.blobs))}" if ref.blobs else "",
        "hash": ref.hash[:16],
        "only for Python": ref.python or "",
    }
    yield ""
    yield from fact_lines(facts)
