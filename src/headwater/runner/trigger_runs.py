"""What `--trigger RUN` finds: the runs that a run is said to have been started by, as events."""

from collections.abc import Sequence

from headwater.errors import NotFound, UsageError
from headwater.metadata.base import Metadata
from headwater.metadata.query import RunQuery
from headwater.names import LATEST, LATEST_SUCCESS, Pathspec
from headwater.records.flow_decorators import TriggerEvent
from headwater.records.run import RunEnd, RunOutcome, RunRecord
from headwater.storage import layout
from headwater.storage.base import Storage
from headwater.storage.documents import find_document


def find_triggers(runs: Sequence[Pathspec], storage: Storage, index: Metadata) -> tuple[TriggerEvent, ...]:
    """What they tell a run that they start, the newest first; NotFound, and UsageError for one that did not succeed."""
    found = [_event(storage, _named(index, run)) for run in runs]
    return tuple(sorted(found, key=lambda event: -event.at))


def _named(index: Metadata, run: Pathspec) -> Pathspec:
    if run.run not in (LATEST, LATEST_SUCCESS):
        return run
    outcome = RunOutcome.SUCCEEDED.value if run.run == LATEST_SUCCESS else None
    rows = index.runs(RunQuery(flow=run.flow, outcome=outcome, limit=1))
    if not rows:
        raise NotFound(f"There is no such run of {run.flow} as {run.run}. Run it first.")
    return run._replace(run=rows[0].run_id)


def _event(storage: Storage, spec: Pathspec) -> TriggerEvent:
    assert spec.run is not None
    run = find_document(storage, RunRecord, layout.run_record(spec.flow, spec.run))
    if run is None:
        raise NotFound(f"There is no run {spec} in {storage.url}. List them with `headwater runs`.")
    end = find_document(storage, RunEnd, layout.run_end(spec.flow, spec.run))
    if end is None or end.outcome is not RunOutcome.SUCCEEDED:
        state = "has not ended" if end is None else end.outcome.value
        raise UsageError(f"The trigger {spec} {state}: only a run that succeeded starts another. Name such a run.")
    return TriggerEvent(name=f"headwater.{run.flow}.{run.end}", id=f"{spec}/{run.end}/0", at=end.ended_at, type="run")
