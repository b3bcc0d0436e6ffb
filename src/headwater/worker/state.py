"""What a step sees on `self` beside what it sets: parents' artifacts, parameters, constants, its place in a foreach."""

from collections.abc import Sequence
from typing import Any

from headwater.artifacts.store import ArtifactStore, identity
from headwater.artifacts.view import ArtifactView, Owner, read_task
from headwater.flow.inputs import Inputs
from headwater.flow.merge import outside_join, plan_merge
from headwater.flow.spec import FlowSpec
from headwater.names import Pathspec
from headwater.records.artifact import ArtifactRef, SplitItems
from headwater.records.task import SplitFrame, TaskRecord
from headwater.storage.base import Storage
from headwater.wording import nearest
from headwater.worker.parents import view_of
from headwater.worker.settled import settled
from headwater.worker.workplace import Attempt

_RECORDS = 512  # kept decoded: a join of many thousand inputs looks at each of their records once


class StepState:
    """The `TaskState` of a running step. Values are loaded when they are first asked for."""

    def __init__(self, attempt: Attempt, storage: Storage, store: ArtifactStore) -> None:
        self._attempt = attempt
        self._storage = storage
        self._store = store
        self._records: dict[Owner, TaskRecord] = {}
        self.step_name = attempt.spec.step
        #: inherited names and who wrote them; starts empty in a join
        self.carried: dict[str, Owner] = {}
        self.read: dict[
            str, None
        ] = {}  # names of inherited values and parameters, in the order in which they were read
        if not attempt.step.join and attempt.spec.inputs:
            self._carry_parent()

    def _carry_parent(self) -> None:
        source = self._attempt.spec.inputs[0]
        view = self.view(Owner(source.run_id, source.step, source.first))
        self.carried = {name: view.owner_of(name) for name in view.names()}

    def view(self, owner: Owner) -> ArtifactView:
        """The artifacts of another task of the flow."""
        return ArtifactView(self._store, self._record(owner), self._record)

    def _record(self, owner: Owner) -> TaskRecord:
        record = self._records.get(owner)
        if record is None:
            record = read_task(self._storage, self._attempt.spec.flow, owner)
            if len(self._records) >= _RECORDS:
                del self._records[next(iter(self._records))]
            self._records[owner] = record
        return record

    def ref(self, name: str) -> ArtifactRef | None:
        """Where an inherited value, a parameter or a constant is kept."""
        owner = self.carried.get(name)
        if owner is not None:
            return self._record(owner).artifacts[name]
        run = self._attempt.place.run
        return run.parameters.get(name) or run.configs.get(name) or run.constants.get(name)

    def has(self, name: str) -> bool:
        run = self._attempt.place.run
        return name in self.carried or any(name in kept for kept in (run.parameters, run.configs, run.constants))

    def names(self) -> set[str]:
        run = self._attempt.place.run
        return {*self.carried, *run.parameters, *run.configs, *run.constants}

    def load(self, name: str) -> Any:
        """A fresh copy of the value; `AttributeError` when there is none."""
        ref = self.ref(name)
        if ref is None:
            raise AttributeError(self._missing(name))
        self.read[name] = None
        spec = self._attempt.spec
        owner = self.carried.get(name)
        where = Pathspec(spec.flow, *owner) if owner else Pathspec(spec.flow, spec.run_id)
        return self._store.load(ref, name=name, where=str(where))

    def _missing(self, name: str) -> str:
        flow = self._attempt.spec.flow
        message = f"Flow {flow} has no attribute {name!r}"
        if self._attempt.step.join:
            return (
                f"{message} in the join {self.step_name!r}: a join starts without the artifacts of its branches. "
                f"Take it from one of them (inputs[0].{name}), or call self.merge_artifacts(inputs) first"
            )
        close = nearest(name, sorted(self.names()))
        hint = f". Did you mean {close!r}?" if close else ""
        return f"{message}: no step before {self.step_name!r} set it{hint}"

    def forget(self, name: str) -> None:
        """The name does not exist from here on."""
        self.carried.pop(name, None)

    def merge(
        self, flow: FlowSpec, inputs: Inputs, exclude: Sequence[str] | None, include: Sequence[str] | None
    ) -> None:
        """Take over, by reference, what the inputs agree about."""
        if not self._attempt.step.join:
            raise outside_join(self.step_name)
        views = [view_of(each) for each in inputs]

        def taken(name: str) -> bool:
            return name in flow.__dict__ or self.has(name)

        def same(name: str, one: int, other: int) -> bool:
            return self._form(name, views[one]) == self._form(name, views[other])

        plan = plan_merge([view.refs() for view in views], taken, same, exclude, include)
        for name, place in plan.items():
            self.carried[name] = views[place].owner_of(name)

    def _form(self, name: str, view: ArtifactView) -> tuple[str, str]:
        """What a value looks like when this process serializes it: equal sets may have been written in other orders."""
        return identity(name, settled(view.load(name)))

    @property
    def index(self) -> int | None:
        frames = self._attempt.spec.frames
        return frames[-1].index if frames else None

    @property
    def input(self) -> Any:
        frames = self._attempt.spec.frames
        return self.item_of(frames[-1]) if frames else None

    def foreach_stack(self) -> list[tuple[int, int, Any]]:
        return [(frame.index, frame.count, self.item_of(frame)) for frame in self._attempt.spec.frames]

    def item_of(self, frame: SplitFrame) -> Any:
        """The item of one foreach level around a task."""
        owner = Owner(frame.run_id, frame.step, frame.task_id)
        items: SplitItems | None = self._record(owner).items
        if items is None:  # a gang: its items are the numbers of its nodes
            return frame.index
        return self._store.unpack(items, frame.index, where=str(Pathspec(self._attempt.spec.flow, *owner)))
