"""The parity table: what a user of Metaflow could rely on, how each thing is here, and the test that proves it.

Rows stand in `parity/<section>.toml`, which ships with the package. The documentation page is made from them, and
`headwater compat check` answers from them.
"""

import tomllib
from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

from headwater.errors import RecordError

FOLDER = Path(__file__).with_name("parity")

#: The files in the order of the page, with the heading of each.
SECTIONS = {
    "names": "Names and modules",
    "authoring": "Writing flows",
    "include_file": "Files as parameters",
    "decorators": "Decorators",
    "secrets": "Secrets",
    "cards": "Cards",
    "current": "`current`",
    "command_line": "The command line of a flow",
    "client": "Reading results back",
    "tags": "Tags and namespaces",
    "runner": "Running from Python",
    "spin": "Testing one step",
    "settings": "Settings and exceptions",
    "imports": "History",
    "later": "Not yet",
}


class Status(StrEnum):
    """How a feature is here, compared with Metaflow."""

    SAME = "same"
    BETTER = "better"  # what Metaflow does works, and more
    DIFFERENT = "different"
    NOT_YET = "not yet"


class Feature(NamedTuple):
    """One row."""

    section: str
    name: str  # as users know it
    uses: tuple[str, ...]  # dotted names that a flow's source has where it uses the feature
    status: Status
    note: str  # which way it is not the same; "" where it is
    test: str  # path::function, a test that fails when this breaks


@cache
def features() -> tuple[Feature, ...]:
    """Every row, in the order of the page."""
    return tuple(row for section in SECTIONS for row in read_section(FOLDER / f"{section}.toml"))


def read_section(file: Path) -> list[Feature]:
    """The rows of one file, none where there is no such file; RecordError for a row that is not right."""
    if not file.is_file():
        return []
    try:
        rows = tomllib.loads(file.read_text("utf-8")).get("feature", [])
    except tomllib.TOMLDecodeError as exc:
        raise RecordError(f"{file} is no TOML: {exc}. Mend it.") from exc
    return [_row(file, number, row) for number, row in enumerate(rows, 1)]


def _row(file: Path, number: int, row: dict[str, Any]) -> Feature:
    where = f"Row {number} of {file.name}"
    known = {"name": str, "uses": list, "status": str, "note": str, "test": str}
    for field, value in row.items():
        if not isinstance(value, known.get(field, ())):
            raise RecordError(f"{where}: {field} = {value!r} cannot be. A row has {', '.join(known)}.")
    if missing := {"name", "status"} - set(row):
        raise RecordError(f"{where} has no {' and no '.join(sorted(missing))}.")
    try:
        status = Status(row["status"])
    except ValueError:
        raise RecordError(f"{where}: status {row['status']!r} is none of {', '.join(Status)}.") from None
    if status in (Status.DIFFERENT, Status.NOT_YET) and not row.get("note"):
        raise RecordError(f"{where}, {row['name']}: {status.value} needs a note that says which way.")
    return Feature(
        section=file.stem,
        name=row["name"],
        uses=tuple(row.get("uses", ())),
        status=status,
        note=row.get("note", ""),
        test=row.get("test", ""),
    )
