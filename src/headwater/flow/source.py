"""The source of a step: where it stands, how many arguments it takes, and its `self.next`.

A file is parsed once, and a step is found in it by the line on which Python says that its code begins. The file comes
from `linecache`, so notebooks and zip files work.
"""

import ast
import linecache
import sys
from collections.abc import Callable
from functools import lru_cache
from typing import Any, NamedTuple

from headwater.flow.next_source import Next, Understood, understand
from headwater.records.graph import NodeKind

_Function = ast.FunctionDef | ast.AsyncFunctionDef


class StepSource(NamedTuple):
    """One step as parsed."""

    file: str
    line: int  # of the def
    arguments: int  # of the method, `self` included
    has_next: bool
    next: Next
    problem: str = ""


def read_step(function: Callable[..., Any]) -> StepSource:
    """Parse the source of a step; what cannot be understood is in `problem`."""
    code = unwrap(function).__code__
    arguments = code.co_argcount + code.co_kwonlyargcount
    node = _find(code.co_filename, code.co_name, code.co_firstlineno)
    if node is None:
        problem = f"its source cannot be found in {code.co_filename}, line {code.co_firstlineno}"
        return StepSource(code.co_filename, code.co_firstlineno, arguments, False, Next(NodeKind.END), problem)
    understood = _understand(node)
    return StepSource(
        file=code.co_filename,
        line=node.lineno,
        arguments=arguments,
        has_next=understood.has_next,
        next=understood.next,
        problem=understood.problem,
    )


def find_class(cls: type) -> tuple[str, int]:
    """The file and line of a class."""
    file = _file_of(cls)
    node = _class_node(file, cls)
    return file, node.lineno if node is not None else 1


def attribute_line(cls: type, name: str) -> tuple[str, int]:
    """Where a class, or the base it has the attribute from, assigns an attribute."""
    owner = next((base for base in cls.__mro__ if name in vars(base)), cls)
    file = _file_of(owner)
    node = _class_node(file, owner)
    for statement in node.body if node is not None else ():
        targets = statement.targets if isinstance(statement, ast.Assign) else [getattr(statement, "target", None)]
        if any(isinstance(target, ast.Name) and target.id == name for target in targets):
            return file, statement.lineno
    return find_class(owner)


def methods_written_twice(cls: type) -> list[tuple[str, int, str]]:
    """File, line and name of each method that a later one of the same class replaces."""
    file = _file_of(cls)
    node = _class_node(file, cls)
    functions = [item for item in node.body if isinstance(item, _Function)] if node is not None else []
    last = {function.name: function for function in functions}
    return [(file, function.lineno, function.name) for function in functions if last[function.name] is not function]


def unseeded_generators(file: str) -> list[tuple[int, str]]:
    """Line and text of calls outside functions that make a random generator without a seed."""
    tree = _parse("".join(linecache.getlines(file)))
    found: list[tuple[int, str]] = []
    waiting: list[ast.AST] = [] if tree is None else [tree]
    while waiting:
        node = waiting.pop()
        if isinstance(node, _Function | ast.Lambda):
            continue
        if isinstance(node, ast.Call) and not node.args and not node.keywords:
            name = getattr(node.func, "attr", None) or getattr(node.func, "id", None)
            if name in ("default_rng", "Random", "RandomState"):
                found.append((node.lineno, ast.unparse(node)))
        waiting.extend(ast.iter_child_nodes(node))
    return sorted(found)


def unwrap(function: Any) -> Any:
    """The function that a decorator of `functools.wraps` stands around."""
    while hasattr(function, "__wrapped__"):
        function = function.__wrapped__
    return function


def _understand(node: _Function) -> Understood:
    if isinstance(node, ast.AsyncFunctionDef):
        return Understood(Next(NodeKind.END), has_next=False, problem="a step cannot be an `async def`")
    names = [argument.arg for argument in (*node.args.posonlyargs, *node.args.args)]
    return understand(node.body, names[0] if names else "self")


def _file_of(cls: type) -> str:
    """The file of a class: where its methods come from, as a notebook's module has no file."""
    for value in vars(cls).values():
        code = getattr(unwrap(value), "__code__", None)
        if code is not None:
            return str(code.co_filename)
    return getattr(sys.modules.get(cls.__module__), "__file__", None) or f"<{cls.__module__}>"


def _class_node(file: str, cls: type) -> ast.ClassDef | None:
    """The last class of that name: the one that a module or notebook cell ends up with."""
    return _index("".join(linecache.getlines(file))).classes.get(cls.__qualname__.rpartition(".")[2])


def _find(file: str, name: str, first_line: int) -> _Function | None:
    return _index("".join(linecache.getlines(file))).functions.get((name, first_line))


class _Index(NamedTuple):
    """What is defined in a file, at any depth."""

    functions: dict[tuple[str, int], _Function]  # by name and the line where Python says the code begins
    classes: dict[str, ast.ClassDef]


@lru_cache(maxsize=8)
def _index(text: str) -> _Index:
    index = _Index({}, {})
    tree = _parse(text)
    for node in ast.walk(tree) if tree is not None else ():
        if isinstance(node, ast.ClassDef):
            index.classes[node.name] = node
        elif isinstance(node, _Function):
            line = min((decorator.lineno for decorator in node.decorator_list), default=node.lineno)
            index.functions[node.name, line] = node
    return index


@lru_cache(maxsize=8)
def _parse(text: str) -> ast.Module | None:
    try:
        return ast.parse(text)
    except SyntaxError:  # the file was changed after it was imported: its steps are reported as not found
        return None
