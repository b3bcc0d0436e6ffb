"""The files of a Metaflow datastore in a folder, read so that nothing outside of it is met.

<Flow>/<run>/_meta/_self.json                     who, when, tags
<Flow>/<run>/<step>/<task>/<attempt>.*            what an attempt left
<Flow>/<run>/<step>/<task>/_meta/*.json           facts of a task, each a file
<Flow>/data/<2 hex>/<sha1>                        values: pickles, compressed
data/<Flow>/<sha1>                                files that `IncludeFile` took in, compressed
mf.cards/<Flow>/runs/<run>/steps/<step>/tasks/<task>/cards/*.html
mf.cards/<Flow>/runs/<run>/steps/<step>/tasks/<task>/runtime/*.data.json  what the components of those held
"""

import os
from collections.abc import Iterator
from typing import Any, TypeVar

import msgspec

from headwater.errors import InvalidName, RecordError, StorageError
from headwater.imports.source import Unreadable
from headwater.names import validate_flow, validate_run_id, validate_step, validate_task_id

META = "_meta"
PARAMETERS = "_parameters"
CARDS = "mf.cards"
INCLUDED = "data"
_FLAGS = os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW
_NOT_FLOWS = frozenset({CARDS, INCLUDED, META})
_ABSENT = (FileNotFoundError, NotADirectoryError, IsADirectoryError)

T = TypeVar("T")


class Listing:
    """What a folder holds: names of files and of folders; links are neither."""

    __slots__ = ("files", "folders")

    def __init__(self, path: str) -> None:
        self.files: list[str] = []
        self.folders: list[str] = []
        try:
            with os.scandir(path) as entries:
                for entry in entries:
                    if entry.is_dir(follow_symlinks=False):
                        self.folders.append(entry.name)
                    elif entry.is_file(follow_symlinks=False):
                        self.files.append(entry.name)
        except _ABSENT:
            pass
        except OSError as exc:
            raise StorageError(f"{path} cannot be read: {exc.strerror}. Check that you may read the folder.") from exc


class DatastoreFiles:
    """One `.metaflow` folder."""

    def __init__(self, folder: str) -> None:
        self.folder = folder
        self._prefix = folder.rstrip("/") + "/"
        self._real = os.path.realpath(folder).rstrip("/") + "/"
        self.unreadable: dict[str, Unreadable] = {}

    def path(self, *parts: str) -> str:
        return self._prefix + "/".join(parts)

    def flows(self) -> list[str]:
        found = Listing(self.folder).folders
        return sorted(
            name
            for name in found
            if name not in _NOT_FLOWS and name.isidentifier() and os.path.isdir(self.path(name, META))
        )

    def runs(self, flow: str) -> list[str]:
        validate_flow(flow)
        return sorted(name for name in Listing(self.path(flow)).folders if name != INCLUDED and _is_run_id(name))

    def has_run(self, flow: str, run_id: str) -> bool:
        """Whether the run's own document is there."""
        if run_id == INCLUDED or not (flow.isidentifier() and _is_run_id(run_id)):
            return False
        links = (self.path(flow), self.path(flow, run_id), self.path(flow, run_id, META))
        return os.path.isfile(self.path(flow, run_id, META, "_self.json")) and not any(map(os.path.islink, links))

    def steps(self, flow: str, run_id: str) -> list[str]:
        found = Listing(self.path(validate_flow(flow), validate_run_id(run_id))).folders
        return sorted(name for name in found if _is_valid(validate_step, name))

    def tasks(self, flow: str, run_id: str, step: str) -> list[str]:
        """In the order in which they were begun."""
        if step != PARAMETERS:
            validate_step(step)
        found = Listing(self.path(validate_flow(flow), validate_run_id(run_id), step)).folders
        return sorted((name for name in found if name != META and _is_valid(validate_task_id, name)), key=_in_order)

    def value_sizes(self, flow: str) -> Iterator[int]:
        """Bytes of every value of a flow, as it is stored."""
        for folder in Listing(self.path(flow, "data")).folders:
            for name in Listing(self.path(flow, "data", folder)).files:
                if not name.endswith("_meta"):
                    yield os.stat(self.path(flow, "data", folder, name)).st_size

    def changed_ns(self, *parts: str) -> int:
        """When a folder last changed; 0 where there is none."""
        try:
            return os.stat(self.path(*parts), follow_symlinks=False).st_mtime_ns
        except OSError:
            return 0

    def read(self, *parts: str) -> bytes | None:
        """A file whole; None where there is none. `RecordError` when it may not be read, or is a link."""
        path = self.path(*parts)
        try:
            fd = os.open(path, _FLAGS)
        except _ABSENT:
            return None
        except OSError as exc:
            raise RecordError(f"{path} cannot be read: {exc.strerror}. Check that it is a file you may read.") from exc
        with os.fdopen(fd, "rb") as file:
            return file.read()

    def read_json(self, kind: type[T], *parts: str) -> T | None:
        """A JSON document; None where there is none, `RecordError` when it is damaged."""
        data = self.read(*parts)
        if data is None:
            return None
        try:
            return msgspec.json.decode(data, type=kind)
        except (msgspec.DecodeError, UnicodeDecodeError) as exc:
            raise RecordError(
                f"{self.path(*parts)} is damaged or cut off ({len(data)} bytes): {exc}. Restore it from a copy."
            ) from exc

    def find_json(self, kind: type[T], *parts: str) -> T | None:
        """The same; what is damaged is noted and counts as absent."""
        try:
            return self.read_json(kind, *parts)
        except RecordError as exc:
            self.note("/".join(parts), str(exc))
            return None

    def note(self, place: str, reason: str) -> None:
        """Something could not be read, and was left out."""
        self.unreadable[place] = Unreadable(place, reason)

    def contains(self, path: str) -> bool:
        """Whether a path leads to something inside the folder, links followed."""
        return os.path.realpath(path).startswith(self._real)


def _is_valid(check: Any, name: str) -> bool:
    try:
        check(name)
    except InvalidName:
        return False
    return True


def _is_run_id(name: str) -> bool:
    return name != META and _is_valid(validate_run_id, name)


def _in_order(task_id: str) -> tuple[int, str]:
    digits = task_id.split("_")[0].split("-")[0]
    return (int(digits) if digits.isdigit() else 0, task_id)
