"""Inputs of a spin with other artifacts: parents that are written anew, with what they had and what was given."""

from collections.abc import Mapping
from typing import Any

import msgspec

from headwater.artifacts.store import ArtifactStore, InlineBudget
from headwater.artifacts.view import ArtifactView, Owner, group_by_owner, read_task
from headwater.errors import UsageError
from headwater.names import position_range
from headwater.records.base import encode
from headwater.records.run import RunRecord
from headwater.records.task import TaskRange
from headwater.runner.past import Inputs
from headwater.storage import layout
from headwater.storage.base import Storage


def replaced_inputs(
    storage: Storage, run: RunRecord, step: str, join: bool, inputs: Inputs, artifacts: Mapping[str, Any]
) -> Inputs:
    """The inputs with `artifacts` in place of their own; of a join by the pathspec of the parent, `run/step/task`."""
    owners = [
        Owner(one.run_id, one.step, task_id)
        for one in inputs.inputs
        for task_id in position_range(one.first, one.count)
    ]
    if not owners:
        raise UsageError(
            f"{step!r} is the first step and inherits nothing: only parameters can be given to it, and "
            f"{', '.join(map(repr, artifacts))} is none."
        )
    given = _by_parent(step, owners, artifacts) if join else {owners[0]: dict(artifacts)}
    changed = [_written(storage, run, owner, given[owner]) if owner in given else _range(owner) for owner in owners]
    return inputs._replace(inputs=tuple(changed))


def _by_parent(step: str, owners: list[Owner], artifacts: Mapping[str, Any]) -> dict[Owner, dict[str, Any]]:
    known = {"/".join(owner): owner for owner in owners}
    found: dict[Owner, dict[str, Any]] = {}
    for name, values in artifacts.items():
        parts = name.split("/")
        owner = known.get("/".join(parts[-3:]))
        if owner is None or not isinstance(values, Mapping):
            listed = ", ".join(list(known)[:5]) + (" ..." if len(known) > 5 else "")
            raise UsageError(
                f"{step!r} is a join, so ARTIFACTS is given by parent: {{'run/step/task': {{name: value}}}}, and "
                f"{name!r} is not so. Its parents: {listed}."
            )
        found[owner] = dict(values)
    return found


def _written(storage: Storage, run: RunRecord, owner: Owner, values: dict[str, Any]) -> TaskRange:
    """A parent as the spin has it: a task of the spin's own run."""
    record = read_task(storage, run.flow, owner)
    store, budget = ArtifactStore(storage), InlineBudget()
    view = ArtifactView(store, record, lambda other: read_task(storage, run.flow, other))
    carried = {name: view.owner_of(name) for name in view.names() if name not in values}
    changed = msgspec.structs.replace(
        record,
        run_id=run.run_id,
        artifacts={name: store.save(name, value, budget) for name, value in sorted(values.items())},
        inherited=group_by_owner(carried),
        items=None,
        cards=(),
    )
    storage.create(layout.task(run.flow, run.run_id, owner.step, owner.task_id), encode(changed))
    return TaskRange(run_id=run.run_id, step=owner.step, first=owner.task_id)


def _range(owner: Owner) -> TaskRange:
    return TaskRange(run_id=owner.run_id, step=owner.step, first=owner.task_id)
