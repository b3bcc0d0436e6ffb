"""The parity table is well formed, and every row has a proof that exists."""

import ast
import re
from functools import cache
from pathlib import Path

import pytest

from headwater.compat.parity import FOLDER, SECTIONS, Feature, Status, features, read_section
from headwater.errors import RecordError

_ROOT = Path(__file__).resolve().parents[3]


@cache
def _tests_of(path: str) -> frozenset[str]:
    """The tests of a file by name, found without importing it; those of classes as `Class::test`."""
    file = _ROOT / path
    if not file.is_file():
        return frozenset()
    found = set()
    for node in ast.parse(file.read_text("utf-8")).body:
        if isinstance(node, ast.ClassDef):
            found |= {f"{node.name}::{name}" for name in _functions(node)}
    return frozenset(found | _functions(ast.parse(file.read_text("utf-8"))))


def _functions(node: ast.Module | ast.ClassDef) -> set[str]:
    return {
        one.name
        for one in node.body
        if isinstance(one, ast.FunctionDef | ast.AsyncFunctionDef) and one.name.startswith("test_")
    }


def _has_proof(row: Feature) -> bool:
    path, _, name = row.test.partition("::")
    return path.startswith("tests/") and name.partition("[")[0] in _tests_of(path)


def test_every_row_has_a_proof_that_exists() -> None:
    unproved = [f"{row.section}: {row.name}: {row.test or 'no test'}" for row in features() if not _has_proof(row)]
    assert unproved == []


def test_every_file_of_the_table_is_a_section_of_the_page() -> None:
    assert {file.stem for file in FOLDER.glob("*.toml")} <= set(SECTIONS)


def test_no_row_breaks_the_table_of_its_page() -> None:
    assert [row.name for row in features() if "|" in row.name + row.note or "\n" in row.name + row.note] == []


def test_no_feature_is_told_twice_in_a_section() -> None:
    names = [(row.section, row.name) for row in features()]
    assert len(names) == len(set(names))


#: Remote stores, environments, remote compute, deployment and R.
_LATER = {"later": "", "runner": "Deployer", "decorators": "", "secrets": "secret-manager|key-vault"}


def test_what_is_not_yet_belongs_to_later_work() -> None:
    waiting = [row for row in features() if row.status is Status.NOT_YET]
    assert [row for row in waiting if row.section not in _LATER or not re.search(_LATER[row.section], row.name)] == []


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[[feature]]\nname = 'x'\n", "Row 1 of broken.toml has no status"),
        ("[[feature]]\nname = 'x'\nstatus = 'fine'\n", "status 'fine' is none of same, better, different, not yet"),
        ("[[feature]]\nname = 'x'\nstatus = 'different'\n", "needs a note"),
        ("[[feature]]\nname = 'x'\nstatus = 'same'\ncolour = 'red'\n", "colour = 'red' cannot be"),
        ("[[feature\n", "is no TOML"),
    ],
)
def test_a_row_that_is_not_right_is_named(tmp_path: Path, text: str, said: str) -> None:
    file = tmp_path / "broken.toml"
    file.write_text(text)
    with pytest.raises(RecordError, match=said.replace("[", r"\[")):
        read_section(file)
