"""What a step leaves behind: values it set, values it changed in place, names it inherited or deleted."""

import sys
from typing import Any, NamedTuple

from headwater.artifacts.serializers import UNSTORABLE
from headwater.artifacts.store import ArtifactStore, InlineBudget, identity
from headwater.artifacts.view import group_by_owner
from headwater.errors import ArtifactError
from headwater.flow.spec import FlowSpec
from headwater.records.artifact import ArtifactRef, Inherited
from headwater.worker.state import StepState

_FIXED = frozenset({int, float, bool, str, bytes, complex, type(None)})  # cannot change in place


class Outputs(NamedTuple):
    """The part of a task's record that is about values."""

    artifacts: dict[str, ArtifactRef]
    inherited: tuple[Inherited, ...]
    deleted: tuple[str, ...]


def collect(
    flow: FlowSpec, state: StepState, store: ArtifactStore, budget: InlineBudget, tolerant: bool = False
) -> Outputs:
    """Save what the step set. `tolerant`: leave out what cannot be stored, as a failed attempt does."""
    artifacts: dict[str, ArtifactRef] = {}
    carried = dict(state.carried)
    for name in sorted(flow._hw_deleted):
        carried.pop(name, None)
    for name, value in sorted(_values(flow, state)):
        if name in carried and _untouched(flow, name, value):
            continue
        try:
            _check_name(name)
            ref = store.save(name, value, budget)
        except ArtifactError as exc:
            if tolerant:
                continue
            exc.artifact_name = name
            raise
        if name in carried and _unchanged(name, ref, state):
            continue
        if ref.serializer == UNSTORABLE:
            _warn(state.step_name, name)
        artifacts[name] = ref
        carried.pop(name, None)
    deleted = tuple(sorted(name for name in flow._hw_deleted if name not in artifacts))
    return Outputs(artifacts, group_by_owner(carried), deleted)


def _check_name(name: str) -> None:
    """Whatever `setattr` takes is a name, as long as it can be written down."""
    try:
        name.encode()
    except UnicodeEncodeError as exc:
        raise ArtifactError(f"The artifact name {name!r} is no Unicode text. Choose another name.") from exc


def _warn(step: str, name: str) -> None:
    sys.stderr.write(
        f"Warning: self.{name}, set in step {step!r}, is a function that cannot be stored, so no later step can read "
        "it. Define it at the top of the file instead.\n"
    )


def _values(flow: FlowSpec, state: StepState) -> list[tuple[str, Any]]:
    given = state.names() - state.carried.keys()  # parameters and constants stand in the run's record
    return [(name, value) for name, value in flow.__dict__.items() if not name.startswith("_hw_") and name not in given]


def _untouched(flow: FlowSpec, name: str, value: Any) -> bool:
    """The value is the object that was loaded, of a type that cannot change."""
    loaded = flow._hw_loaded
    return name in loaded and loaded[name] is value and type(value) in _FIXED


def _unchanged(name: str, new: ArtifactRef, state: StepState) -> bool:
    """The value that was read is what its parent wrote, byte by byte or, if a set is in it, when written here."""
    old = state.ref(name)
    if old is None or new.serializer != old.serializer:
        return False
    if new.hash == old.hash:
        return True
    # A set that was only read may be written in another order by whoever loaded it; its length is the same then.
    if new.size != old.size or len(new.blobs) > 1:
        return False
    return identity(name, state.load(name)) == (new.serializer, new.hash)
