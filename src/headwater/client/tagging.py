"""The tags of a run as the client sees and changes them: the documents decide, and the index is told."""

import os
from collections.abc import Iterable
from contextlib import suppress

from headwater.client.reader import Reader
from headwater.errors import IndexUnusable
from headwater.metadata import tags as documents
from headwater.metadata.tags import TagChange
from headwater.records.tags import TagsRecord
from headwater.settings import find_user


def user_tags(reader: Reader, flow: str, run_id: str) -> frozenset[str]:
    """The user's tags of a run as they stand now."""
    row = reader.run_row(flow, run_id)
    number = documents.newest_number(reader.documents, flow, run_id)
    if number <= row.tags_number:
        return frozenset(row.tags)
    # Whoever made the change has another index, or died before it could tell this one.
    found = documents.read_change(reader.documents, flow, run_id, number)
    _tell_index(reader, flow, run_id, found)
    return frozenset(found.tags)


def system_tags(reader: Reader, flow: str, run_id: str) -> frozenset[str]:
    """The tags of a run that never change."""
    row = reader.run_row(flow, run_id)
    return frozenset((*row.system_tags, f"user:{row.user}"))


def change_tags(
    reader: Reader, flow: str, run_id: str, add: Iterable[str] = (), remove: Iterable[str] = ()
) -> TagChange:
    """Remove tags from a run and then add some, all at once; `TagError` when it cannot be, and nothing was changed."""
    run = reader.run_record(flow, run_id)
    change = documents.change_tags(reader.documents, run, find_user(os.environ), add, remove)
    if change.written:
        _tell_index(reader, flow, run_id, change.record)
    return change


def _tell_index(reader: Reader, flow: str, run_id: str, tags: TagsRecord) -> None:
    with suppress(IndexUnusable):  # the document has it, and is looked at again when the run's tags are asked for
        reader.rows.set_tags(flow, run_id, tags)
