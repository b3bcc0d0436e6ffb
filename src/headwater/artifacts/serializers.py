"""From values to bytes and back: one registry of forms, tried from the plainest to the most general.

    bytes, text    exactly bytes and str
    json           exact built-in types, nothing shared, few enough to be looked at one by one
    pickle         protocol 5; buffers of 1 MiB and more stay outside the stream, uncopied
    cloudpickle    what pickle refuses (lambdas, local classes); only the same minor version of Python can read it
    file           the bytes of a file that was included, as they are; "file:utf-8" a text of that encoding
    unstorable     a function that nothing can store: kept as the reason why, so that flows which ignore it still run

Within a pickle, values of some libraries have a form of their own: see `reducers`.

A value comes back equal and of the same types. No library is imported that the author's code did not import, except
cloudpickle when it is needed.
"""

import copyreg
import io
import math
import pickle
import sys
from collections.abc import Callable, Sequence
from types import FunctionType, MethodType
from typing import Any, NamedTuple, NoReturn

import msgspec

from headwater import plugins
from headwater.artifacts.reducers import Scope, reducers_of
from headwater.errors import ArtifactError, HeadwaterError, PluginError
from headwater.storage.base import Bytes

PYTHON = f"{sys.version_info.major}.{sys.version_info.minor}"
LARGE_BUFFER = 1 << 20  # bytes; smaller ones stay inside the stream

BYTES = "bytes"
TEXT = "text"
JSON = "json"
PICKLE = "pickle"
CLOUDPICKLE = "cloudpickle"
UNSTORABLE = "unstorable"
FILE = "file"

_JSON_MOST_ELEMENTS = 1000  # beyond, pickle is faster than looking
_JSON_MOST_DEPTH = 50
_JSON_INTEGERS = 1 << 63
_encode_json = msgspec.json.Encoder().encode
_decode_json = msgspec.json.Decoder().decode


class Serialized(NamedTuple):
    """A value as bytes."""

    serializer: str
    stream: bytes
    buffers: tuple[memoryview, ...] = ()  # one-dimensional, bytes
    python: str | None = None  # the minor version that alone can load it

    @property
    def size(self) -> int:
        return len(self.stream) + sum(buffer.nbytes for buffer in self.buffers)


def type_name(value: object) -> str:
    """Its type, without the private modules that it is defined in: those differ among versions of Python."""
    kind = type(value)
    module = kind.__module__
    if "._" in module:
        module = ".".join(part for part in module.split(".") if not part.startswith("_"))
    return f"{module}.{kind.__qualname__}"


def serialize(value: Any, label: str) -> Serialized:
    """The first form that takes the value; `label` ("artifact 'x'") stands in the error when none does."""
    dump = _EXACT.get(type(value))
    if dump is not None and (plain := dump(value)) is not None:
        return plain
    return _dump_pickle(value, label)


def deserialize(serializer: str, stream: Bytes, buffers: Sequence[Any], python: str | None, label: str) -> Any:
    """The value of a form that was stored; `label` stands in the error when it cannot be had."""
    if python is not None and python != PYTHON:
        raise ArtifactError(
            f"{label} was stored by value under Python {python} and cannot be loaded under {PYTHON}. "
            f"Read it with Python {python}, or store plain data instead of functions and local classes."
        )
    load = _LOADERS.get(serializer) or _file_loader(serializer) or _further_loader(serializer)
    if load is None:
        raise ArtifactError(
            f"{label} was stored by the serializer {serializer!r}, which is not known here. "
            "Upgrade Headwater to read it."
        )
    try:
        return load(stream, buffers)
    except MemoryError:
        raise
    except Exception as exc:  # unpickling runs the author's code, which may raise anything
        raise ArtifactError(
            f"{label} cannot be loaded: {type(exc).__name__}: {exc}. "
            "Make the modules that define its type importable, in the versions that stored it."
        ) from exc


def _dump_bytes(value: bytes) -> Serialized:
    return Serialized(BYTES, value)


def _dump_text(value: str) -> Serialized:
    return Serialized(TEXT, value.encode("utf-8", "surrogatepass"))


def _dump_scalar(value: int | bool | None) -> Serialized | None:
    if type(value) is int and not -_JSON_INTEGERS <= value < _JSON_INTEGERS:
        return None
    return Serialized(JSON, _encode_json(value))


def _dump_float(value: float) -> Serialized | None:
    return Serialized(JSON, _encode_json(value)) if math.isfinite(value) else None


def _dump_container(value: list[Any] | dict[Any, Any]) -> Serialized | None:
    if not _is_plain(value):
        return None
    try:
        return Serialized(JSON, _encode_json(value))
    except UnicodeEncodeError:  # a lone surrogate, which JSON cannot give back
        return None


def _is_plain(root: list[Any] | dict[Any, Any]) -> bool:
    """Whether JSON gives this back exactly: types, values and (by nothing being shared) identities."""
    seen: set[int] = set()
    left = _JSON_MOST_ELEMENTS
    level: list[list[Any] | dict[Any, Any]] = [root]
    for _ in range(_JSON_MOST_DEPTH):
        below: list[list[Any] | dict[Any, Any]] = []
        for container in level:
            left -= len(container)
            if left < 0 or id(container) in seen:
                return False
            seen.add(id(container))
            if type(container) is dict:
                if not all(type(key) is str for key in container):
                    return False
                members: Any = container.values()
            else:
                members = container
            for member in members:
                kind = type(member)
                if kind is list or kind is dict:
                    below.append(member)
                elif not (
                    kind is str
                    or kind is bool
                    or member is None
                    or (kind is int and -_JSON_INTEGERS <= member < _JSON_INTEGERS)
                    or (kind is float and math.isfinite(member))
                ):
                    return False
        if not below:
            return True
        level = below
    return False


