"""Two executions of one step: what each wrote, side by side."""

from collections.abc import Container

from headwater.artifacts.view import ArtifactView
from headwater.compare.model import ValueChange
from headwater.compare.values import compare_values


def compare_attempts(
    before: ArtifactView, after: ArtifactView, left_out: Container[str | None] = ()
) -> tuple[ValueChange, ...]:
    """Every artifact that either wrote, as both can read it, but for those left out; sorted by name."""
    found = []
    for name in sorted({*before.record.artifacts, *after.record.artifacts}):
        if name in left_out:
            continue
        old, new = (view.ref(name) if name in view else None for view in (before, after))
        if old or new:
            found.append(compare_values(name, old, new))
    return tuple(found)
