"""What a step had read when it failed: for whoever looks for the reason. Summaries alone, so nothing is kept twice."""

from collections.abc import Iterator
from contextlib import suppress

import msgspec

from headwater.artifacts.serializers import type_name
from headwater.artifacts.summaries import summarise
from headwater.records.task import Failure, SeenInput
from headwater.worker.state import StepState

_MOST = 20  # values


def with_inputs(failure: Failure, state: StepState) -> Failure:
    """The failure, told with what the step had read."""
    return msgspec.structs.replace(failure, inputs=tuple(_seen(state)))


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
