"""Pickles that Metaflow wrote: its own classes become ours, and small plain values are read without running code."""

import io
import pickle
from collections.abc import Callable, Sequence
from typing import Any

from headwater.errors import ExceptionWrapper, FailureHandledByCatch

#: The name of this form in documents, and in the table `serializer` of plugins.
SERIALIZER = "metaflow-pickle"
_PLAIN = frozenset({"set", "frozenset", "complex", "bytearray", "range", "slice"})  # of builtins: they run no code


class NotPlain(Exception):
    """A value that cannot be read without running the author's code."""


class ForeachFrame(tuple[Any, ...]):
    """One foreach level around a task: step, variable, width, index; then what the versions of Metaflow add."""

    __slots__ = ()

    def __new__(cls, *fields: Any) -> "ForeachFrame":
        return super().__new__(cls, fields)


class IncludedFile:
    """What stands for the content of a file that a parameter took in."""

    _descriptor: dict[str, Any] = {}

    @property
    def descriptor(self) -> dict[str, Any]:
        return self._descriptor


class CaughtFailure(FailureHandledByCatch):
    """The step's process died under Metaflow, and `@catch` let the run go on."""

    def __init__(self, *_arguments: Any) -> None:
        super().__init__("The step's process died.")

    def __setstate__(self, state: dict[str, Any] | None) -> None:
        self.reason = str((state or {}).get("message") or self.reason)
        self.args = (self.reason,)


_OURS: dict[tuple[str, str], type] = {
    ("metaflow.exception", "MetaflowExceptionWrapper"): ExceptionWrapper,
    ("metaflow.plugins.catch_decorator", "FailureHandledByCatch"): CaughtFailure,
    ("metaflow.includefile", "IncludedFile"): IncludedFile,
}


class _Unpickler(pickle.Unpickler):
    def __init__(self, stream: bytes, script: str) -> None:
        super().__init__(io.BytesIO(stream))
        self._script = script

    def find_class(self, module: str, name: str) -> Any:
        """A class of the flow's own file stands under `__main__`: it was run as the program."""
        ours = _ours(module, name)
        if ours is not None:
            return ours
        if module != "__main__" or not self._script:
            return super().find_class(module, name)
        try:
            return super().find_class(module, name)
        except AttributeError:
            pass
        try:
            return super().find_class(self._script, name)
        except ModuleNotFoundError as exc:
            said = f"{name} is defined in the flow's file, {self._script}.py, which cannot be imported here ({exc})"
            raise ModuleNotFoundError(said, name=exc.name) from exc


class _PlainUnpickler(pickle.Unpickler):
    def find_class(self, module: str, name: str) -> Any:
        ours = _ours(module, name)
        if ours is not None:
            return ours
        if module == "builtins" and name in _PLAIN:
            return super().find_class(module, name)
        raise NotPlain(f"{module}.{name}")


def loader(script: str) -> Callable[[bytes, Sequence[Any]], Any]:
    """Loads a value of a flow whose file is the module `script`, "" when that is not known.

    It raises what the author's code raises, and ImportError for a module that is not there.
    """

    def load(stream: bytes, _buffers: Sequence[Any] = ()) -> Any:
        return _Unpickler(stream, script).load()

    return load


def load_plain(stream: bytes) -> Any:
    """A value made of built-in types, and of those of Metaflow that we know; `NotPlain` for any other."""
    try:
        return _PlainUnpickler(io.BytesIO(stream)).load()
    except NotPlain:
        raise
    except Exception as exc:  # a damaged pickle raises nearly anything
        raise NotPlain(f"{type(exc).__name__}: {exc}") from exc


def _ours(module: str, name: str) -> type | None:
    if name == "ForeachFrame" and (module == "__main__" or module.startswith("metaflow.")):
        return ForeachFrame
    return _OURS.get((module, name))
