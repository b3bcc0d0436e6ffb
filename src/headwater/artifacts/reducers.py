"""How values of some libraries are pickled: in place of their own ways, which copy large buffers into the stream.

    pyarrow      tables, batches, columns: by pyarrow itself, with its buffers; a slice without what it leaves out
    polars       frames and series of 1 MiB and more: as Arrow data, where pyarrow is installed
    torch        tensors: their storages as buffers, once each however many tensors share them
    PIL          images: as the file that they were read from, else as PNG
    matplotlib   figures: by matplotlib itself, and not drawn on a screen when they are loaded

A table of these is asked by the exact type of every object that is pickled, at any depth, so that a dict of tensors or
a class with a frame in it has them too. A library is looked at only when the author's code has imported it. What
pickles name in these files, they name for ever.
"""

import sys
from collections.abc import Callable, Mapping
from typing import Any

Reducer = Callable[[Any], Any]

_made: dict[object, dict[type, Reducer]] = {}


class Scope:
    """One value's serialization: what objects within it share is found by this."""

    def __init__(self) -> None:
        self.shared: dict[object, Any] = {}


def reducers_of(scope: Scope) -> Mapping[type, Reducer] | None:
    """The table for the libraries that are there now; None when there is none of them."""
    table: dict[type, Reducer] = {}
    for name, load in _LIBRARIES.items():
        if name in sys.modules:
            table.update(load(scope))
    return table or None


def _arrow(scope: Scope) -> dict[type, Reducer]:
    return _cached("pyarrow", 0, _load_arrow)


def _load_arrow() -> dict[type, Reducer]:
    from headwater.artifacts.arrow import KINDS, reduce_columns  # imports pyarrow

    return dict.fromkeys(KINDS, reduce_columns)


def _polars(scope: Scope) -> dict[type, Reducer]:
    return _cached("polars", 0, _load_polars)


def _load_polars() -> dict[type, Reducer]:
    from headwater.artifacts.frames import DataFrame, Series, reduce_frame, reduce_series  # imports polars

    return {DataFrame: reduce_frame, Series: reduce_series}


def _torch(scope: Scope) -> dict[type, Reducer]:
    if not hasattr(sys.modules["torch"], "UntypedStorage"):  # it is being imported right now
        return {}
    from headwater.artifacts.tensors import Reduction, Tensor, TensorParameter  # imports torch

    reduction = Reduction(scope.shared)
    return {Tensor: reduction.tensor, TensorParameter: reduction.tensor}


def _pictures(scope: Scope) -> dict[type, Reducer]:
    image = sys.modules["PIL.Image"]
    return _cached("PIL.Image", len(getattr(image, "ID", ())), _load_pictures)  # its plug-ins are loaded when needed


def _load_pictures() -> dict[type, Reducer]:
    from headwater.artifacts.pictures import kinds, reduce_image  # imports PIL

    return dict.fromkeys(kinds(), reduce_image)


def _figures(scope: Scope) -> dict[type, Reducer]:
    return _cached("matplotlib.figure", 0, _load_figures)


def _load_figures() -> dict[type, Reducer]:
    figure: Any = sys.modules["matplotlib.figure"]
    return {figure.Figure: _reduce_figure} if hasattr(figure, "Figure") else {}


def _reduce_figure(figure: Any) -> Any:
    """As it pickles itself, without the note that pyplot should show it again wherever it is loaded."""
    function, arguments, state, *rest = figure.__reduce_ex__(2)
    state.pop("_restore_to_pylab", None)
    return (function, arguments, state, *rest)


def _cached(library: str, version: int, load: Callable[[], dict[type, Reducer]]) -> dict[type, Reducer]:
    key = (library, version)
    found = _made.get(key)
    if found is None:
        found = load()
        if found:
            _made[key] = found
    return found


_LIBRARIES: dict[str, Callable[[Scope], dict[type, Reducer]]] = {
    "pyarrow": _arrow,
    "polars": _polars,
    "torch": _torch,
    "PIL.Image": _pictures,
    "matplotlib.figure": _figures,
}
