"""Reading documents: the one place where a key becomes a record, and where it stands is told when it cannot."""

from typing import TypeVar

from headwater.records.base import Document, decode
from headwater.storage.base import Storage

D = TypeVar("D", bound=Document)


def find_document(storage: Storage, kind: type[D], key: str) -> D | None:
    """The document under a key, or None when there is none; `RecordError` when it is damaged or too new."""
    try:
        data = storage.read(key)
    except KeyError:
        return None
    return decode(kind, data, f"{storage.url}/{key}")
