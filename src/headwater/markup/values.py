"""A stored value by its summary: nothing is loaded."""

from collections.abc import Mapping, Sequence
from typing import Any

from headwater.artifacts.describe import Summarised, describe, type_of
from headwater.markup.elements import (
    Child,
    Markup,
    code,
    element,
    empty_element,
    facts,
    fold,
    join,
    lines_of_code,
    table,
)
from headwater.records.artifact import ArtifactRef
from headwater.wording import counted, number, size

_NO_FACTS = ("thumbnail", "first_rows", "first_index")


def artifact_table(first: str, refs: Mapping[str, ArtifactRef], homes: Mapping[str, str] | None = None) -> Markup:
    """A line for each value; `homes` says where it was set."""
    rows: list[list[Child]] = [
        [
            code(name),
            type_of(ref),
            thumbnail(ref) or describe(ref),
            size(ref.size),
            *([homes.get(name, "")] if homes else []),
        ]
        for name, ref in refs.items()
    ]
    return table([first, "type", "value", "size", *(["set in"] if homes else [])], rows, numbers=[3])


def summary_of(ref: Summarised) -> Markup:
    """What is known of a value: a frame as its first rows, an image small, a text's beginning, else the facts."""
    summary = ref.summary
    if "thumbnail" in summary:
        return join([thumbnail(ref), _facts(summary)])
    if "rows" in summary and ("names" in summary or "dtype" in summary):
        return _frame(summary)
    if "shape" in summary:
        return _facts(summary)
    if "head" in summary and ref.type == "builtins.str":
        return join([_file(summary), lines_of_code([_beginning(summary)])])
    if "value" in summary or "head" in summary:
        return lines_of_code([describe(ref)])
    return _facts(summary)


def thumbnail(ref: Summarised) -> Markup | None:
    """The small picture of an image or a figure; None of anything else."""
    data = ref.summary.get("thumbnail")
    if not isinstance(data, str):
        return None
    size_of = f"{ref.summary.get('width', '?')} × {ref.summary.get('height', '?')} pixels"
    return empty_element("img", src=f"data:image/png;base64,{data}", alt=f"{type_of(ref)} of {size_of}, small")


def _file(summary: Mapping[str, Any]) -> Markup | None:
    """Which file a text was read from, where it was."""
    if "file" not in summary or "lines" not in summary:
        return None
    return facts(code(str(summary["file"])), counted(int(summary["lines"]), "line"))


def _beginning(summary: Mapping[str, Any]) -> str:
    head, length = str(summary["head"]), int(summary.get("length", 0))
    return head if length <= len(head) else f"{head}… ({number(length)} letters)"


def _frame(summary: Mapping[str, Any]) -> Markup:
    """Columns with their types and the first rows, as they were when it was saved."""
    names = [str(name) for name in summary.get("names", [summary.get("name", "")])]
    dtypes = [str(dtype) for dtype in summary.get("dtypes", [summary.get("dtype", "")])]
    rows = summary.get("first_rows") or []
    shown = min((len(row) for row in rows), default=len(names))
    columns = int(summary.get("columns", len(names)))
    index = summary.get("first_index") or range(len(rows))
    left_out = int(summary["rows"]) - len(rows)
    body: list[list[Child]] = [["", *(element("span", dtype, cls="hw-dim") for dtype in dtypes[:shown])]]
    body += [[label, *map(_cell, row[:shown])] for label, row in zip(map(str, index), rows, strict=False)]
    if rows and left_out > 0:
        body.append(["…", *("" for _ in range(shown))])
    rest = [[code(name), dtype] for name, dtype in zip(names[shown:], dtypes[shown:], strict=False)]
    return join(
        [
            facts(counted(int(summary["rows"]), "row"), counted(columns, "column") if "names" in summary else ""),
            table(["", *names[:shown]], body, numbers=_numeric(dtypes[:shown])),
            fold(f"{counted(len(rest), 'more column')}", table(["column", "dtype"], rest)) if rest else None,
            facts(f"{number(columns - len(names))} more columns are not listed") if columns > len(names) else None,
        ]
    )


def _numeric(dtypes: Sequence[str]) -> list[int]:
    """The columns of numbers, behind that of the labels."""
    return [at for at, dtype in enumerate(dtypes, 1) if dtype.lower().startswith(("int", "uint", "float", "double"))]


def _cell(value: Any) -> Markup | str:
    if value is None:
        return element("span", "missing", cls="hw-dim")
    return f"{value:.6g}" if isinstance(value, float) else str(value)


def _fact(value: Any) -> str:
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)


def _facts(summary: Mapping[str, Any]) -> Markup:
    known = [[name.replace("_", " "), _fact(value)] for name, value in summary.items() if name not in _NO_FACTS]
    return table(["fact", "value"], known) if known else Markup()
