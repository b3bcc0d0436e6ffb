"""Importing an author's file, under one module name in every mode, so that pickles name the same module everywhere.

`python flow.py` imports the file as `__main__`: `adopt_main` gives that module, its classes and its functions the name
that `load_flow` would. The name is the file's stem, or a name made from it where the stem cannot be one.
"""

import importlib
import importlib.util
import linecache
import os
import re
import sys
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.machinery import PathFinder
from pathlib import Path
from types import FunctionType, ModuleType, TracebackType

from headwater.errors import FlowLoadError, HeadwaterError
from headwater.flow import importing, uncalled
from headwater.flow.derived import origin_of
from headwater.flow.source import find_class
from headwater.flow.spec import FlowSpec
from headwater.flow.suggestions import suggestion

_stamps: dict[str, tuple[str, int, int]] = {}  # module name -> path, mtime and size of the file as we imported it


def load_flow(file: Path, class_name: str | None = None, module: str | None = None) -> type[FlowSpec]:
    """Import a file and return its flow; FlowLoadError tells the author what is wrong.

    `module`: the name to import it under, where another process has chosen one already. A file that was imported and
    did not change is not imported again.
    """
    file = Path(os.path.abspath(file))
    if not file.is_file():
        raise FlowLoadError(f"There is no file {file}. Check the path.")
    found = _import(file, module or module_name_of(file))
    return _choose(file, found, class_name)


def adopt_main(cls: type) -> str:
    """Make the script that runs importable under its own name; returns the name of the class's module.

    Does nothing for a class of another module, or where `__main__` is no file, as in a notebook.
    """
    uncalled.called()
    main = sys.modules["__main__"]
    file = getattr(main, "__file__", None)
    if cls.__module__ != "__main__" or file is None:
        return cls.__module__
    path = Path(os.path.abspath(file))
    if not path.is_file() or (hasattr(sys, "ps1") and os.path.abspath(find_class(cls)[0]) != str(path)):
        return cls.__module__  # it was typed at a prompt, whose own file says nothing
    spec = getattr(main, "__spec__", None)
    name = getattr(spec, "name", "__main__")  # `python -m` knows the name
    if name == "__main__":
        name = module_name_of(path)
    main.__file__ = str(path)
    sys.modules[name] = main
    _stamps[name] = _stamp(path)
    _rename(vars(main), name)
    main.__name__ = name
    return name


@contextmanager
def adopted(cls: type) -> Iterator[None]:
    """While a script runs a flow of its own from Python: as `adopt_main`, and afterwards `__name__` is as it was.

    What the script has defined keeps its new name: values of it were stored, and are read back, under that name.
    """
    main = sys.modules["__main__"]
    before = main.__name__
    adopt_main(cls)
    if sys.modules.get(cls.__module__) is main:  # also of a class that was adopted before
        main.__name__ = cls.__module__
        _rename(vars(main), cls.__module__)
    try:
        yield
    finally:
        main.__name__ = before


def is_importable(cls: type) -> bool:
    """Whether another process finds the class in its file: not one that a function defined."""
    return getattr(sys.modules.get(cls.__module__), cls.__name__, None) is origin_of(cls)


def module_name_of(file: Path) -> str:
    """The name under which a flow's file is imported: made from its stem, and not one that means another module."""
    name = re.sub(r"\W", "_", file.stem)
    if name[:1].isdigit():
        name = f"_{name}"
    return f"flow_{name}" if _is_taken(name, file) else name


def _is_taken(name: str, file: Path) -> bool:
    """Whether other code means something else by the name than this file: `random.py`, `test.py`."""
    if name in sys.stdlib_module_names or name in (
        "__main__",
        "headwater",
        "test",
    ):  # Python's own `test` is not listed
        return True
    loaded = sys.modules.get(name)
    if loaded is not None and name not in _stamps:
        return not _is_from(loaded, file)
    # only what is installed counts: other directories on the path depend on how the process was started
    installed = [place for place in sys.path if place.endswith(("site-packages", "dist-packages"))]
    spec = PathFinder.find_spec(name, installed)
    return spec is not None and spec.origin is not None and not file.samefile(spec.origin)


def _import(file: Path, name: str) -> ModuleType:
    loaded = sys.modules.get(name)
    unchanged = _stamps.get(name) == _stamp(file) if name in _stamps else True
    if loaded is not None and _is_from(loaded, file) and unchanged:
        return loaded
    linecache.checkcache(str(file))
    root = file.parents[name.count(".")]
    if sys.path[:1] != [str(root)]:
        sys.path.insert(0, str(root))
    with _explaining(file):
        module = importlib.import_module(name) if "." in name else _execute(file, name)
    _stamps[name] = _stamp(file)
    return module


