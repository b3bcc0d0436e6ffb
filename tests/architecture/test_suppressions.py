"""A check that is switched off says why; exceptions are named; the library does not print."""

import ast
import re

import pytest
from source_tree import comments, python_files, relative, source_files, syntax_tree

import headwater

# The marker, its codes in brackets (type: ignore) or after a colon (noqa), then words that say why.
_IGNORE = re.compile(r"#\s*type:\s*ignore(?P<codes>\[[\w\-, ]+\])?(?P<reason>.*)")
_NOQA = re.compile(r"#\s*noqa(?P<codes>:\s*[A-Z]+\d+(?:[, ]+[A-Z]+\d+)*)?(?P<reason>.*)")


@pytest.mark.parametrize(("marker", "pattern"), [("type ignore", _IGNORE), ("noqa", _NOQA)])
def test_every_suppression_names_its_rule_and_its_reason(marker: str, pattern: re.Pattern[str]) -> None:
    bare = [
        f"{relative(path)}:{line}: {text}"
        for path in python_files()
        for line, text in comments(path)
        if (match := pattern.match(text)) and not (match["codes"] and re.search(r"[A-Za-z]{3}", match["reason"]))
    ]
    assert bare == [], f"a {marker} without its rule or its reason"


def test_every_skip_and_xfail_has_a_reason() -> None:
    silent = []
    for path in python_files():
        tree = syntax_tree(path)
        reasoned = {
            id(node.func)
            for node in ast.walk(tree)
            if isinstance(node, ast.Call) and any(keyword.arg == "reason" for keyword in node.keywords)
        }
        silent += [
            f"{relative(path)}:{node.lineno}"
            for node in ast.walk(tree)
            if isinstance(node, ast.Attribute)
            and node.attr in {"xfail", "skip", "skipif"}
            and _is_mark(node.value)
            and id(node) not in reasoned
        ]
    assert silent == []


def _is_mark(node: ast.expr) -> bool:
    return isinstance(node, ast.Attribute) and node.attr == "mark"


def test_no_except_is_bare() -> None:
    bare = [
        f"{relative(path)}:{node.lineno}"
        for path in python_files()
        for node in ast.walk(syntax_tree(path))
        if isinstance(node, ast.ExceptHandler) and node.type is None
    ]
    assert bare == []


def test_only_the_command_line_prints() -> None:
    printing = [
        f"{relative(path)}:{node.lineno}"
        for path in source_files()
        if "cli" not in path.parts
        for node in ast.walk(syntax_tree(path))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "print"
    ]
    assert printing == []


def test_nobody_inside_imports_a_public_name_from_the_root() -> None:
    importing = [
        f"{relative(path)}:{node.lineno}"
        for path in source_files()
        for node in ast.walk(syntax_tree(path))
        if isinstance(node, ast.ImportFrom) and node.module == "headwater" and _lazy_names(node)
    ]
    assert importing == []


def _lazy_names(node: ast.ImportFrom) -> set[str]:
    return {alias.name for alias in node.names} & set(headwater.__all__) - {"__version__"}
