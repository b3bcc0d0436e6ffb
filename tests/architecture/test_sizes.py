"""Files and functions stay small enough to hold one idea."""

import ast

from source_tree import functions, relative, source_files, syntax_tree

MAX_FILE_LINES = 400
MAX_FUNCTION_LINES = 70


def test_no_file_is_longer_than_a_reader_can_hold() -> None:
    long = {
        relative(path): lines
        for path in source_files()
        if (lines := len(path.read_text("utf-8").splitlines())) > MAX_FILE_LINES
    }
    assert long == {}


def test_no_function_is_longer_than_a_screen() -> None:
    long = {
        f"{relative(path)}:{function.lineno} {function.name}": lines
        for path in source_files()
        for function in functions(syntax_tree(path))
        if (lines := (function.end_lineno or 0) - function.lineno + 1) > MAX_FUNCTION_LINES
    }
    assert long == {}


def test_every_file_says_in_its_first_line_what_it_is() -> None:
    silent = []
    for path in source_files():
        tree = syntax_tree(path)
        if tree.body and not (tree.body[0].lineno == 1 and ast.get_docstring(tree)):
            silent.append(relative(path))
    assert silent == []
