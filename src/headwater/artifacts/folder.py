"""A folder as a value: `self.model = Folder("checkpoints")` keeps its files as they are when the step ends.

Each file is a buffer of its own beside the pickle, so a large one is stored once however often it is kept, and is
mapped when it is read back, not copied.
"""

import mmap
import os
import stat
from collections.abc import Iterator, Mapping
from pathlib import Path
from pickle import PickleBuffer
from typing import Any

from headwater.artifacts.files import write_below
from headwater.errors import ArtifactError

_Content = bytes | bytearray | memoryview


class Folder:
    """The files below a folder: by relative path, with their bytes and whether they are executable.

    Links to files count as the files; links to folders and what is no file (sockets, pipes) are left out, and so are
    empty folders. Read back it is independent of the folder that it was made from.
    """

    def __init__(self, path: str | os.PathLike[str]) -> None:
        """`path` must be a folder; it is read when the artifact is stored, or when a file of it is asked for."""
        self._path: Path | None = Path(path)
        self._files: dict[str, _Content] = {}
        self._executable: frozenset[str] = frozenset()
        if not self._path.is_dir():
            raise ArtifactError(f"{self._path} is no folder, so it cannot be kept as one. Make it first.")

    @property
    def files(self) -> list[str]:
        """Relative paths, '/'-separated, sorted."""
        return sorted(self._sizes())

    @property
    def size(self) -> int:
        """Bytes in all files."""
        return sum(self._sizes().values())

    def __getitem__(self, name: str) -> bytes:
        """The bytes of one file; KeyError when there is none."""
        if self._path is None:
            return bytes(self._files[name])
        if name not in self._sizes():
            raise KeyError(name)
        return (self._path / name).read_bytes()

    def __iter__(self) -> Iterator[str]:
        return iter(self.files)

    def __len__(self) -> int:
        return len(self._sizes())

    def __contains__(self, name: object) -> bool:
        return name in self._sizes()

    def save(self, target: str | os.PathLike[str]) -> Path:
        """Write the files below a folder, which is made if need be; files that are there are replaced."""
        folder = Path(target)
        folder.mkdir(parents=True, exist_ok=True)
        contents, executable = self._contents()
        for name, content in contents.items():
            file = write_below(folder, name, content, "The folder that was kept")
            if name in executable:
                file.chmod(file.stat().st_mode | 0o111)
        return folder

    def summary(self) -> dict[str, Any]:
        """What is said of it without loading it."""
        names = self.files
        return {"files": len(names), "bytes": self.size, "names": names[:10]}

    def __reduce_ex__(self, protocol: Any) -> Any:
        contents, executable = self._contents()
        kept = {name: PickleBuffer(content) if protocol >= 5 else bytes(content) for name, content in contents.items()}
        return _restore, (kept, tuple(sorted(executable)))

    def __repr__(self) -> str:
        return f"<Folder of {len(self)} files, {self.size:,} bytes>"

    def _sizes(self) -> Mapping[str, int]:
        if self._path is None:
            return {name: len(memoryview(content)) for name, content in self._files.items()}
        return {name: found.st_size for name, found in _walk(self._path)}

    def _contents(self) -> tuple[Mapping[str, _Content], frozenset[str]]:
        if self._path is None:
            return self._files, self._executable
        found = list(_walk(self._path))
        contents = {name: _map(self._path / name) for name, _ in found}
        return contents, frozenset(name for name, status in found if status.st_mode & stat.S_IXUSR)


def _restore(files: dict[str, _Content], executable: tuple[str, ...]) -> Folder:
    folder = Folder.__new__(Folder)
    folder._path = None
    folder._files = files
    folder._executable = frozenset(executable)
    return folder


def _walk(root: Path) -> Iterator[tuple[str, os.stat_result]]:
    """(relative path, status) of every file, in order."""
    for directory, folders, files in os.walk(root):
        folders.sort()
        for name in sorted(files):
            path = os.path.join(directory, name)
            try:
                status = os.stat(path)
            except OSError:  # a link that leads nowhere, or a file that has just gone
                continue
            if stat.S_ISREG(status.st_mode):
                yield Path(path).relative_to(root).as_posix(), status


def _map(path: Path) -> _Content:
    """A file's bytes, which may be more than fits into memory."""
    with path.open("rb") as file:
        if os.fstat(file.fileno()).st_size == 0:
            return b""
        return memoryview(mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ))
