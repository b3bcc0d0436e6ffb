"""An image that stands in the page itself."""

import base64
import io
import os
from pathlib import Path
from typing import Any

from headwater.cards.base import Component
from headwater.errors import CardError
from headwater.markup.elements import Markup, element, empty_element

#: How files of each type begin; SVG is text and told by its first tag.
_SIGNATURES = (
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"GIF8", "image/gif"),
    (b"BM", "image/bmp"),
    (b"\x00\x00\x01\x00", "image/x-icon"),
)
_DPI = 110  # of a figure, on a page that is read on a screen


class Image(Component):
    """An image: its bytes (PNG, JPEG, GIF, WebP, AVIF, BMP or SVG), the path of its file, or a `data:` URI."""

    REALTIME_UPDATABLE = True

    def __init__(
        self, src: bytes | str | os.PathLike[str] | None = None, label: str | None = None, disable_updates: bool = True
    ) -> None:
        """`label` stands below it. `disable_updates`: the data of the card do not have it."""
        self.label = label
        self.disable_updates = disable_updates
        self._uri = _as_uri(src)

    @classmethod
    def from_pil_image(cls, pilimage: Any, label: str | None = None, disable_updates: bool = True) -> "Image":
        return cls(_pil_bytes(pilimage), label, disable_updates)

    @classmethod
    def from_matplotlib(cls, plot: Any, label: str | None = None, disable_updates: bool = True) -> "Image":
        """Of a figure, of axes, or of any artist in a figure."""
        return cls(_figure_bytes(plot), label, disable_updates)

    def update(self, image: Any, label: str | None = None) -> None:
        """Another image: what the class takes, an image of PIL, or a figure."""
        self._uri = _as_uri(_any_bytes(image))
        self.label = self.label if label is None else label

    def render(self) -> str:
        if not self._uri:
            return element("p", "No image yet", cls="quiet")
        picture = empty_element("img", src=self._uri, alt=str(self.label or "Image"))
        caption = element("figcaption", self.label) if self.label else None
        return element("figure", picture, caption, cls="picture")

    def to_data(self) -> Any:
        return None if self.disable_updates else {"src": self._uri, "label": self.label}


def _as_uri(src: Any) -> str:
    if src is None:
        return ""
    if isinstance(src, str) and src.startswith("data:image/"):
        return src
    if isinstance(src, str) and src.startswith(("http://", "https://")):
        raise CardError(
            f"A card loads nothing from the web, so it cannot show {src}. Give Image the bytes of the image."
        )
    data = _read(src) if isinstance(src, str | os.PathLike) else src
    if not isinstance(data, bytes | bytearray | memoryview):
        raise CardError(
            f"Image takes the bytes of an image or the path of its file, not {type(src).__name__}. "
            "Image.from_matplotlib takes figures and Image.from_pil_image images of PIL."
        )
    data = bytes(data)
    return f"data:{_type_of(data)};base64,{base64.b64encode(data).decode()}"


def _read(path: str | os.PathLike[str]) -> bytes:
    try:
        return Path(path).read_bytes()
    except (OSError, ValueError) as exc:  # ValueError: what no path can be
        reason = getattr(exc, "strerror", None) or str(exc)
        raise CardError(f"The image {os.fspath(path)!r} cannot be read: {reason}. Correct its path.") from exc


def _type_of(data: bytes) -> str:
    for begin, name in _SIGNATURES:
        if data.startswith(begin):
            return name
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return "image/webp"
    if data[4:12] == b"ftypavif":
        return "image/avif"
    head = data[:1000].lstrip(b"\xef\xbb\xbf \t\r\n")
    if head.startswith((b"<svg", b"<?xml", b"<!--", b"<!DOCTYPE svg")) and b"<svg" in data:
        return "image/svg+xml"
    raise CardError(
        "These bytes are no image that a browser shows. Give Image PNG, JPEG, GIF, WebP, AVIF, BMP or SVG; "
        "Image.from_pil_image takes others."
    )


def _any_bytes(image: Any) -> Any:
    """The bytes of an image of PIL or of a figure; anything else as it is."""
    if hasattr(image, "savefig") or hasattr(image, "get_figure"):
        return _figure_bytes(image)
    return _pil_bytes(image) if hasattr(image, "convert") and hasattr(image, "save") else image


def _pil_bytes(image: Any) -> bytes:
    if not (hasattr(image, "save") and hasattr(image, "mode")):
        raise CardError(f"Image.from_pil_image takes an image of PIL, not {type(image).__name__}.")
    with io.BytesIO() as file:
        fits = image.mode in ("1", "L", "LA", "P", "RGB", "RGBA", "I;16")
        (image if fits else image.convert("RGB")).save(file, format="PNG", compress_level=3)
        return file.getvalue()


def _figure_bytes(plot: Any) -> bytes:
    figure = plot
    if not hasattr(figure, "savefig") and hasattr(plot, "get_figure"):
        figure = plot.get_figure()
    if not hasattr(figure, "savefig"):
        raise CardError(f"Image.from_matplotlib takes a figure or axes of matplotlib, not {type(plot).__name__}.")
    with io.BytesIO() as file:
        figure.savefig(file, format="png", dpi=_DPI, bbox_inches="tight")
        return file.getvalue()


def as_image(value: Any) -> Markup | None:
    """An image or a figure that stands in a table; None of anything else, and of what only looks like one."""
    try:
        data = _any_bytes(value)
        return Markup(Image(data).render()) if data is not value else None
    except CardError:
        return None
