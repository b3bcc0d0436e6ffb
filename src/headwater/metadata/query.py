"""What is asked of an index: which runs, in which order."""

from collections.abc import Mapping
from enum import StrEnum
from typing import NamedTuple

#: As an outcome: runs whose end is not known, which run or are lost.
UNFINISHED = "unfinished"


class RunOrder(StrEnum):
    """By what runs are sorted."""

    CREATED = "created"
    ENDED = "ended"
    DURATION = "duration"
    FLOW = "flow"
    USER = "user"


class RunQuery(NamedTuple):
    """Runs that meet every condition; None and empty ones are none."""

    flow: str | None = None
    user: str | None = None
    tags: tuple[str, ...] = ()  # all of them; `user:NAME` counts as a tag of NAME's runs
    outcome: str | None = None  # of RunOutcome, or UNFINISHED
    since: float | None = None  # created at or after; seconds since 1970, UTC
    until: float | None = None  # created before
    parameters: Mapping[str, str] = {}  # name -> value as text, as it is shown
    order: RunOrder = RunOrder.CREATED
    ascending: bool = False  # False: the newest, longest, last in the alphabet first
    limit: int | None = None
    offset: int = 0


EVERY_RUN = RunQuery()
