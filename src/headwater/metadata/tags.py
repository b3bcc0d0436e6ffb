"""The tags of a run as they stand in its documents, and how they are changed.

A change is a new document, `tags/<n>.json`, put where none was; n is the highest number there is and one more. Whoever
loses the race for a number reads what the winner wrote and applies its own change to that, so no change is lost.
"""

import time
from collections.abc import Iterable
from typing import NamedTuple

from headwater.errors import NotFound
from headwater.metadata import tag_rules
from headwater.metadata.rebuild import tag_numbers
from headwater.records.base import encode
from headwater.records.run import RunRecord
from headwater.records.tags import TagsRecord
from headwater.storage import layout
from headwater.storage.base import Storage
from headwater.storage.documents import find_document


class TagChange(NamedTuple):
    """What a change of a run's tags came to."""

    before: tuple[str, ...]  # the user's tags, sorted
    record: TagsRecord  # the tags as they stand now; of number 0 when the run's own record has them
    written: bool  # False: the tags were so already

    @property
    def added(self) -> tuple[str, ...]:
        return tuple(tag for tag in self.record.tags if tag not in self.before)

    @property
    def removed(self) -> tuple[str, ...]:
        return tuple(tag for tag in self.before if tag not in self.record.tags)


def system_tags(run: RunRecord) -> frozenset[str]:
    """The tags of a run that never change."""
    return frozenset((*run.system_tags, f"user:{run.user}"))


def read_tags(storage: Storage, run: RunRecord) -> TagsRecord:
    """The user's tags as they stand; number 0 when they were never changed."""
    number = newest_number(storage, run.flow, run.run_id)
    if not number:
        return TagsRecord(number=0, tags=tuple(sorted(set(run.tags))), user=run.user, changed_at=run.created_at)
    return read_change(storage, run.flow, run.run_id, number)


def newest_number(storage: Storage, flow: str, run_id: str) -> int:
    """The number of the newest change; 0 when there was none."""
    return max(tag_numbers(storage, flow, run_id), default=0)


def read_change(storage: Storage, flow: str, run_id: str, number: int) -> TagsRecord:
    key = layout.tags(flow, run_id, number)
    found = find_document(storage, TagsRecord, key)
    if found is None:
        raise NotFound(f"The document {key} is missing from {storage.url}. Was the run removed?")
    return found


def change_tags(
    storage: Storage, run: RunRecord, user: str, add: Iterable[str] = (), remove: Iterable[str] = ()
) -> TagChange:
    """Remove tags and then add some, all at once; `TagError` changes nothing."""
    wanted, unwanted = frozenset(add), frozenset(remove)
    while True:
        standing = read_tags(storage, run)
        tags = tag_rules.change_tags(standing.tags, system_tags(run), wanted, unwanted)
        if tags == standing.tags:
            return TagChange(standing.tags, standing, written=False)
        changed = TagsRecord(number=standing.number + 1, tags=tags, user=user, changed_at=time.time())
        key = layout.tags(run.flow, run.run_id, changed.number)
        if storage.create(key, encode(changed)):
            if not storage.exists(layout.run_record(run.flow, run.run_id)):
                storage.delete(key)
                raise NotFound(f"{run.flow}/{run.run_id} was removed from {storage.url}. It cannot be tagged any more.")
            return TagChange(standing.tags, changed, written=True)
