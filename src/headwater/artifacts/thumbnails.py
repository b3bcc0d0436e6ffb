"""Small pictures of images and figures: a PNG of at most 160 by 120 pixels, as base64 of at most 6 KiB.

What would take long is not drawn: huge images, and figures with very many points.
"""

import base64
import io
import sys
import warnings
from typing import Any

_LARGEST = (160, 120)  # pixels
_SIZES = (1.0, 0.75, 0.5, 0.35)  # of the largest, until the bytes are few enough
_COLOURS = 48
_MOST_BYTES = 4608  # which are 6 KiB as base64
_MOST_PIXELS = 40_000_000
_MOST_POINTS = 20_000
_MOST_ARTISTS = 400
_MODES = ("1", "L", "LA", "P", "RGB", "RGBA", "CMYK", "YCbCr", "HSV")


def image_thumbnail(image: Any) -> str | None:
    """None for an image that is too large, or of numbers that are no colours."""
    if image.mode not in _MODES or not 0 < image.width * image.height <= _MOST_PIXELS:
        return None
    scale = min(1.0, _LARGEST[0] / image.width, _LARGEST[1] / image.height)
    small = image if scale == 1.0 else image.resize(_scaled(image, scale), reducing_gap=2.0)
    has_alpha = small.mode in ("LA", "RGBA") or "transparency" in small.info
    small = small.convert("RGBA" if has_alpha else "RGB")
    for factor in _SIZES:
        sized = small if factor == 1.0 else small.resize(_scaled(small, factor))
        data = _as_png(sized)
        if len(data) <= _MOST_BYTES:
            return base64.b64encode(data).decode()
    return None


def figure_thumbnail(figure: Any) -> str | None:
    """None for a figure that would take long to draw."""
    if points_in(figure) > _MOST_POINTS:
        return None
    width, height = figure.get_size_inches()
    dpi = min(_LARGEST[0] / width, _LARGEST[1] / height)
    with io.BytesIO() as file, warnings.catch_warnings():
        warnings.simplefilter("ignore")  # about letters and layouts; whoever draws it in full will see them
        figure.savefig(file, format="png", dpi=dpi)
        image: Any = sys.modules["PIL.Image"]  # by which matplotlib writes PNG
        file.seek(0)
        return image_thumbnail(image.open(file))


def _scaled(image: Any, factor: float) -> tuple[int, int]:
    return max(1, int(image.width * factor)), max(1, int(image.height * factor))


def _as_png(image: Any) -> bytes:
    method = 2 if image.mode == "RGBA" else 0  # an octree is the only one that knows transparency
    few = image.quantize(_COLOURS, method=method)
    with io.BytesIO() as file:
        few.save(file, format="PNG", optimize=True)
        return file.getvalue()


def points_in(figure: Any) -> int:
    """About how many points are to be drawn."""
    total = 0
    for axes in figure.axes:
        total += sum(len(line.get_xdata(orig=True)) for line in axes.lines)
        total += sum(max(len(each.get_offsets()), len(each.get_paths())) for each in axes.collections)
        total += sum(each.get_array().size // 50 for each in axes.images)
        total += (len(axes.patches) + len(axes.texts)) * (_MOST_POINTS // _MOST_ARTISTS)
    return total
