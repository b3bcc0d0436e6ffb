"""The tags of a run as they stand: each change is a document of its own, and the highest number wins."""

from headwater.records.base import Document


class TagsRecord(Document, frozen=True, kw_only=True, omit_defaults=True, tag="tags/1"):
    """The user's tags after a change; without such a document those of the run's record stand."""

    number: int  # from 1
    tags: tuple[str, ...] = ()  # all of them, sorted; system tags never change
    user: str = ""  # who changed them
    changed_at: float = 0.0  # seconds since 1970, UTC
