"""Summaries of values of libraries, made of what they know already and of their first rows.

frames    rows, columns, names, dtypes; first_rows (lists of plain cells, of the first columns); first_index
series    rows, name, dtype, first_rows
arrays    shape, dtype; value, where there is one; minimum and maximum, where they are few; device; requires_grad
modules   class, parameters (numbers in them), layers
images    width, height (pixels), mode, format, thumbnail (see `thumbnails`)
figures   width, height (pixels), axes, titles, thumbnail
others    value, as text: dates, times, paths, decimals, members of Enums
"""

import sys
from collections.abc import Callable, Iterable
from itertools import islice
from math import isfinite
from typing import Any

from headwater.artifacts.thumbnails import figure_thumbnail, image_thumbnail

_MOST_NAME = 60
_MOST_COLUMNS = 40
_MOST_CELL = 30
_HEAD_ROWS = 5
_HEAD_COLUMNS = 20
_FEW = 1 << 16  # numbers whose extremes are looked for
_EXACT_EVERYWHERE = 1 << 53
_SPELLED = ("datetime", "date", "time", "timedelta", "Timestamp", "Timedelta", "Decimal", "UUID", "Period", "Interval")
_MISSING = ("NoneType", "NaTType", "NAType")

Facts = dict[str, Any]


def summarise_library_value(value: Any) -> Facts:
    """What is known of a value whose class, or a base of it, a known library defines; nothing of others."""
    for base in type(value).__mro__[:-1]:
        describe = _LIBRARIES.get(base.__module__.partition(".")[0])
        facts = describe(value, base.__name__) if describe is not None else {}
        if facts:
            return facts
    return {}


def cell(value: Any) -> Any:
    """A value as JSON can hold it in a few letters; only plain ones are asked for their text."""
    kind = type(value)
    if kind.__name__ in _MISSING:
        return None
    if kind is bool or (kind is int and -_EXACT_EVERYWHERE <= value <= _EXACT_EVERYWHERE):
        return value
    if kind is float:
        return value if isfinite(value) else str(value)
    if kind is str:
        return _cut(value)
    if kind is int:
        return _cut(str(value)) if value.bit_length() <= 256 else "int"
    if kind in (bytes, bytearray):
        return _cut(repr(bytes(value[:_MOST_CELL])))
    if kind.__module__ == "numpy" and getattr(value, "shape", None) == () and type(value.item()) is not kind:
        return cell(value.item())
    if kind.__name__ in _SPELLED:
        return _cut(str(value))
    return (
        f"{kind.__name__} of {len(value)}" if kind in (list, tuple, dict, set, frozenset) else _cut(kind.__qualname__)
    )


def _cut(text: str) -> str:
    text = text if len(text) <= _MOST_CELL else f"{text[: _MOST_CELL - 1]}…"
    return text.encode("utf-8", "backslashreplace").decode()


def _short(fact: object) -> str:
    return str(fact)[:_MOST_NAME].encode("utf-8", "backslashreplace").decode()


def _frame(value: Any, base: str) -> Facts:
    """pandas and polars."""
    if base == "DataFrame":
        rows, columns = value.shape
        names = [_short(name) for name in value.columns[:_MOST_COLUMNS]]
        dtypes = [_short(dtype) for dtype in islice(value.dtypes, _MOST_COLUMNS)]
        facts = {"rows": int(rows), "columns": int(columns), "names": names, "dtypes": dtypes}
        return {**facts, **_first(value)}
    if base == "Series":
        return {"rows": len(value), "name": _short(value.name), "dtype": _short(value.dtype), **_first(value)}
    return {}


def _first(value: Any) -> Facts:
    """The first rows; nothing where the library raises, as for columns of objects it cannot show."""
    try:
        head = value.head(_HEAD_ROWS)
        if not hasattr(head, "iloc"):
            columns = head.get_columns()[:_HEAD_COLUMNS] if hasattr(head, "get_columns") else [head]
            return {"first_rows": _rows([column.to_list() for column in columns])}
        wide = len(head.shape) == 2
        columns = [head.iloc[:, at] for at in range(min(_HEAD_COLUMNS, head.shape[1]))] if wide else [head]
        facts: Facts = {"first_rows": _rows([column.tolist() for column in columns])}
        if type(head.index).__name__ != "RangeIndex":
            facts["first_index"] = [_label(label) for label in head.index.tolist()]
        return facts
    except Exception:  # noqa: BLE001  an author's column type may raise anything, and the columns are known already
        return {}


def _label(label: Any) -> Any:
    return ", ".join(str(cell(part)) for part in label) if isinstance(label, tuple) else cell(label)


