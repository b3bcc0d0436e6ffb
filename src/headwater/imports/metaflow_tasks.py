"""One attempt of a Metaflow task as a record of ours."""

import os

from headwater.imports.metaflow_attempts import Attempt, Place, TaskFolder
from headwater.imports.metaflow_blobs import DatastoreBlobs
from headwater.imports.metaflow_documents import DataDocument
from headwater.imports.metaflow_files import CARDS, DatastoreFiles, Listing
from headwater.imports.metaflow_graph import RunGraph
from headwater.imports.metaflow_lineage import Lineage
from headwater.imports.metaflow_pickle import ForeachFrame
from headwater.imports.metaflow_values import FLOW_NAME, ValueRefs
from headwater.records.artifact import ArtifactRef
from headwater.records.graph import NodeKind
from headwater.records.task import (
    CardRef,
    Fact,
    Outcome,
    SplitFrame,
    TaskRange,
    TaskRecord,
    Transition,
)


def brief(place: Place, attempt: Attempt, blobs: DatastoreBlobs) -> TaskRecord:
    """What a list of tasks tells of one."""
    return TaskRecord(
        flow=place.flow,
        run_id=place.run_id,
        step=place.step,
        task_id=place.task_id,
        attempt=attempt.number,
        outcome=attempt.outcome,
        started_at=attempt.started_at,
        ended_at=attempt.ended_at,
        transition=_transition(place, attempt, blobs, None),
        failure=attempt.failure,
    )


class TaskRecords:
    """Whole records: values, facts, neighbours, cards."""

    def __init__(self, files: DatastoreFiles, blobs: DatastoreBlobs, values: ValueRefs, lineage: Lineage) -> None:
        self._files = files
        self._blobs = blobs
        self._values = values
        self._lineage = lineage

    def whole(self, task: TaskFolder, number: int | None, graph: RunGraph, begun: DataDocument) -> TaskRecord | None:
        """`number` None: the attempt that succeeded. `begun`: what the run knew before its first task."""
        found = [
            attempt
            for attempt in task.attempts()
            if (attempt.outcome is not Outcome.FAILED if number is None else attempt.number == number)
        ]
        if not found:
            return None
        attempt, place = found[-1], task.place
        followers = self._lineage.children(graph, place) if attempt.outcome is not Outcome.FAILED else []
        return TaskRecord(
            flow=place.flow,
            run_id=place.run_id,
            step=place.step,
            task_id=place.task_id,
            attempt=attempt.number,
            outcome=attempt.outcome,
            started_at=attempt.started_at,
            ended_at=attempt.ended_at,
            inputs=_ranges(self._lineage.parents(graph, place)),
            frames=self._frames(place, attempt, graph),
            transition=_transition(place, attempt, self._blobs, _ranges(followers)),
            artifacts=self._artifacts(place.flow, attempt.data, graph, begun),
            failure=attempt.failure,
            cards=self._cards(task),
            facts=tuple(
                Fact(name=fact.field_name, value=fact.text, type=fact.type or "", at=fact.ts_epoch / 1000)
                for fact in task.facts()
                if fact.attempt == attempt.number
            ),
        )

    def origin(self, task: TaskFolder) -> Place | None:
        """The task that was executed, where a run that resumed another one took it over."""
        run, origin = task.newest_fact("origin-run-id"), task.newest_fact("origin-task-id")
        if run is None or origin is None or run.text == "None":
            return None
        ids = self._files.tasks(task.place.flow, run.text, task.place.step)
        return task.place._replace(run_id=run.text, task_id=origin.text) if origin.text in ids else None

    def _artifacts(self, flow: str, data: DataDocument, graph: RunGraph, begun: DataDocument) -> dict[str, ArtifactRef]:
        """Without what the run has: parameters, constants and the name of the flow, which every task is given."""
        of_the_run = {*graph.parameters, *graph.constants, FLOW_NAME}
        own = {
            name: sha for name, sha in data.objects.items() if name not in of_the_run or begun.objects.get(name) != sha
        }
        return self._values.of(flow, DataDocument(objects=own, info=data.info), graph.script)

    def _frames(self, place: Place, attempt: Attempt, graph: RunGraph) -> tuple[SplitFrame, ...]:
        stack = self._blobs.plain(place.flow, attempt.data.objects.get("_foreach_stack"))
        path = self._lineage.path(place)
        frames = []
        for level, frame in enumerate(stack if isinstance(stack, list) else ()):
            if not isinstance(frame, ForeachFrame) or len(frame) < 4:
                continue
            step, variable, count, index = frame[:4]
            split = self._lineage.task_that_split(graph, place, str(step), path[:level])
            if split is not None and graph.kind(split.step) is NodeKind.GANG:  # of which Metaflow notes no width
                variable, count = "", self._lineage.width(place, str(step), path[:level])
            frames.append(
                SplitFrame(
                    run_id=place.run_id,
                    step=split.step if split else "",
                    task_id=split.task_id if split else "",
                    index=index if isinstance(index, int) else 0,
                    count=count if isinstance(count, int) else 0,
                    variable=str(variable or ""),
                )
            )
        return tuple(frames)

    def _cards(self, task: TaskFolder) -> tuple[CardRef, ...]:
        """Those of the task, or of the one that it was taken over from; in the order in which they were rendered."""
        found = self._own_cards(task.place)
        if not found:
            origin = self.origin(task)
            found = self._own_cards(origin) if origin else []
        return tuple(found)

    def _own_cards(self, place: Place) -> list[CardRef]:
        flow, run_id, step, task_id = place
        base = f"{flow}/runs/{run_id}/steps/{step}/tasks/{task_id}"
        with_data = set(Listing(self._files.path(CARDS, base, "runtime")).files)
        cards = []
        for name in Listing(self._files.path(CARDS, base, "cards")).files:
            stem, dot, ending = name.rpartition(".")
            if ending != "html" or not dot:
                continue
            kind, _, identity = stem.partition("-")
            card_id, _, unique = identity.rpartition("-")
            written = os.stat(self._files.path(CARDS, base, "cards", name))
            page = self._blobs.page_ref(f"{base}/cards/{name}", unique, written.st_size)
            beside = f"{stem}.data.json"
            data = self._blobs.page_ref(f"{base}/runtime/{beside}", unique, 0) if beside in with_data else None
            cards.append((written.st_mtime_ns, CardRef(type=kind, id=card_id or None, page=page, data=data)))
        return [card for _, card in sorted(cards, key=lambda one: (one[0], one[1].type, one[1].id or ""))]


def _transition(
    place: Place, attempt: Attempt, blobs: DatastoreBlobs, followers: tuple[TaskRange, ...] | None
) -> Transition | None:
    if attempt.outcome is Outcome.FAILED:
        return None
    objects = attempt.data.objects
    noted = blobs.plain(place.flow, objects.get("_transition"))
    splits = blobs.plain(place.flow, objects.get("_foreach_num_splits"))
    steps = noted[0] if isinstance(noted, tuple | list) and noted else ()
    return Transition(
        steps=tuple(map(str, steps)) if isinstance(steps, list | tuple) else (),
        splits=splits if isinstance(splits, int) else None,
        tasks=followers,
    )


def _ranges(places: list[Place]) -> tuple[TaskRange, ...]:
    return tuple(TaskRange(run_id=place.run_id, step=place.step, first=place.task_id) for place in places)
