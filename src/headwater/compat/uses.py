"""What a file of Python uses of Metaflow, found in its syntax tree: nothing is imported.

A use is a dotted name: `metaflow.retry`, `metaflow.current.card`, `metaflow.cards.Table`, and for what a step does with
its flow `metaflow.FlowSpec.merge_artifacts`. Modules beside the file that it imports are followed.
"""

import ast
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

from headwater.errors import FlowLoadError, NotFound

ROOT = "metaflow"
_FLOW = f"{ROOT}.FlowSpec"


class Use(NamedTuple):
    """One place in a file."""

    name: str  # dotted
    file: Path
    line: int


def find_uses(file: Path) -> list[Use]:
    """Every use in a file and in the modules beside it that it imports; the file itself first, by line."""
    if not file.is_file():
        raise NotFound(f"There is no file {file}. Check the path.")
    waiting, seen, found = [file.resolve()], {file.resolve()}, []
    folder = file.resolve().parent
    while waiting:
        path = waiting.pop(0)
        tree = _parse(path)
        found += sorted({Use(name, path, line) for name, line in uses_of(tree)}, key=lambda use: (use.line, use.name))
        for module in _local_modules(tree, folder, path.parent):
            if module not in seen:
                seen.add(module)
                waiting.append(module)
    return found


def uses_of(tree: ast.Module) -> Iterator[tuple[str, int]]:
    """(dotted name, line) of every use in a tree."""
    bound: dict[str, str] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                if alias.name.partition(".")[0] == ROOT:
                    bound[alias.asname or ROOT] = alias.name if alias.asname else ROOT
                    if alias.name != ROOT:
                        yield alias.name, node.lineno
        elif isinstance(node, ast.ImportFrom) and not node.level and (node.module or "").partition(".")[0] == ROOT:
            for alias in node.names:
                bound[alias.asname or alias.name] = f"{node.module}.{alias.name}"
                yield f"{node.module}.{alias.name}", node.lineno
    yield from _chains(tree, bound)
    yield from _of_flows(tree, bound)


def _chains(tree: ast.AST, bound: dict[str, str]) -> Iterator[tuple[str, int]]:
    """Names that were imported, with the attributes that are asked of them."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and (names := _dotted(node)) and names[0] in bound:
            yield ".".join((bound[names[0]], *names[1:])), node.lineno
        elif isinstance(node, ast.Name) and bound.get(node.id, ROOT) != ROOT:
            yield bound[node.id], node.lineno


def _of_flows(tree: ast.AST, bound: dict[str, str]) -> Iterator[tuple[str, int]]:
    """What the methods of flows ask of `self`, and the forms in which they call `self.next`."""
    for node in ast.walk(tree):
        if not isinstance(node, ast.ClassDef) or not any(_is_flow(base, bound) for base in node.bases):
            continue
        for inner in ast.walk(node):
            if isinstance(inner, ast.Attribute) and isinstance(inner.value, ast.Name) and inner.value.id == "self":
                yield f"{_FLOW}.{inner.attr}", inner.lineno
            if isinstance(inner, ast.Call) and _is_next(inner.func):
                yield from ((f"{_FLOW}.next.{one.arg}", inner.lineno) for one in inner.keywords if one.arg)


def _is_flow(base: ast.expr, bound: dict[str, str]) -> bool:
    names = _dotted(base)
    return bool(names) and ".".join((bound.get(names[0], names[0]), *names[1:])).endswith("FlowSpec")


def _is_next(func: ast.expr) -> bool:
    return _dotted(func) == ["self", "next"]


def _dotted(node: ast.expr) -> list[str]:
    """`a.b.c` as its parts; none for anything else."""
    if isinstance(node, ast.Name):
        return [node.id]
    if isinstance(node, ast.Attribute) and (before := _dotted(node.value)):
        return [*before, node.attr]
    return []


def _local_modules(tree: ast.Module, *folders: Path) -> Iterator[Path]:
    for node in ast.walk(tree):
        names: Iterable[str] = ()
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            before = f"{node.module}." if node.module else ""
            names = [*([node.module] if node.module else []), *(before + alias.name for alias in node.names)]
        for name in names:
            for folder in folders:
                place = folder.joinpath(*name.split("."))
                for path in (place.with_suffix(".py"), place / "__init__.py"):
                    if path.is_file():
                        yield path.resolve()


def _parse(path: Path) -> ast.Module:
    try:
        return ast.parse(path.read_bytes(), filename=str(path))
    except (SyntaxError, ValueError) as exc:
        line = f":{exc.lineno}" if isinstance(exc, SyntaxError) and exc.lineno else ""
        raise FlowLoadError(f"{path}{line} is not valid Python: {exc}. Correct it.") from exc
