"""Large polars frames as Arrow data, whose buffers are stored uncopied and mapped when they are loaded.

polars hands its memory to pyarrow and takes it back without copying. Without pyarrow, and for small frames, polars
pickles itself.
"""

from functools import cache
from importlib.util import find_spec
from typing import Any

import polars
from polars import DataFrame, Series

_LARGE = 1 << 20  # bytes; smaller buffers would stand in the stream anyway

__all__ = ["DataFrame", "Series", "rebuild_frame", "rebuild_series", "reduce_frame", "reduce_series"]


def reduce_frame(frame: DataFrame) -> Any:
    table = _as_arrow(frame)
    return frame.__reduce_ex__(5) if table is None else (rebuild_frame, (table,))


def reduce_series(series: Series) -> Any:
    table = _as_arrow(series.to_frame())
    return series.__reduce_ex__(5) if table is None else (rebuild_series, (table,))


def rebuild_frame(table: Any) -> Any:
    """Named in pickles."""
    return polars.from_arrow(table, rechunk=False)


def rebuild_series(table: Any) -> Any:
    """Named in pickles."""
    frame: Any = polars.from_arrow(table, rechunk=False)
    return frame.to_series()


def _as_arrow(frame: DataFrame) -> Any:
    """The frame's memory as a pyarrow table; None where it is small, or would not come back as it was."""
    if frame.estimated_size() < _LARGE or not _has_pyarrow():
        return None
    try:
        table: Any = frame.to_arrow(compat_level=polars.CompatLevel.newest())
        again: Any = rebuild_frame(table)
    except Exception:  # noqa: BLE001  columns of Python objects, types that Arrow has not: polars pickles itself
        return None
    return table if again.schema == frame.schema else None


@cache
def _has_pyarrow() -> bool:
    return find_spec("pyarrow") is not None