def _dump_pickle(value: Any, label: str) -> Serialized:
    try:
        stream, buffers = _pickle(_dump_by_name, value)
        return Serialized(PICKLE, stream, buffers)
    except (MemoryError, RecursionError) as exc:
        raise _refuse(value, label, exc) from exc
    except Exception:  # noqa: BLE001, S110 - pickling runs the author's code, which may raise anything; cloudpickle is next
        pass
    try:
        stream, buffers = _pickle(_dump_by_value, value)
        return Serialized(CLOUDPICKLE, stream, buffers, PYTHON)
    except Exception as exc:  # as above
        if isinstance(value, FunctionType | MethodType):
            return Serialized(UNSTORABLE, f"{type(exc).__name__}: {exc}".encode())
        raise _refuse(value, label, exc) from exc


def _dump_by_value(value: Any, scope: Scope, **options: Any) -> bytes:
    # Rarely needed, and its import takes milliseconds.
    import cloudpickle

    # cloudpickle would put what an open file holds in its place
    table = {io.TextIOWrapper: _refuse_file, **(reducers_of(scope) or {})}

    class Pickler(cloudpickle.Pickler):  # type: ignore[misc]  # cloudpickle has no types
        dispatch_table = cloudpickle.Pickler.dispatch_table.new_child(table)

    with io.BytesIO() as file:
        Pickler(file, **options).dump(value)
        return file.getvalue()


def _dump_by_name(value: Any, scope: Scope, **options: Any) -> bytes:
    table = reducers_of(scope)
    if table is None:
        return pickle.dumps(value, **options)
    with io.BytesIO() as file:
        pickler = pickle.Pickler(file, **options)
        # a plain dict: it is asked once for every object that is pickled
        pickler.dispatch_table = {**copyreg.dispatch_table, **table}
        pickler.dump(value)
        return file.getvalue()


def _refuse_file(file: io.TextIOWrapper) -> NoReturn:
    raise TypeError(f"cannot pickle {type(file).__name__!r} object")


def _pickle(dumps: Callable[..., bytes], value: Any) -> tuple[bytes, tuple[memoryview, ...]]:
    buffers: list[memoryview] = []

    def keep_inside(buffer: pickle.PickleBuffer) -> bool:
        view = buffer.raw()
        if view.nbytes < LARGE_BUFFER:
            return True
        buffers.append(view)
        return False

    return dumps(value, Scope(), protocol=5, buffer_callback=keep_inside), tuple(buffers)


def _refuse(value: Any, label: str, exc: BaseException) -> ArtifactError:
    kind = type_name(value)
    if isinstance(exc, HeadwaterError):  # the flow, or an input of a join, which say themselves what to do
        return ArtifactError(f"{label} of type {kind} cannot be stored: {exc}")
    if kind in _REMEDIES:
        remedy = _REMEDIES[kind]
    elif isinstance(exc, RecursionError):
        remedy = "It is nested too deeply: store it in a flat form."
    else:
        remedy = "Store plain data and make the object again where it is used, or delete it before the step ends."
    reason = str(exc).rstrip(".") or type(exc).__name__
    return ArtifactError(f"{label} of type {kind} cannot be stored: {reason}. {remedy}")


_REMEDIES = {
    "builtins.generator": "Store list(...) of it instead.",
    "_io.TextIOWrapper": "Store the file's path or its content instead.",
    "_io.BufferedReader": "Store the file's path or its content instead.",
    "_io.BufferedWriter": "Store the file's path instead.",
    "_thread.lock": "Make locks inside the step that uses them, in a local variable.",
    "_thread.RLock": "Make locks inside the step that uses them, in a local variable.",
}

_EXACT: dict[type, Callable[[Any], Serialized | None]] = {
    bytes: _dump_bytes,
    str: _dump_text,
    int: _dump_scalar,
    bool: _dump_scalar,
    type(None): _dump_scalar,
    float: _dump_float,
    list: _dump_container,
    dict: _dump_container,
}


def _load_unstorable(stream: bytes, _buffers: Sequence[Any]) -> Any:
    raise TypeError(stream.decode())


def _file_loader(serializer: str) -> "_Load | None":
    """Of a text in a file: in its encoding, with line ends as Python has them."""
    form, _, encoding = serializer.partition(":")
    if form != FILE or not encoding:
        return None

    def load(stream: Bytes, _buffers: Sequence[Any]) -> str:
        text = str(stream, encoding)
        return text.replace("\r\n", "\n").replace("\r", "\n") if "\r" in text else text

    return load


def _further_loader(serializer: str) -> "_Load | None":
    """Of the forms of other systems, which are read and never written: `name:what it needs to know`."""
    name, _, known = serializer.partition(":")
    try:
        make: Callable[[str], _Load] = plugins.load("serializer", name)
    except PluginError:
        return None
    return make(known)


_Load = Callable[[Any, Sequence[Any]], Any]

_LOADERS: dict[str, _Load] = {
    BYTES: lambda stream, _: bytes(stream),
    FILE: lambda stream, _: bytes(stream),
    TEXT: lambda stream, _: str(stream, "utf-8", "surrogatepass"),
    JSON: lambda stream, _: _decode_json(stream),
    PICKLE: lambda stream, buffers: pickle.loads(stream, buffers=buffers),
    CLOUDPICKLE: lambda stream, buffers: pickle.loads(stream, buffers=buffers),
    UNSTORABLE: _load_unstorable,
}
