"""Runs that somebody asked to be removed by name: which of them may go, and what that would free."""

from collections.abc import Collection, Iterable
from typing import NamedTuple

from headwater.errors import NotFound
from headwater.metadata.base import Metadata
from headwater.metadata.rebuild import measure_files
from headwater.storage.base import Storage
from headwater.upkeep.policy import RunFacts, RunKey, Why, dependents, reached_from, why_untouchable
from headwater.upkeep.runs import known_origins, known_runs, stored_facts


class Refused(NamedTuple):
    """A run that has to stay."""

    key: RunKey
    why: Why
    by: tuple[RunKey, ...] = ()  # for `REACHED`: the runs that stay and took tasks over from it


class Request(NamedTuple):
    """What would come of a removal: nothing, as long as something is refused."""

    runs: tuple[RunFacts, ...]  # the newest first, as runs are removed
    refused: tuple[Refused, ...]


def read_request(storage: Storage, index: Metadata, keys: Iterable[RunKey], with_dependents: bool = False) -> Request:
    """`with_dependents`: those that took tasks over from them go too. `NotFound` for a run that is not there."""
    known = {run.key: run for run in known_runs(storage, index)}
    origins = known_origins(index)
    asked = set(keys)
    if with_dependents:
        asked.update(dependents(asked, origins))
    runs = [known.get(key) or _find(storage, key) for key in asked]
    needed: dict[RunKey, list[RunKey]] = {}
    for key in known:
        if key not in asked:
            for reached in reached_from([key], origins):
                needed.setdefault(reached, []).append(key)
    refused = []
    for run in runs:
        why = why_untouchable(run)
        if why is not None:
            refused.append(Refused(run.key, why))
        elif run.key in needed:
            refused.append(Refused(run.key, Why.REACHED, tuple(sorted(needed[run.key]))))
    runs.sort(key=lambda run: (run.created_at, run.key), reverse=True)
    return Request(tuple(runs), tuple(sorted(refused)))


def freed_by(storage: Storage, index: Metadata, keys: Collection[RunKey]) -> int:
    """About how many bytes would be free without these runs: their files, and the values that only they refer to."""
    if not keys:
        return 0
    measured = index.files()
    files = sum(sum(measured.get(key) or measure_files(storage, *key)) for key in keys)
    return files + index.blob_bytes(keys)


def _find(storage: Storage, key: RunKey) -> RunFacts:
    facts = stored_facts(storage, key)
    if facts is None:
        raise NotFound(
            f"There is no run {key} in {storage.url}. List them with `headwater runs`; "
            "one that was removed comes back with `headwater rm --undo`."
        )
    return facts