def _rows(columns: Iterable[list[Any]]) -> list[list[Any]]:
    return [[cell(value) for value in row] for row in zip(*columns, strict=True)]


def _arrow(value: Any, base: str) -> Facts:
    if base in ("Table", "RecordBatch"):
        schema = value.schema
        return {
            "rows": value.num_rows,
            "columns": value.num_columns,
            "names": [_short(name) for name in schema.names[:_MOST_COLUMNS]],
            "dtypes": [_short(kind) for kind in schema.types[:_MOST_COLUMNS]],
            "first_rows": _rows(
                [value.column(at).slice(0, _HEAD_ROWS).to_pylist() for at in range(min(_HEAD_COLUMNS, len(schema)))]
            ),
        }
    if base in ("Array", "ChunkedArray"):
        head = value.slice(0, _HEAD_ROWS).to_pylist()
        return {"rows": len(value), "name": "", "dtype": _short(value.type), "first_rows": _rows([head])}
    return {}


def _array(value: Any, base: str) -> Facts:
    shape = getattr(value, "shape", None)
    dtype = getattr(value, "dtype", None)
    if shape is None or dtype is None:
        return {}
    facts: Facts = {"shape": [int(length) for length in shape], "dtype": _short(dtype)}
    kind = getattr(dtype, "kind", "")
    if not facts["shape"] and kind in tuple("biuf"):
        facts["value"] = cell(value.item())
    elif kind in tuple("iuf") and 0 < value.size <= _FEW:
        facts |= {"minimum": cell(value.min().item()), "maximum": cell(value.max().item())}
    return facts


def _torch(value: Any, base: str) -> Facts:
    if base == "Module":
        numbers = sum(parameter.numel() for parameter in value.parameters())
        return {"class": type(value).__name__, "parameters": numbers, "layers": sum(1 for _ in value.modules()) - 1}
    if base not in ("Tensor", "Parameter", "_TensorBase", "TensorBase"):
        return {}
    facts: Facts = {"shape": list(value.shape), "dtype": _short(value.dtype)}
    if value.device.type != "cpu":
        facts["device"] = str(value.device)
    elif not value.is_sparse and value.numel() and not value.is_complex() and value.numel() <= _FEW:
        plain = value.detach()
        if not facts["shape"]:
            facts["value"] = cell(plain.item())
        elif plain.is_floating_point() or value.dtype != sys.modules["torch"].bool:
            facts |= {"minimum": cell(plain.min().item()), "maximum": cell(plain.max().item())}
    return {**facts, "requires_grad": True} if value.requires_grad else facts


def _picture(value: Any, base: str) -> Facts:
    facts: Facts = {"width": value.width, "height": value.height, "mode": value.mode}
    if getattr(value, "format", None):
        facts["format"] = value.format
    return _with_thumbnail(facts, image_thumbnail, value)


def _figure(value: Any, base: str) -> Facts:
    if base != "Figure":
        return {}
    width, height = (int(inches * value.dpi) for inches in value.get_size_inches())
    titles = [_short(title) for axes in value.axes[:_HEAD_ROWS] if (title := axes.get_title())]
    facts: Facts = {"width": width, "height": height, "axes": len(value.axes)}
    return _with_thumbnail({**facts, "titles": titles} if titles else facts, figure_thumbnail, value)


def _with_thumbnail(facts: Facts, make: Callable[[Any], str | None], value: Any) -> Facts:
    try:
        thumbnail = make(value)
    except Exception:  # noqa: BLE001  drawing runs the library's and the author's code, and the rest is known already
        thumbnail = None
    return {**facts, "thumbnail": thumbnail} if thumbnail else facts


def _spelled(value: Any, base: str) -> Facts:
    """Dates, times, paths, decimals: their text says all."""
    return {"value": _short(value)}


def _member(value: Any, base: str) -> Facts:
    """A member of an Enum."""
    return {"value": _short(f"{type(value).__name__}.{value.name}")}


def _ours(value: Any, base: str) -> Facts:
    """A value whose class is Headwater's own says it itself."""
    facts: Facts = value.summary()
    return facts


_LIBRARIES: dict[str, Callable[[Any, str], Facts]] = {
    "headwater": _ours,
    "pandas": _frame,
    "polars": _frame,
    "pyarrow": _arrow,
    "numpy": _array,
    "torch": _torch,
    "PIL": _picture,
    "matplotlib": _figure,
    "jax": _array,
    "datetime": _spelled,
    "decimal": _spelled,
    "enum": _member,
    "pathlib": _spelled,
    "uuid": _spelled,
    "jaxlib": _array,
    "cupy": _array,
}
