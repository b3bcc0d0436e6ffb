"""Writes the page that compares Headwater with Metaflow, feature by feature: `python tools/parity_page.py`.

docs/reference/metaflow-parity.md, made from the rows of `headwater.compat.parity`. The page is kept in git; a test says
when it is not up to date.
"""

import sys
from itertools import groupby
from pathlib import Path

from headwater.compat.parity import SECTIONS, Feature, Status, features

PAGE = Path(__file__).parents[1] / "docs" / "reference" / "metaflow-parity.md"

_HEAD = """\
# Beside Metaflow

What a user of Metaflow 2.19 can rely on, feature by feature, and how each is here. Below each feature stands, in words,
the name of a test that would fail if it were not so; the pointer on it shows its file.
`headwater compat check FILE` says which of these rows a flow of yours has to do with; how to come over is told in
[Come from Metaflow](../howto/come-from-metaflow.md).

| here | it is | rows |
| --- | --- | --- |
"""
_MEANING = {
    Status.SAME: "as Metaflow has it",
    Status.BETTER: "as Metaflow has it, and more",
    Status.DIFFERENT: "another way; the row says which",
    Status.NOT_YET: "not there; using it is an error or a notice that names it",
}


def page() -> str:
    """The whole page."""
    rows = features()
    counts = [sum(row.status is status for row in rows) for status in Status]
    head = [f"| {status.value} | {_MEANING[status]} | {count} |" for status, count in zip(Status, counts, strict=True)]
    return (
        _HEAD
        + "\n".join(head)
        + "\n"
        + "".join(_section(name, list(some)) for name, some in groupby(rows, key=lambda row: row.section))
    )


def _section(name: str, rows: list[Feature]) -> str:
    lines = ["", f"## {SECTIONS[name]}", "", "| feature | here | which way |", "| --- | --- | --- |"]
    lines += [f"| {row.name}<br>{_proof(row.test)} | {row.status.value} | {row.note} |" for row in rows]
    return "\n".join(lines) + "\n"


def _proof(test: str) -> str:
    """The name of the test as words, so that it can be read and folded; the pointer shows where it stands."""
    name = test.partition("::")[2].rpartition("::")[2]
    return f'<small title="{test}">{name.removeprefix("test_").replace("_", " ")}</small>'


if __name__ == "__main__":
    target = Path(sys.argv[1]) if len(sys.argv) > 1 else PAGE
    target.write_text(page(), "utf-8")
