"""Images of PIL, without loss: the very bytes of the file that an image was read from, else PNG.

Whether an image still is what its file holds is found by reading the file again. What PNG cannot hold exactly is
pickled as PIL does it.
"""

import io
from typing import Any

from PIL import Image, ImageFile, UnidentifiedImageError

_MODES = ("1", "L", "LA", "RGB", "RGBA", "I;16")  # which PNG holds exactly
_LARGEST_FILE = 64 << 20  # bytes
_FAST = 1  # PNG's compression: ten times as fast as the default, and a tenth larger


def kinds() -> list[type]:
    """Every class of images that is known now."""
    found: list[Any] = [Image.Image]
    for kind in found:
        found += [each for each in kind.__subclasses__() if each not in found]
    return [kind for kind in found if kind is Image.Image or issubclass(kind, ImageFile.ImageFile)]


def reduce_image(image: Any) -> Any:
    encoded = file_bytes(image)
    if encoded is not None:
        return rebuild_file, (encoded, image.tell())
    if type(image) is Image.Image and image.mode in _MODES and image.width and image.height:
        with io.BytesIO() as file:
            image.save(file, format="PNG", compress_level=_FAST)
            return rebuild_image, (file.getvalue(), image.info)
    return image.__reduce_ex__(5)


def rebuild_file(encoded: bytes, frame: int = 0) -> Any:
    """Named in pickles. The image as it is read from such a file, at one of its frames."""
    image: Any = Image.open(io.BytesIO(encoded))
    if frame:
        image.seek(frame)
    image.load()
    image.headwater_file = encoded  # so that it is known when it is stored again
    return image


def rebuild_image(encoded: bytes, info: dict[str, Any]) -> Any:
    """Named in pickles. An image without a file."""
    with Image.open(io.BytesIO(encoded)) as file:
        image = file.copy()
    image.info = dict(info)
    return image


def file_bytes(image: Any) -> bytes | None:
    """What the file of an image holds, all frames of it, when the image was not changed since it was read."""
    if not isinstance(image, ImageFile.ImageFile):
        return None
    encoded = _read_file(image)
    if encoded is None:
        return None
    try:
        again = rebuild_file(encoded, image.tell())
    except (OSError, EOFError, ValueError, SyntaxError, UnidentifiedImageError):
        return None
    return encoded if type(again) is type(image) and again == image else None


def _read_file(image: Any) -> bytes | None:
    """The bytes that it is read from, or was: of an open stream, else of its file, if that is there still."""
    known: bytes | None = getattr(image, "headwater_file", None)
    if known is not None:
        return known
    stream = getattr(image, "fp", None)
    try:
        if stream is not None:
            place = stream.tell()
            stream.seek(0)
            encoded: bytes = stream.read(_LARGEST_FILE + 1)
            stream.seek(place)
        elif image.filename:
            with open(image.filename, "rb") as file:
                encoded = file.read(_LARGEST_FILE + 1)
        else:
            return None
    except (OSError, ValueError):  # closed, or gone
        return None
    return encoded if len(encoded) <= _LARGEST_FILE else None
