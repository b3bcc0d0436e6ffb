"""The images and figures that a step set, as large as one looks at them: drawn while they are in memory anyhow.

What would take long is left to the small picture that stands among the artifacts: a card is made within the task.
"""

import base64
import io
import warnings
from collections.abc import Iterator, Mapping
from typing import Any

from headwater.artifacts.thumbnails import points_in
from headwater.cards.page import section
from headwater.markup.elements import Markup, code, element, empty_element
from headwater.records.artifact import ArtifactRef

_LARGEST = (520, 400)  # pixels
_DPI = 100
_DPI = 100
_MOST_IMAGES, _MOST_FIGURES = 2, 1
_MOST_PIXELS = 4_000_000  # of an image that is made smaller
_MOST_POINTS = 5_000  # of a figure that is drawn again


def pictures(refs: Mapping[str, ArtifactRef], flow: Any) -> Markup | None:
    """`refs`: what the step set; `flow`: its own, which has the values."""
    values = vars(flow) if flow is not None else {}
    known = {name: values[name] for name, ref in refs.items() if "thumbnail" in ref.summary and name in values}
    drawn = [element("figure", picture, element("figcaption", code(name))) for name, picture in _drawn(known)]
    return section("Pictures", element("div", *drawn, cls="gallery")) if drawn else None


def _drawn(values: Mapping[str, Any]) -> Iterator[tuple[str, Markup]]:
    left = {_image: _MOST_IMAGES, _figure: _MOST_FIGURES}
    for name, value in values.items():
        draw = _figure if hasattr(value, "savefig") else _image
        if not left[draw]:
            continue
        try:
            uri = draw(value)
        except Exception:  # noqa: BLE001  a library's own failure; the small picture stands among the artifacts
            continue
        if uri:
            left[draw] -= 1
            yield name, empty_element("img", src=uri, alt=name)


def _image(image: Any) -> str:
    """As JPEG, or as PNG where something shines through."""
    width, height = image.size
    if width * height > _MOST_PIXELS:
        return ""
    scale = min(1.0, _LARGEST[0] / width, _LARGEST[1] / height)
    if scale < 1:
        image = image.resize((max(1, round(width * scale)), max(1, round(height * scale))), reducing_gap=2.0)
    clear = image.mode in ("LA", "RGBA", "P", "1")  # or few colours, of which JPEG would make a blur
    return _saved(image, "PNG", compress_level=1) if clear else _saved(image.convert("RGB"), "JPEG", quality=85)


def _figure(figure: Any) -> str:
    if points_in(figure) > _MOST_POINTS:
        return ""
    width, height = figure.get_size_inches()
    with io.BytesIO() as file, warnings.catch_warnings():
        warnings.simplefilter("ignore")  # about letters and layouts, which are said where the figure is stored
        figure.savefig(file, format="png", dpi=min(_DPI, _LARGEST[0] / width, _LARGEST[1] / height))
        return _uri("png", file.getvalue())


def _saved(image: Any, form: str, **options: int) -> str:
    with io.BytesIO() as file:
        image.save(file, format=form, **options)
        return _uri(form.lower(), file.getvalue())


def _uri(form: str, data: bytes) -> str:
    return f"data:image/{form};base64,{base64.b64encode(data).decode()}"
