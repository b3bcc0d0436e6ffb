"""Files that a command writes where it was told to."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from headwater.errors import HeadwaterError, StorageError


def require_empty(folder: Path) -> None:
    """What is to be filled is new or empty: nothing is mixed with what is there."""
    if folder.is_dir() and any(folder.iterdir()):
        raise StorageError(f"{folder} is not empty. Name a folder that is, or one to be made.")


@contextmanager
def writing(target: Path | str) -> Iterator[None]:
    """Around the writing of a file or folder that was named."""
    try:
        yield
    except HeadwaterError:  # of the root that is read, which may be an OSError as well
        raise
    except OSError as exc:
        raise StorageError(f"{target} cannot be written: {exc.strerror}. Name another place.") from exc
