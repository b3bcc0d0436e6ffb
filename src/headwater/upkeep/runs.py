"""The runs of a root as upkeep sees them: from the index for choosing, from the documents for removing."""

from collections import defaultdict
from collections.abc import Collection
from contextlib import suppress
from typing import TypeVar

from headwater.errors import RecordError
from headwater.metadata.base import Metadata
from headwater.metadata.query import RunQuery
from headwater.metadata.tags import newest_number, read_change
from headwater.records.base import Document
from headwater.records.run import OriginRecord, RunEnd, RunRecord
from headwater.storage import layout
from headwater.storage import runs as storage_runs
from headwater.storage.base import Storage
from headwater.storage.documents import find_document
from headwater.upkeep.policy import Origins, RunFacts, RunKey

D = TypeVar("D", bound=Document)


def known_runs(storage: Storage, index: Metadata) -> list[RunFacts]:
    """Every run that the index knows; only those without an end are looked at in storage."""
    return [
        RunFacts(
            key=RunKey(row.flow, row.run_id),
            created_at=row.created_at,
            status=row.outcome or storage_runs.state_without_end(storage, row.flow, row.run_id),
            tags=row.tags,
        )
        for row in index.runs(RunQuery())
    ]


def known_origins(index: Metadata) -> Origins:
    """From whom each run took tasks over, as the index has it."""
    origins: dict[RunKey, set[RunKey]] = defaultdict(set)
    for flow, run_id, executed_by in index.taken_from():
        origins[RunKey(flow, run_id)].add(RunKey(flow, executed_by))
    return origins


def stored_runs(storage: Storage, flows: Collection[str] | None = None) -> list[RunKey]:
    """Every run that has a folder, of these flows or of all."""
    return [RunKey(*run) for run in storage_runs.stored_runs(storage, flows)]


def stored_origins(storage: Storage, runs: Collection[RunKey]) -> Origins:
    """From whom each of these runs took tasks over, as its documents say; `RecordError` when one is damaged."""
    return {key: found for key in runs if (found := _origins_of(storage, key))}


def readable_origins(storage: Storage, runs: Collection[RunKey]) -> Origins:
    """The same of runs that are to go, as far as it can be read."""
    origins: dict[RunKey, Collection[RunKey]] = {}
    for key in runs:
        with suppress(RecordError):
            origins[key] = _origins_of(storage, key)
    return origins


def _origins_of(storage: Storage, key: RunKey) -> set[RunKey]:
    folder = layout.origins(*key)
    records = [find_document(storage, OriginRecord, f"{folder}/{name}") for name in storage.list_names(folder)]
    return {RunKey(key.flow, taken.run_id) for record in records if record for taken in record.taken}


def stored_facts(storage: Storage, key: RunKey) -> RunFacts | None:
    """One run as its documents have it; None when there is no such run. Of a damaged one, what can be read."""
    run = _read(storage, RunRecord, layout.run_record(*key))
    if run is None and not storage.exists(layout.run_record(*key)):
        return None
    end = _read(storage, RunEnd, layout.run_end(*key))
    status = end.outcome.value if end else storage_runs.state_without_end(storage, *key)
    return RunFacts(key, run.created_at if run else 0.0, status, stored_tags(storage, key, run))


def stored_tags(storage: Storage, key: RunKey, run: RunRecord | None) -> tuple[str, ...]:
    """The user's tags of a run as they stand."""
    number = newest_number(storage, *key)
    if number:
        return read_change(storage, *key, number).tags
    return run.tags if run else ()


def _read(storage: Storage, kind: type[D], key: str) -> D | None:
    try:
        return find_document(storage, kind, key)
    except RecordError:
        return None
