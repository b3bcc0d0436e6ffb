"""Inline secrets for steps that come from a record: their values stand in the flow's class alone."""

from msgspec.structs import replace

from headwater.flow.decorators import decorators_of
from headwater.flow.secret_sources import INLINE
from headwater.records.decorators import find_decorator
from headwater.records.secrets import Secrets
from headwater.records.step import StepSpec


def with_inline_values(step: StepSpec, flow: type) -> StepSpec:
    """The step with the values that its class has for its inline sources, one after the other."""
    recorded = find_decorator(step.decorators, Secrets)
    if recorded is None or not any(source.type == INLINE and not source.values for source in recorded.sources):
        return step
    attached = decorators_of(getattr(flow, step.step, None))
    own = next((one for one in attached if isinstance(one, Secrets)), Secrets())
    written = iter([source for source in own.sources if source.type == INLINE])
    sources = tuple(next(written, source) if source.type == INLINE else source for source in recorded.sources)
    known = replace(recorded, sources=sources)
    return replace(step, decorators=tuple(known if one is recorded else one for one in step.decorators))
