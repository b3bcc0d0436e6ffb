"""Files written below a folder, by names that come from elsewhere: none is written outside it."""

from pathlib import Path, PurePosixPath

from headwater.errors import StorageError


def write_below(folder: Path, name: str, content: bytes | bytearray | memoryview, owner: str) -> Path:
    """Write one file, in folders that are made if need be; `owner` is what names it, for the error."""
    relative = PurePosixPath(name)
    if relative.is_absolute() or ".." in relative.parts or not relative.parts:
        raise StorageError(
            f"{owner} names the file {name!r}, which would lie outside {folder}. It was not written; do not trust "
            "the rest of it."
        )
    path = folder / relative
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    return path
