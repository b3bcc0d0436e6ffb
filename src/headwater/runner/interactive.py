"""What is typed into this process: the cells of IPython or a notebook's kernel, or the lines at a plain prompt."""

import hashlib
import linecache
import os
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

from headwater.flow.cells import flow_source
from headwater.flow.load import module_name_of
from headwater.flow.source import find_class
from headwater.flow.spec import FlowSpec
from headwater.runner.typed import at_prompt, show_source, typed_statements
from headwater.storage.cache import cache_folder


def shell() -> Any:
    """IPython's shell; None in any other process."""
    module = sys.modules.get("IPython")
    return module.get_ipython() if module is not None else None


def is_notebook() -> bool:
    """This process is the kernel of a notebook, so that output can be HTML and change in place."""
    return getattr(shell(), "kernel", None) is not None


def is_of_a_cell(cls: type[FlowSpec]) -> bool:
    """The class was typed in, and stands in no file."""
    if cls.__module__ != "__main__" or not (shell() is not None or at_prompt()):
        return False
    if os.path.isfile(find_class(cls)[0]):
        return False
    if shell() is None:
        show_source(cls.__name__)
    return True


def write_flow(cls: type[FlowSpec], root: str) -> Path:
    """The file of a flow that stands in cells, made from all that were executed; FlowLoadError where that cannot be.

    Equal cells in the same folder make the same file. It stays, so that its run can be resumed from it.
    """
    cells = _cells()
    text = flow_source(cells, cls.__name__, _cell_of(cls, cells))
    digest = hashlib.sha256(f"{os.getcwd()}\n{text}".encode()).hexdigest()[:16]
    path = _cache(root) / "notebooks" / digest / f"{cls.__name__}.py"
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        temporary = path.with_name(f".{os.getpid()}")
        temporary.write_text(text)
        temporary.replace(path)
    return path


def place_of(file: str) -> str:
    """What a reader calls the cell that Python calls by the name of a file: `In [3]`; the file where it is no cell."""
    number = None if shell() is None else _number(file, _cells())
    return file if number is None else f"In [{number}]"


def _cells() -> list[str]:
    """What was executed, as Python; a cell's number is its place."""
    if shell() is None:
        return typed_statements()
    return [str(cell) for cell in shell().history_manager.input_hist_parsed]


class _Cells(ModuleType):
    """The module of a flow that stands in cells, as this process has it: what the cells define now."""

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return getattr(sys.modules["__main__"], name)


def be_module(file: Path) -> str:
    """The name under which a flow's file is imported elsewhere.

    Here the cells stand for it, so that values of the flow's classes are read back as values of the classes here.
    """
    known = sys.modules.get(file.stem)
    name = file.stem if isinstance(known, _Cells) else module_name_of(file)
    sys.modules.setdefault(name, _Cells(name))
    return name


def _cell_of(cls: type[FlowSpec], cells: list[str]) -> int | None:
    """The number of the cell that defined the class; None where it cannot be told."""
    return _number(find_class(cls)[0], cells)


def _number(file: str, cells: list[str]) -> int | None:
    """The cell whose text Python knows by the name of a file."""
    text = "".join(linecache.getlines(file)).strip()
    return next((number for number in range(len(cells) - 1, -1, -1) if text and cells[number].strip() == text), None)


def _cache(root: str) -> Path:
    """Beside the runs, or in the user's cache where these are in a bucket."""
    if "://" not in root:
        return Path(os.path.abspath(root)) / "cache"
    return cache_folder(os.environ)
