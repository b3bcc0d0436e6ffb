"""What a step had read when it failed: for whoever looks for the reason. Summaries alone, so nothing is kept twice."""

from collections.abc import Iterator
from contextlib import suppress

import msgspec

from headwater.artifacts.serializers import type_name
from headwater.artifacts.store import ArtifactStore
from headwater.artifacts.summaries import summarise
from headwater.errors import HeadwaterError
from headwater.records.task import Failure, SeenInput
from headwater.storage.base import Storage
from headwater.worker.state import StepState
from headwater.worker.workplace import Attempt

_MOST = 20  # values


def with_inputs(failure: Failure, state: StepState) -> Failure:
    """The failure, told with what the step had read."""
    return msgspec.structs.replace(failure, inputs=tuple(_seen(state)))


def with_what_it_had(failure: Failure, attempt: Attempt, storage: Storage) -> Failure:
    """The failure of a process that died without a word, told with what it could read, the largest first.

    Nothing is loaded: this runs in the process that drives the run.
    """
    try:
        state = StepState(attempt, storage, ArtifactStore(storage))
        refs = [(name, ref) for name in sorted(state.names()) if (ref := state.ref(name)) is not None]
    except HeadwaterError:  # a record that cannot be read; the failure itself matters more
        return failure
    refs.sort(key=lambda named: -named[1].size)
    seen = tuple(SeenInput(name=name, type=ref.type, summary=ref.summary) for name, ref in refs[:_MOST])
    return msgspec.structs.replace(failure, inputs=seen)


def _seen(state: StepState) -> Iterator[SeenInput]:
    """The item of the foreach, then what was read, in the order of reading."""
    if state.index is not None:
        with suppress(Exception):  # an item that cannot be loaded may be the very failure that is being told
            item = state.input
            yield SeenInput(name="input", type=type_name(item), summary=summarise(item))
    for name in list(state.read)[:_MOST]:
        ref = state.ref(name)
        if ref is not None:
            yield SeenInput(name=name, type=ref.type, summary=ref.summary)
