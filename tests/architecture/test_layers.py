"""Imports point down: the contract that import-linter enforces covers every room and excuses nothing."""

import tomllib
from typing import Any

from source_tree import PACKAGE, ROOT


def _contracts() -> list[dict[str, Any]]:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    contracts: list[dict[str, Any]] = project["tool"]["importlinter"]["contracts"]
    return contracts


def test_no_contract_ignores_an_import() -> None:
    excuses = {"ignore_imports", "unmatched_ignore_imports_alerting", "exhaustive_ignores"}
    for contract in _contracts():
        assert not excuses & set(contract), f"the contract {contract['name']!r} excuses something"


def test_every_room_has_its_layer() -> None:
    layers = next(contract for contract in _contracts() if contract["type"] == "layers")
    named = {room.strip("() ") for layer in layers["layers"] for room in layer.split("|")}
    rooms = {path.stem for path in PACKAGE.glob("*.py")} | {path.parent.name for path in PACKAGE.glob("*/__init__.py")}
    assert named == rooms - {"__init__"}
    assert layers["exhaustive"] is True


#: What answers `import metaflow` is no room: it is a package by itself, in a folder to put on PYTHONPATH.
SHIM = PACKAGE / "compat" / "shim"


def test_rooms_are_two_levels_deep_and_not_three() -> None:
    ours = [path for path in PACKAGE.rglob("*.py") if not path.is_relative_to(SHIM)]
    deep = [path for path in ours if len(path.relative_to(PACKAGE).parts) > 2]
    assert deep == []
