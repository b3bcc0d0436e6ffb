"""The imports of a root as documents: found, added and taken away.

imports/<n>.json                                 what is imported; see `records.imports`
    imports/<n>.gone                              it was taken away: the number is not used again
imports/<n>/tags/<Flow>/<run id>/<k>.json        tags that were changed here, as `tags/<k>.json` of a run of ours
"""

from collections.abc import Iterable

from headwater.records.base import encode
from headwater.records.imports import ImportRecord
from headwater.storage.base import Storage
from headwater.storage.documents import find_document

FOLDER = "imports"


def import_key(number: int) -> str:
    return f"{FOLDER}/{number}.json"


def tags_folder(number: int, flow: str, run_id: str) -> str:
    return f"{FOLDER}/{number}/tags/{flow}/{run_id}"


def import_numbers(storage: Storage) -> list[int]:
    """Those that a root has, in the order in which they were made."""
    return _numbers(storage, ".json")


def _numbers(storage: Storage, ending: str) -> list[int]:
    stems = (name.removesuffix(ending) for name in storage.list_names(FOLDER) if name.endswith(ending))
    return sorted(int(stem) for stem in stems if stem.isascii() and stem.isdigit())


def read_import(storage: Storage, number: int) -> ImportRecord | None:
    """None when it was taken away; `RecordError` when it is damaged."""
    return find_document(storage, ImportRecord, import_key(number))


def list_imports(storage: Storage) -> list[ImportRecord]:
    found = (read_import(storage, number) for number in import_numbers(storage))
    return [record for record in found if record is not None]


def add_import(storage: Storage, kind: str, folder: str, user: str, at: float, flows: Iterable[str]) -> ImportRecord:
    """A new document, of a number that none had before."""
    number = max([*_numbers(storage, ".json"), *_numbers(storage, ".gone")], default=0)
    while True:
        number += 1
        record = ImportRecord(
            number=number, kind=kind, folder=folder, imported_at=at, user=user, flows=tuple(sorted(set(flows)))
        )
        if storage.create(import_key(number), encode(record)):
            return record


def count_tagged(storage: Storage, number: int) -> int:
    """Runs of an import whose tags were changed here."""
    prefix = f"{FOLDER}/{number}/tags"
    return len({entry.key.rpartition("/")[0] for entry in storage.list(prefix)})


def remove_import(storage: Storage, number: int) -> None:
    """Forget an import and what was added to its runs here; the store itself is not touched."""
    storage.create(f"{FOLDER}/{number}.gone", b"")
    storage.delete(import_key(number))
    for entry in list(storage.list(f"{FOLDER}/{number}")):
        storage.delete(entry.key)
