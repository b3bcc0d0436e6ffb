"""The top level of an author's files as an index: which statements bind a name, and what these use.

Nothing is imported. What a file does when it is imported, beside binding names, counts for everybody who uses the file.
"""

import ast
import sys
from collections.abc import Iterator
from importlib.machinery import PathFinder
from pathlib import Path
from typing import NamedTuple

_BODIES = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)


class Origin(NamedTuple):
    """Where an imported name comes from: a module that is a file of the author's, and a name in it ("": all of it)."""

    file: Path
    name: str


class Use(NamedTuple):
    """A name that a statement uses, and the attribute that it takes of it; "": it may take any."""

    name: str
    attribute: str = ""


class Module:
    """One file."""

    def __init__(self, file: Path, tree: ast.Module, root: Path) -> None:
        self.file = file
        self.bindings: dict[str, list[ast.stmt]] = {}
        self.imports: dict[str, Origin] = {}
        self.deeds: list[ast.stmt] = []  # what binds nothing: calls, loops, conditions
        self.imported: list[Path] = []  # files that are imported whatever is used of them
        self.awaited: list[Path] = []  # files that would answer the imports which nothing answers
        for statement in tree.body:
            self._add(statement, root)

    def _add(self, statement: ast.stmt, root: Path) -> None:
        if isinstance(statement, ast.Import | ast.ImportFrom):
            for name, origin in _imported(statement, self.file, root):
                self.imports[name] = origin
                self.imported.append(origin.file)
            self.awaited += _awaited(statement, self.file, root)
            return
        bound = list(_bound(statement))
        for name in bound:
            self.bindings.setdefault(name, []).append(statement)
        if not bound and not _is_idle(statement):
            self.deeds.append(statement)

    def class_named(self, name: str) -> ast.ClassDef | None:
        found = [one for one in self.bindings.get(name, ()) if isinstance(one, ast.ClassDef)]
        return found[-1] if found else None


class SourceIndex:
    """The files of a flow, each parsed when something of it is asked for; SyntaxError when one cannot be."""

    def __init__(self, root: Path) -> None:
        """`root`: the folder from which the author's modules are imported."""
        self._root = root
        self._texts: dict[int, str] = {}  # by the id of a node, which a module holds
        self.modules: dict[Path, Module] = {}

    def text(self, node: ast.AST) -> str:
        """A node of a module as it is `written`."""
        found = self._texts.get(id(node))
        if found is None:
            found = self._texts[id(node)] = written(node)
        return found

    def module(self, file: Path) -> Module:
        found = self.modules.get(file)
        if found is None:
            tree = ast.parse(file.read_text("utf-8"), str(file))
            found = self.modules[file] = Module(file, tree, self._root)
        return found


def uses_of(node: ast.AST) -> set[Use]:
    """The names that a piece of source looks up, wherever in it."""
    attributes = {id(one.value) for one in ast.walk(node) if isinstance(one, ast.Attribute)}
    found = {
        Use(one.value.id, one.attr)
        for one in ast.walk(node)
        if isinstance(one, ast.Attribute) and isinstance(one.value, ast.Name)
    }
    names = (one for one in ast.walk(node) if isinstance(one, ast.Name) and isinstance(one.ctx, ast.Load))
    return found | {Use(one.id) for one in names if id(one) not in attributes}


def written(node: ast.AST) -> str:
    """A piece of source without layout, comments and docstrings: equal for code that does the same in the same way."""
    copy = ast.parse(ast.unparse(node))
    for one in ast.walk(copy):
        if isinstance(one, _BODIES) and ast.get_docstring(one, clean=False) is not None:
            one.body = one.body[1:] or [ast.Pass()]
    return ast.dump(copy)


def _bound(statement: ast.stmt) -> Iterator[str]:
    """The names that a statement binds at the top level, also inside `if` and `try`."""
    waiting: list[ast.AST] = [statement]
    while waiting:
        node = waiting.pop()
        if isinstance(node, _BODIES):
            yield node.name
            continue
        if isinstance(node, ast.Lambda):
            continue
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            yield node.id
        waiting.extend(ast.iter_child_nodes(node))


def _is_idle(statement: ast.stmt) -> bool:
    """Whether a statement does nothing when the file is imported: a text, `pass`, `if __name__ == "__main__":`."""
    if isinstance(statement, ast.Pass):
        return True
    if isinstance(statement, ast.Expr):
        return isinstance(statement.value, ast.Constant)
    return isinstance(statement, ast.If) and any(use.name == "__name__" for use in uses_of(statement.test))


def _imported(statement: ast.Import | ast.ImportFrom, file: Path, root: Path) -> Iterator[tuple[str, Origin]]:
    """The names that an import binds, where they come from the author's own files."""
    if isinstance(statement, ast.Import):
        for alias in statement.names:
            found = _file_of(root, alias.name if alias.asname else alias.name.partition(".")[0])
            whole = _file_of(root, alias.name)
            if found is not None:
                yield alias.asname or alias.name.partition(".")[0], Origin(found, "")
            if whole is not None and whole != found:
                yield alias.name, Origin(whole, "")
        return
    base = root if statement.level == 0 else file.parents[statement.level - 1]
    for alias in statement.names:
        inner = _file_of(base, ".".join(filter(None, (statement.module, alias.name))))
        if inner is not None:
            yield alias.asname or alias.name, Origin(inner, "")
            continue
        found = _file_of(base, statement.module) if statement.module else base / "__init__.py"
        if found is not None and found.is_file():
            yield alias.asname or alias.name, Origin(found, "" if alias.name == "*" else alias.name)


def _awaited(statement: ast.Import | ast.ImportFrom, file: Path, root: Path) -> Iterator[Path]:
    if isinstance(statement, ast.Import):
        modules = [alias.name for alias in statement.names]
    else:
        modules = [statement.module] if statement.module else []
    within = isinstance(statement, ast.ImportFrom) and statement.level
    base = file.parents[within - 1] if within else root
    for module in modules:
        top = module.partition(".")[0]
        package = (base / top).is_dir()
        ours = package or within or not _is_installed(top)
        if ours and _file_of(base, module) is None:
            yield from _candidates(base, module if package else top)


def _is_installed(name: str) -> bool:
    return name in sys.stdlib_module_names or PathFinder.find_spec(name) is not None


def _file_of(root: Path, module: str) -> Path | None:
    return next((candidate for candidate in _candidates(root, module) if candidate.is_file()), None)


def _candidates(root: Path, module: str) -> tuple[Path, Path]:
    place = root.joinpath(*module.split("."))
    return place.with_name(f"{place.name}.py"), place / "__init__.py"
