"""A file in which a run says who it is, for the program that started its command line."""

import json
import os
from collections.abc import Mapping
from pathlib import Path

from headwater.errors import StorageError


def write_attributes(path: str, attributes: Mapping[str, str]) -> None:
    """Write them as one JSON object, which is there whole or not at all; a pipe is written to as it is."""
    file = Path(path)
    text = json.dumps(dict(attributes))
    try:
        if file.exists() and not file.is_file():
            file.write_text(text)
            return
        temporary = file.with_name(f".{file.name}.{os.getpid()}")
        temporary.write_text(text)
        temporary.replace(file)
    except OSError as exc:
        raise StorageError(
            f"Who the run is cannot be written to {path}: {exc.strerror}. "
            "Give another file with --runner-attribute-file."
        ) from exc
