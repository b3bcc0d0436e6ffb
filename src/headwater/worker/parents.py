"""The inputs of a join: a sequence as long as the join is wide, of which only what is looked at is loaded."""

from collections.abc import Callable, Collection, Iterator, Sequence
from functools import cached_property, lru_cache
from typing import Any, overload

from headwater.artifacts.view import ArtifactView, Owner
from headwater.flow.inputs import Input
from headwater.names import Pathspec, Position, position_range
from headwater.records.task import SplitFrame
from headwater.worker.workplace import Attempt


class Names(Collection[str]):
    """The artifact names of one parent; its record is read when they are first asked for."""

    def __init__(self, owner: Owner, open_view: Callable[[Owner], ArtifactView]) -> None:
        self._owner = owner
        self._open_view = open_view

    @cached_property
    def view(self) -> ArtifactView:
        return self._open_view(self._owner)

    def load(self, name: str) -> Any:
        return self.view.load(name)

    def __contains__(self, name: object) -> bool:
        return name in self.view

    def __iter__(self) -> Iterator[str]:
        return iter(sorted(self.view.names()))

    def __len__(self) -> int:
        return len(self.view.names())


class Parents(Sequence[Input]):
    """The parent tasks of a join in the order of `inputs`."""

    def __init__(
        self,
        attempt: Attempt,
        open_view: Callable[[Owner], ArtifactView],
        item_of: Callable[[SplitFrame], Any],
        flow: Any = None,
    ) -> None:
        self._flow = flow
        self._attempt = attempt
        self._open_view = open_view
        self._item_of = item_of
        self._owners = [
            Owner(source.run_id, source.step, task_id)
            for source in attempt.spec.inputs
            for task_id in position_range(source.first, source.count)
        ]
        # Bounded, so that `for each in inputs` over many thousand holds only a few.
        self._input = lru_cache(maxsize=256)(self._make)

    def __len__(self) -> int:
        return len(self._owners)

    @overload
    def __getitem__(self, place: int) -> Input: ...
    @overload
    def __getitem__(self, place: slice) -> Sequence[Input]: ...
    def __getitem__(self, place: int | slice) -> Input | Sequence[Input]:
        if isinstance(place, slice):
            return [self._input(each) for each in range(len(self))[place]]
        return self._input(range(len(self))[place])

    def _make(self, place: int) -> Input:
        owner = self._owners[place]
        names = Names(owner, self._open_view)
        depth = self._attempt.place.steps[owner.step].depth
        indices = Position.parse(owner.task_id, depth).indices

        def item() -> Any:
            frames = names.view.record.frames
            return self._item_of(frames[-1]) if frames else None

        index = indices[-1] if indices else None
        pathspec = str(Pathspec(self._attempt.spec.flow, *owner))
        return Input(names.load, names, owner.step, pathspec=pathspec, index=index, item=item, flow=self._flow)


def view_of(one: Input) -> ArtifactView:
    """The artifacts behind an input that `Parents` made."""
    names: Names = one.__dict__["_hw_names"]
    return names.view
