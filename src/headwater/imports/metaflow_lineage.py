"""Which tasks of a Metaflow run follow which: told from the foreach levels that each notes, and from its transition.

A task's path is the indices of the foreach levels around it. Of the steps that can hand on to its step, its parents are

    the tasks with its path          of a step that hands on as it is
    the one with its path less one   of a step that splits
    those with its path and one more where the step joins a foreach

and of these, where a step chooses what follows, those that chose it. A step that loops to itself counts its turns.
"""

from collections import defaultdict
from collections.abc import Callable, Iterator
from typing import NamedTuple

from headwater.imports.metaflow_attempts import Place, TaskFolder
from headwater.imports.metaflow_documents import DataDocument
from headwater.imports.metaflow_graph import RunGraph
from headwater.records.graph import NodeKind

_KEPT_STEPS = 256
_SPLITTING = frozenset({NodeKind.FOREACH, NodeKind.GANG})
Path = tuple[int, ...]


class _Seen(NamedTuple):
    """One task as its neighbours look at it."""

    place: Place
    path: Path


class Lineage:
    """Parents and children of tasks of one datastore."""

    def __init__(
        self,
        open_task: Callable[[Place], TaskFolder],
        task_ids: Callable[[str, str, str], list[str]],
        plain: Callable[[str, str | None], object],
    ) -> None:
        """`open_task` gives the folder of a task, `task_ids` those of a step, `plain` a value by its sha1."""
        self._open = open_task
        self._task_ids = task_ids
        self._plain = plain
        self._asked: _Seen | None = None
        self._steps: dict[tuple[str, str, str], tuple[int, dict[Path, list[_Seen]]]] = {}

    def parents(self, graph: RunGraph, place: Place) -> list[Place]:
        """In the order in which they were begun; those of a static join in the order of the split's branches."""
        path = self.path(place)
        found: list[Place] = []
        for step in self._sources(graph, place.step):
            for seen in self._candidates(graph, place, path, step):
                if self._hands_on(graph, seen.place, place):
                    found.append(seen.place)
        return found

    def children(self, graph: RunGraph, place: Place) -> list[Place]:
        path = self.path(place)
        found = []
        for step in graph.targets(place.step):
            for seen in self._followers(graph, place, path, step):
                if self._hands_on(graph, place, seen.place):
                    found.append(seen.place)
        return found

    def task_that_split(self, graph: RunGraph, place: Place, into: str, path: Path) -> Place | None:
        """The task of this path whose foreach handed on to a step."""
        for step in graph.sources(into):
            if graph.kind(step) in _SPLITTING:
                for seen in self._by_path(place, step).get(path, ()):
                    return seen.place
        return None

    def width(self, place: Place, step: str, path: Path) -> int:
        """How many tasks of a step stand one level below a path."""
        found = self._by_path(place, step)
        return sum(len(some) for key, some in found.items() if len(key) == len(path) + 1 and key[:-1] == path)

    def path(self, place: Place) -> Path:
        asked = self._asked
        if asked is None or asked.place != place:  # of one task it is asked several times
            noted = self._open(place).newest_fact("foreach-execution-path")
            asked = self._asked = _Seen(place, _parse(noted.text) if noted else ())
        return asked.path

    def _sources(self, graph: RunGraph, step: str) -> list[str]:
        sources = graph.sources(step)
        for split in graph.nodes():
            if split.kind is NodeKind.SPLIT and set(sources) <= set(split.targets):
                return sorted(sources, key=split.targets.index)
        return sources

    def _candidates(self, graph: RunGraph, place: Place, path: Path, step: str) -> Iterator[_Seen]:
        """Tasks of a step that may have handed on to a task."""
        by_path = self._by_path(place, step)
        if graph.kind(step) in _SPLITTING:
            yield from by_path.get(path[:-1], ())
            return
        yield from by_path.get(path, ())
        if graph.is_join(place.step):
            deeper = len(path) + 1
            yield from (
                seen for key, some in by_path.items() if len(key) == deeper and key[:-1] == path for seen in some
            )

    def _followers(self, graph: RunGraph, place: Place, path: Path, step: str) -> Iterator[_Seen]:
        """Tasks of a step to which a task may have handed on."""
        by_path = self._by_path(place, step)
        if graph.kind(place.step) in _SPLITTING:
            deeper = len(path) + 1
            yield from (
                seen for key, some in by_path.items() if len(key) == deeper and key[:-1] == path for seen in some
            )
            return
        yield from by_path.get(path, ())
        if graph.is_join(step) and path:
            yield from by_path.get(path[:-1], ())

    def _hands_on(self, graph: RunGraph, parent: Place, child: Place) -> bool:
        """Whether a task of the right path chose this one; only a switch has a choice."""
        loops = child.step in graph.targets(child.step)
        if not loops and graph.kind(parent.step) is not NodeKind.SWITCH:
            return True
        if not loops:
            return child.step in self._chosen(parent)
        turn = self._turn(child)
        if parent.step != child.step:
            return turn == 0 and child.step in (self._chosen(parent) or (child.step,))
        return turn == self._turn(parent) + 1

    def _chosen(self, place: Place) -> tuple[str, ...]:
        """The steps that a task handed on to; empty when it is not known."""
        transition = self._read(place, "_transition")
        if isinstance(transition, tuple | list) and transition and isinstance(transition[0], list | tuple):
            return tuple(map(str, transition[0]))
        return ()

    def _turn(self, place: Place) -> int:
        turns = self._read(place, "_iteration_stack")
        return turns[-1] if isinstance(turns, list) and turns and isinstance(turns[-1], int) else 0

    def _read(self, place: Place, name: str) -> object:
        data = [attempt.data for attempt in self._open(place).attempts()]
        newest = data[-1] if data else DataDocument()
        return self._plain(place.flow, newest.objects.get(name))

    def _by_path(self, place: Place, step: str) -> dict[Path, list[_Seen]]:
        """The tasks of a step of the same run; read again when there are others."""
        key = (place.flow, place.run_id, step)
        ids = self._task_ids(*key)
        known = self._steps.get(key)
        if known is not None and known[0] == len(ids):
            return known[1]
        found: dict[Path, list[_Seen]] = defaultdict(list)
        for task_id in ids:
            there = Place(*key, task_id)
            path = self.path(there)
            found[path].append(_Seen(there, path))
        if len(self._steps) >= _KEPT_STEPS:
            self._steps.clear()
        self._steps[key] = (len(ids), found)
        return found


def _parse(text: str) -> Path:
    """`outer:0,inner:2` is (0, 2)."""
    indices = (part.rpartition(":")[2] for part in text.split(",") if part)
    return tuple(int(index) for index in indices if index.isdigit())
