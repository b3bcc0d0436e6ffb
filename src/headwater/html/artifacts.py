"""A stored value by its summary: nothing is loaded."""

from collections.abc import Mapping
from typing import Any

from headwater.artifacts.describe import describe, type_of
from headwater.client.artifact import DataArtifact
from headwater.html.elements import Child, Markup, code, element, facts, heading, join, lines_of_code, table
from headwater.records.artifact import ArtifactRef
from headwater.wording import counted, number, size


def artifact_page(artifact: DataArtifact) -> Markup:
    """Type, size, and what was noted when it was saved."""
    ref = artifact.ref
    return join(
        [
            heading("Artifact", artifact.pathspec),
            facts(type_of(ref), size(ref.size), f"only Python {ref.python} can load it" if ref.python else ""),
            summary_of(ref),
            element("div", "Its value is ", code(".data"), ", loaded when it is asked for.", cls="hw-dim"),
        ]
    )


def artifact_table(first: str, refs: Mapping[str, ArtifactRef], homes: Mapping[str, str] | None = None) -> Markup:
    """A line for each value; `homes` says where it was set."""
    rows: list[list[Child]] = [
        [code(name), type_of(ref), describe(ref), size(ref.size), *([homes.get(name, "")] if homes else [])]
        for name, ref in refs.items()
    ]
    return table([first, "type", "value", "size", *(["set in"] if homes else [])], rows, numbers=[3])


def summary_of(ref: ArtifactRef) -> Markup:
    """What is known of a value: a frame as its columns, an image small, a text's beginning, else the facts."""
    summary = ref.summary
    if isinstance(summary.get("names"), list) and "rows" in summary:
        return _frame(summary)
    if "shape" in summary:
        return _facts(summary)
    if "head" in summary and ref.type == "builtins.str":
        return lines_of_code([_beginning(summary)])
    if "value" in summary or "head" in summary:
        return lines_of_code([describe(ref)])
    return _facts(summary)


def _beginning(summary: Mapping[str, Any]) -> str:
    head, length = str(summary["head"]), int(summary.get("length", 0))
    return head if length <= len(head) else f"{head}… ({number(length)} letters)"


def _frame(summary: Mapping[str, Any]) -> Markup:
    """Rows, columns and types, as they were when it was saved."""
    names, dtypes = summary["names"], summary.get("dtypes", [])
    columns = list(zip(map(str, names), map(str, dtypes), strict=False))
    left_out = int(summary.get("columns", len(names))) - len(names)
    return join(
        [
            facts(
                counted(int(summary["rows"]), "row"),
                counted(int(summary.get("columns", len(names))), "column"),
                f"{number(left_out)} of them not listed" if left_out > 0 else "",
            ),
            table(["column", "dtype"], [[code(name), dtype] for name, dtype in columns]),
        ]
    )


def _facts(summary: Mapping[str, Any]) -> Markup:
    return table(["fact", "value"], [[name, str(value)] for name, value in summary.items()]) if summary else Markup()
