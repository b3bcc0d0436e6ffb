"""Runs that are asked for by their state too, which the index does not know of a run without an end."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from itertools import islice
from typing import Any

from headwater.client.reader import Reader
from headwater.metadata.query import UNFINISHED, RunQuery
from headwater.metadata.rows import RunRow
from headwater.records.run import RunOutcome
from headwater.storage.runs import WITHOUT_END

STATUSES = (*(outcome.value for outcome in RunOutcome), *WITHOUT_END)


def run_query(
    flow: str,
    scope: str | None,
    tags: Iterable[str] = (),
    user: str | None = None,
    since: datetime | float | None = None,
    until: datetime | float | None = None,
    parameters: Mapping[str, Any] | None = None,
    limit: int | None = None,
) -> RunQuery:
    """The runs of a flow that a namespace shows and that meet every condition."""
    return RunQuery(
        flow=flow,
        user=user,
        tags=(*tags, scope) if scope else tuple(tags),
        since=as_seconds(since),
        until=as_seconds(until),
        parameters={name: str(value) for name, value in (parameters or {}).items()},
        limit=limit,
    )


def find_runs(reader: Reader, query: RunQuery, status: str | None = None) -> Iterator[RunRow]:
    """The runs of a query that are in a state, read when the first is asked for; `ValueError` for an unknown state."""
    if status is None:
        return _rows(reader, query)
    if status not in STATUSES:
        raise ValueError(f"There is no status {status!r}. A run is one of {', '.join(STATUSES)}.")
    if status not in WITHOUT_END:
        return _rows(reader, query._replace(outcome=status))
    rows = _rows(reader, query._replace(outcome=UNFINISHED, limit=None, offset=0))
    found = (row for row in rows if reader.status(row.flow, row.run_id) == status)
    return islice(found, query.offset, None if query.limit is None else query.offset + query.limit)


def _rows(reader: Reader, query: RunQuery) -> Iterator[RunRow]:
    yield from reader.runs(query)


def as_seconds(moment: datetime | float | None) -> float | None:
    """Seconds since 1970; a datetime without a zone is local time."""
    return moment.timestamp() if isinstance(moment, datetime) else moment
