"""A flow that was defined in a notebook as a file of its own: the statements of the cells that it needs. Pure.

    cells ─► top-level statements ─► those that the flow's class needs, and what these need ─► in the order as executed

A statement is needed when it binds a name that is used. What a function uses is looked up when it runs, so the last
statement that binds the name counts; what a statement uses at once, the last one before it. Statements that change a
value that was bound before (`names.append(...)`, `options["depth"] = 3`) come with it. All others are left out: those
that only look, plot, or run a flow.
"""

import ast
import symtable
import textwrap
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from headwater.errors import FlowLoadError

_DEFINITIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Import, ast.ImportFrom)


@dataclass(frozen=True)
class Statement:
    """One top-level statement of a cell."""

    cell: int
    text: str
    defines: bool  # a function, a class or an import: nothing changes what it binds
    everywhere: bool  # `from x import *`, `from __future__ import x`: nobody can tell who needs it
    future: bool
    binds: frozenset[str]
    changes: frozenset[str]  # names of values that it changes in place
    uses_now: frozenset[str]
    uses_later: frozenset[str]  # inside functions


def flow_source(cells: Sequence[str], name: str, defined_in: int | None = None) -> str:
    """The text of a file that defines the flow `name` as the cells did; FlowLoadError when none defines it.

    `cells`: what was executed, in that order, as Python. `defined_in`: the cell of the class, else the last with it.
    """
    statements = [one for number, text in enumerate(cells) for one in _statements(number, text)]
    places = [
        place
        for place, one in enumerate(statements)
        if name in one.binds and one.defines and (defined_in is None or one.cell == defined_in)
    ]
    if not places:
        raise FlowLoadError(
            f"No cell that was executed defines the class {name}. Define it in a cell of its own, without a %%magic."
        )
    return _file(name, _needed(statements, places[-1]))


def _needed(statements: Sequence[Statement], flow: int) -> list[Statement]:
    wanted = {flow, *(place for place, one in enumerate(statements) if one.everywhere)}
    waiting = sorted(wanted)
    while waiting:
        place = waiting.pop()
        one = statements[place]
        found = {other for name in one.uses_now for other in _binding(statements, name, place)}
        found |= {other for name in one.uses_later for other in _binding(statements, name, len(statements))}
        if place == flow:  # its own name inside its methods means itself
            found -= {other for other in found if statements[other].binds & one.binds and other != flow}
        waiting += found - wanted
        wanted |= found
    return [statements[place] for place in sorted(wanted)]


def _binding(statements: Sequence[Statement], name: str, before: int) -> list[int]:
    """The last statement before a place that binds a name, and those that changed its value since.

    A function, a class or a module is there to be called, not to be changed.
    """
    changed: list[int] = []
    for place in range(before - 1, -1, -1):
        one = statements[place]
        if name in one.binds:
            return [place] if one.defines else [place, *changed]
        if name in one.changes:
            changed.append(place)
    return []  # Python's own, or nobody's


def _statements(cell: int, text: str) -> Iterator[Statement]:
    try:
        tree = ast.parse(text)
    except SyntaxError:  # it was not executed, or it is no Python
        return
    for node in tree.body:
        source = ast.unparse(node)
        try:
            table = symtable.symtable(source, f"cell {cell}", "exec")
        except SyntaxError:  # `await` outside a function, which only a notebook can run
            continue
        symbols = table.get_symbols()
        star = isinstance(node, ast.ImportFrom) and node.names[0].name == "*"
        future = isinstance(node, ast.ImportFrom) and node.module == "__future__"
        now, later = _uses(table)
        binds = frozenset(one.get_name() for one in symbols if one.is_assigned() or one.is_imported())
        changes = frozenset(_changed(node))
        now |= {*_read_by_classes(node), *(binds & changes)}  # `x += 1` reads what it binds
        yield Statement(
            cell=cell,
            text=_text(text, node, tree.body) or source,
            defines=isinstance(node, _DEFINITIONS),
            everywhere=star or future,
            future=future,
            binds=binds,
            changes=changes,
            uses_now=now,
            uses_later=later,
        )


