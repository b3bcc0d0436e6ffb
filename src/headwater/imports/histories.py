"""The imports of a root, opened; and the runs of the root and of its imports as one.

A run of the root itself goes before one of an import that bears the same name, and an earlier import before a later.
"""

import os
from collections.abc import Callable, Iterator
from contextlib import suppress

from headwater import plugins
from headwater.errors import BlobError, ImportedRun, RecordError, StorageError
from headwater.imports.catalogue import import_numbers, read_import, tags_folder
from headwater.imports.history import History
from headwater.imports.storage import SourceStorage
from headwater.metadata.open import index_path, open_index_file
from headwater.records.artifact import BlobRef
from headwater.records.imports import ImportRecord
from headwater.storage import layout
from headwater.storage.base import Bytes, Entry, Names, Storage


class Histories:
    """The imports of one root. None of this costs more than a look while there are none."""

    def __init__(self, storage: Storage) -> None:
        self._storage = storage
        self._numbers: list[int] = []
        self._opened: list[History] = []
        #: What is wrong with an import's own document.
        self.damaged: list[str] = []
        self.refresh()

    def __iter__(self) -> Iterator[History]:
        return iter(self._opened)

    def __bool__(self) -> bool:
        return bool(self._opened)

    def close(self) -> None:
        for history in self._opened:
            history.close()

    def refresh(self) -> None:
        """Look which imports there are now."""
        numbers = import_numbers(self._storage)
        if numbers == self._numbers:
            return
        self.close()
        self._numbers, self._opened, self.damaged = numbers, [], []
        for number in numbers:
            try:
                record = read_import(self._storage, number)
            except RecordError as exc:  # the other imports, and the root's own runs, can be read
                self.damaged.append(str(exc))
                continue
            if record is not None:
                self._opened.append(open_history(record, self._storage))

    def catch_up(self) -> None:
        """Bring the news of every store into its index."""
        self.refresh()
        for place, history in enumerate(self._opened):
            with suppress(StorageError):  # of a store that cannot be read, the index tells what was there
                history.catch_up(self._taken_before(place))

    def find(self, flow: str, run_id: str) -> History | None:
        """The import that has a run; None for a run of the root's own, and for one that is nowhere."""
        if not self._opened or self._storage.exists(layout.run_record(flow, run_id)):
            return None
        return next((history for history in self._opened if history.knows(flow, run_id)), None)

    def refuse(self, flow: str, run_id: str, deed: str) -> None:
        """`HeadwaterError` when a run is imported, and so cannot be done what takes a run of the root's own."""
        history = self.find(flow, run_id)
        if history is not None:
            raise ImportedRun(f"{flow}/{run_id}", history.record.folder, history.record.number, deed)

    def troubles(self) -> list[str]:
        """What keeps imports from being read, in a sentence each."""
        return [*self.damaged, *(history.missing() for history in self._opened if not history.is_there())]

    def refuse_flow(self, flow: str, deed: str) -> None:
        """The same for a flow of which the root has no run of its own."""
        for history in self._opened:
            if history.index.flows().count(flow) or (history.is_there() and flow in history.source.flows()):
                raise ImportedRun(flow, history.record.folder, history.record.number, deed)

    def why_missing(self, flow: str, run_id: str, key: str) -> str | None:
        """What keeps a document of an imported run from being made; None where the run is not imported."""
        history = self.find(flow, run_id)
        if history is None:
            return None
        whole = key == layout.run_record(flow, run_id)
        place = f"{flow}/{run_id}" if whole else key.split("/", 1)[1].replace("/tasks/", "/", 1)
        place = place.removesuffix(".json").partition("@")[0]
        reasons = [one.reason for one in history.source.unreadable() if f"{one.place} ".startswith(f"{place} ")]
        return f"{place} cannot be read from {history.record.folder}, which was imported: " + (
            reasons[0] if reasons else "what it is told by is not there any more."
        )

    def load_blob(self, ref: BlobRef, label: str) -> bytes:
        """The bytes that a document of an import refers to."""
        for history in self._opened:
            if ref.at.startswith(history.source.prefix):
                history.check()
                return history.source.load_blob(ref, label)
        raise BlobError(f"{label} is kept by an import ({ref.at}) that {self._storage.url} has no more.")

    def _taken_before(self, place: int) -> Callable[[str, str], bool]:
        def is_taken(flow: str, run_id: str) -> bool:
            own = self._storage.exists(layout.run_record(flow, run_id))
            return own or any(other.has_run(flow, run_id) for other in self._opened[:place])

        return is_taken


class EveryRun(Storage):
    """A root's storage in which the runs of its imports can be read, too. Of these only tags can be written."""

    def __init__(self, storage: Storage, histories: Histories) -> None:
        self._storage = storage
        self._histories = histories

    @property
    def url(self) -> str:
        return self._storage.url

    def read(self, key: str) -> bytes:
        storage, place = self._locate(key)
        return storage.read(place)

    def read_range(self, key: str, start: int, length: int) -> bytes:
        storage, place = self._locate(key)
        return storage.read_range(place, start, length)

    def size(self, key: str) -> int | None:
        storage, place = self._locate(key)
        return storage.size(place)

    def list(self, prefix: str) -> Iterator[Entry]:
        storage, place = self._locate(prefix)
        return storage.list(place)

    def list_names(self, prefix: str) -> Names:
        storage, place = self._locate(prefix)
        return storage.list_names(place)

    def create(self, key: str, data: Bytes) -> bool:
        storage, place = self._locate(key)
        return storage.create(place, data)

    def overwrite(self, key: str, *parts: Bytes) -> None:
        storage, place = self._locate(key)
        storage.overwrite(place, *parts)

    def delete(self, key: str) -> None:
        storage, place = self._locate(key)
        storage.delete(place)

    def _locate(self, key: str) -> tuple[Storage, str]:
        """Where a key is, and what it is called there."""
        parts = key.split("/")
        if len(parts) < 3 or parts[0] != layout.FLOWS:
            return self._storage, key
        flow, run_id = parts[1:3]
        history = self._histories.find(flow, run_id)
        if history is None:
            return self._storage, key
        tags = layout.all_tags(flow, run_id)
        if key == tags or key.startswith(f"{tags}/"):
            return self._storage, tags_folder(history.record.number, flow, run_id) + key.removeprefix(tags)
        history.check()
        return SourceStorage(history.source), key


def refuse_imported(storage: Storage, flow: str, run_id: str, deed: str) -> None:
    """`ImportedRun` when a run that the root has not itself is one of an import."""
    histories = Histories(storage)
    try:
        histories.refuse(flow, run_id, deed)
    finally:
        histories.close()


def open_history(record: ImportRecord, storage: Storage) -> History:
    """An import with its index, which is a file beside that of the root."""
    source = plugins.load("history", record.kind)(record.folder, record.number)
    path = index_path(storage, os.environ)
    own = path.with_name(f"{path.stem}-import-{record.number}.db") if path else None
    return History(record, source, storage, open_index_file(storage, own))


def remove_index(number: int, storage: Storage) -> None:
    """The index of an import that is forgotten."""
    path = index_path(storage, os.environ)
    for suffix in ("", "-wal", "-shm") if path else ():
        assert path is not None
        path.with_name(f"{path.stem}-import-{number}.db{suffix}").unlink(missing_ok=True)
