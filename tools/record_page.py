"""Writes the page of the reference that tells every field of every document: `python tools/record_page.py`.

docs/reference/records.md, made from the source of `headwater.records`: a field's meaning is the comment beside it. The
page is not kept in git: `make docs` makes it anew.
"""

import ast
import sys
import tokenize
from collections.abc import Iterator
from io import StringIO
from pathlib import Path

ROOT = Path(__file__).parents[1]
PAGE = ROOT / "docs" / "reference" / "records.md"
#: In the order of the page: the documents, then what stands within them.
MODULES = ("run", "task", "card", "tags", "imports", "step", "artifact", "graph", "decorators")

_HEAD = """\
# Records

Every document, and every object within one, field by field. Where the documents are is told in
[File formats](file-formats.md). A field that has its default is left out of the JSON.
"""


def write_page(page: Path = PAGE) -> Path:
    parts = [_HEAD]
    for module in MODULES:
        source = (ROOT / "src" / "headwater" / "records" / f"{module}.py").read_text("utf-8")
        comments = _comments(source)
        for record in _records(ast.parse(source)):
            parts.append(_section(record, comments))
    page.write_text("\n".join(parts), "utf-8")
    return page


def _records(tree: ast.Module) -> Iterator[ast.ClassDef]:
    """Classes with fields, less those that are only bases."""
    for node in tree.body:
        if isinstance(node, ast.ClassDef) and any(isinstance(one, ast.AnnAssign) for one in node.body):
            yield node


def _section(record: ast.ClassDef, comments: dict[int, str]) -> str:
    tag = next((ast.literal_eval(word.value) for word in record.keywords if word.arg == "tag"), None)
    kind = f" `{tag}`" if tag else ""
    rows = []
    for field in record.body:
        if isinstance(field, ast.AnnAssign) and isinstance(field.target, ast.Name):
            default = "" if field.value is None else f"`{ast.unparse(field.value)}`"
            meaning = comments.get(field.end_lineno or field.lineno) or _above(field.lineno, comments)
            cells = (f"`{field.target.id}`", f"`{ast.unparse(field.annotation)}`", default, _cell(meaning))
            rows.append(f"| {' | '.join(cells)} |")
    head = ["| field | type | default | what it is |", "| --- | --- | --- | --- |"]
    doc = " ".join((ast.get_docstring(record) or "").split("\n\n")[0].split())
    return "\n".join([f"## {record.name}{kind} {{ #{record.name} }}\n", f"{doc}\n", *head, *rows, ""])


def _above(line: int, comments: dict[int, str]) -> str:
    """A comment that stands alone above a field."""
    text: list[str] = []
    while (line := line - 1) in comments and comments[line].startswith(":"):
        text.insert(0, comments[line].removeprefix(":").strip())
    return " ".join(text)


def _comments(source: str) -> dict[int, str]:
    """The comment of each line that has one."""
    tokens = tokenize.generate_tokens(StringIO(source).readline)
    return {one.start[0]: one.string.lstrip("#").strip() for one in tokens if one.type == tokenize.COMMENT}


def _cell(text: str) -> str:
    return text.replace("|", "&#124;").replace("<", "&lt;").replace("[", "&#91;")


if __name__ == "__main__":
    sys.stdout.write(f"{write_page()}\n")