def _execute(file: Path, name: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(name, file)
    if spec is None or spec.loader is None:
        raise FlowLoadError(f"{file} is no Python file. Give the path of a file that ends in .py.")
    module = importlib.util.module_from_spec(spec)
    previous = sys.modules.get(name)
    sys.modules[name] = module
    try:
        with importing.underway():
            spec.loader.exec_module(module)
    except BaseException:
        sys.modules.pop(name)
        if previous is not None:
            sys.modules[name] = previous
        raise
    return module


@contextmanager
def _explaining(file: Path) -> Iterator[None]:
    """Whatever the author's file raises at import, told with the author's own frames."""
    try:
        yield
    except FlowLoadError:
        raise
    except HeadwaterError as exc:
        raise FlowLoadError(f"{file} could not be imported: {exc}\n{_own_frames(exc, file)}") from exc
    except SyntaxError as exc:
        text = "".join(traceback.format_exception_only(exc)).rstrip()
        where = f"{exc.filename or file}:{exc.lineno}" if exc.lineno else str(file)  # of null bytes no line is told
        raise FlowLoadError(f"{where} is not valid Python: {exc.msg}. Correct the line.\n{text}") from exc
    except SystemExit as exc:
        raise FlowLoadError(
            f"{file} ended the program while it was imported: sys.exit({exc.code!r}). "
            f"Put what is to run only as a script below: if __name__ == '__main__':\n{_frames(exc, file)}"
        ) from exc
    except Exception as exc:
        remedy = suggestion(exc) or "Correct the error below."
        message = f"{file} could not be imported: {type(exc).__name__}: {exc}"
        raise FlowLoadError(f"{message.rstrip('.')}. {remedy}\n{_frames(exc, file)}") from exc


def _own_frames(exc: BaseException, file: Path) -> str:
    """The lines of the author's that led to an error of ours; how it was found is of no interest."""
    headwater = str(Path(__file__).parents[1])
    frames = [frame for frame in traceback.extract_tb(exc.__traceback__) if not frame.filename.startswith(headwater)]
    first = next((place for place, frame in enumerate(frames) if frame.filename == str(file)), 0)
    return "".join(traceback.format_list(frames[first:])).rstrip()


def _frames(exc: BaseException, file: Path) -> str:
    """The traceback from the author's file on, without the frames of the import machinery."""
    first: TracebackType | None = exc.__traceback__
    while first is not None and first.tb_frame.f_code.co_filename != str(file):
        first = first.tb_next
    return "".join(traceback.format_exception(type(exc), exc, first or exc.__traceback__)).rstrip()


def _choose(file: Path, module: ModuleType, class_name: str | None) -> type[FlowSpec]:
    flows = {
        name: value
        for name, value in vars(module).items()
        if isinstance(value, type) and issubclass(value, FlowSpec) and value is not FlowSpec
    }
    if class_name is not None:
        if class_name not in flows:
            raise FlowLoadError(f"{file} has no flow {class_name!r}. It has {', '.join(flows) or 'none'}.")
        return flows[class_name]
    if not flows:
        raise FlowLoadError(f"{file} has no flow. Define a class that derives from FlowSpec.")
    own = {value for value in flows.values() if value.__module__ == module.__name__} or set(flows.values())
    leaves = [cls for cls in own if not any(other is not cls and issubclass(other, cls) for other in own)]
    if len(leaves) > 1:
        names = ", ".join(sorted(cls.__name__ for cls in leaves))
        raise FlowLoadError(f"{file} has {len(leaves)} flows: {names}. Name the one you mean.")
    return leaves[0]


def _rename(names: dict[str, object], module: str) -> None:
    """Give everything that was defined in `__main__` the module's real name, classes inside classes included."""
    for value in list(names.values()):
        if not isinstance(value, (type, FunctionType)) or value.__module__ != "__main__":
            continue
        value.__module__ = module
        if isinstance(value, type):
            _rename(dict(vars(value)), module)


def _is_from(module: ModuleType, file: Path) -> bool:
    origin = getattr(module, "__file__", None)
    return origin is not None and os.path.realpath(origin) == os.path.realpath(file)


def _stamp(file: Path) -> tuple[str, int, int]:
    status = file.stat()
    return str(file), status.st_mtime_ns, status.st_size