def _uses(table: symtable.SymbolTable) -> tuple[frozenset[str], frozenset[str]]:
    """Names of the notebook that a statement uses at once, and those that its functions use when they run."""
    now = {one.get_name() for one in table.get_symbols() if one.is_referenced()}
    later: set[str] = set()
    waiting = [(child, _is_deferred(child)) for child in table.get_children()]
    while waiting:
        scope, deferred = waiting.pop()
        names = {one.get_name() for one in scope.get_symbols() if one.is_global() and one.is_referenced()}
        if deferred:
            later |= names
        else:
            now |= names
        waiting += [(child, deferred or _is_deferred(child)) for child in scope.get_children()]
    return frozenset(now), frozenset(later)


def _is_deferred(scope: symtable.SymbolTable) -> bool:
    """What runs when it is called: not the body of a class, nor a comprehension."""
    return scope.get_type() == "function" and scope.get_name() not in ("listcomp", "setcomp", "dictcomp", "genexpr")


def _read_by_classes(node: ast.AST) -> Iterator[str]:
    """Names that the body of a class reads before it binds them itself, as in `size = size`."""
    for one in _here(node):
        if not isinstance(one, ast.ClassDef):
            continue
        bound: set[str] = set()
        for statement in one.body:
            names = [name for name in _here(statement) if isinstance(name, ast.Name)]
            yield from (name.id for name in names if isinstance(name.ctx, ast.Load) and name.id not in bound)
            bound |= {name.id for name in names if not isinstance(name.ctx, ast.Load)}
            bound.add(getattr(statement, "name", ""))


def _here(node: ast.AST) -> Iterator[ast.AST]:
    """A node and what is in it, but for the bodies of functions."""
    waiting: list[ast.AST] = [node]
    while waiting:
        one = waiting.pop()
        yield one
        if not isinstance(one, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
            waiting.extend(ast.iter_child_nodes(one))


def _changed(node: ast.AST) -> Iterator[str]:
    """Names whose values a statement may change in place, when it is executed and not inside functions."""
    for one in _here(node):
        if isinstance(one, ast.Attribute | ast.Subscript) and not isinstance(one.ctx, ast.Load):
            yield from _root(one)
        elif isinstance(one, ast.AugAssign):
            yield from _root(one.target)
        elif isinstance(one, ast.Expr) and isinstance(one.value, ast.Call) and not isinstance(one.value.func, ast.Name):
            yield from _root(one.value.func)


def _root(node: ast.AST) -> Iterator[str]:
    """`a` of `a.b[0].c`; nothing of what begins otherwise."""
    called = isinstance(node, ast.Attribute | ast.Subscript | ast.Name)
    while isinstance(node, ast.Attribute | ast.Subscript | ast.Call):
        node = node.func if isinstance(node, ast.Call) else node.value
    if called and isinstance(node, ast.Name):
        yield node.id


def _text(text: str, node: ast.stmt, body: Iterable[ast.stmt]) -> str:
    """A statement as it was written, with its comments; empty where it shares a line with another."""
    first = min((decorator.lineno for decorator in getattr(node, "decorator_list", [])), default=node.lineno)
    last = node.end_lineno or node.lineno
    if any(other is not node and other.lineno <= last and (other.end_lineno or 0) >= first for other in body):
        return ""
    return textwrap.dedent("\n".join(text.splitlines()[first - 1 : last]))


def _file(name: str, statements: Sequence[Statement]) -> str:
    """In the order as executed, the imports from the future first."""
    lines = [f'"""{name}, from the cells of a notebook."""\n']
    lines += [f"{one.text}\n" for one in statements if one.future]
    cell = None
    for one in statements:
        if one.future:
            continue
        if one.cell != cell:
            cell = one.cell
            lines.append(f"\n# cell {cell}\n")
        lines.append(f"{one.text}\n")
    return "".join([*lines, f'\n\nif __name__ == "__main__":\n    {name}()\n'])
