"""One run in memory whose attempts a test runs one by one, in its own process."""

from itertools import count
from typing import Any

from headwater.artifacts.store import ArtifactStore, InlineBudget
from headwater.artifacts.view import ArtifactView, Owner, read_task
from headwater.flow.build import build_graph
from headwater.flow.constants import constants_of
from headwater.flow.current import current
from headwater.flow.spec import FlowSpec
from headwater.records.base import decode
from headwater.records.run import RunRecord
from headwater.records.step import StepSpec
from headwater.records.task import TaskRange, TaskRecord, TaskSpec
from headwater.storage import layout
from headwater.storage.open import open_storage
from headwater.worker.attempt import run_attempt
from headwater.worker.workplace import Attempt, Workplace

RUN_ID = "1"
_roots = count()


class Stage:
    """A flow with a root of its own."""

    def __init__(self, flow: type[FlowSpec], max_splits: int = 100, origin_run_id: str | None = None) -> None:
        graph = build_graph(flow)
        self.flow = flow.__name__
        self.storage = open_storage(f"memory://worker-stage-{next(_roots)}")
        self.store = ArtifactStore(self.storage)
        constants = {name: self.store.save(name, value, InlineBudget()) for name, value in constants_of(flow).items()}
        run = RunRecord(
            flow=self.flow,
            run_id=RUN_ID,
            user="tester",
            created_at=0.0,
            start=graph.start,
            end=graph.end,
            nodes=tuple(graph.nodes.values()),
            constants=constants,
            origin_run_id=origin_run_id,
        )
        steps = {
            node.name: StepSpec(
                flow=self.flow,
                step=node.name,
                file=node.file,
                module=flow.__module__,
                join=node.join,
                depth=graph.depth(node.name),
                decorators=node.decorators,
                max_splits=max_splits,
            )
            for node in graph.nodes.values()
        }
        self.place = Workplace(flow, run, steps, self.storage.url)

    def spec(self, step: str, task_id: str = "0", *parents: str, **more: Any) -> TaskSpec:
        """`parents`: "step" or "step/first" or "step/first*count"."""
        return TaskSpec(
            flow=self.flow, run_id=RUN_ID, step=step, task_id=task_id, inputs=tuple(map(_range, parents)), **more
        )

    def attempt(self, step: str, task_id: str = "0", *parents: str, **more: Any) -> int:
        """Run an attempt; its exit code."""
        try:
            return run_attempt(self.place, self.spec(step, task_id, *parents, **more))
        finally:
            current.set(None)

    def place_of(self, spec: TaskSpec) -> Attempt:
        return Attempt.of(self.place, spec)

    def record(self, step: str, task_id: str = "0", attempt: int | None = None) -> TaskRecord:
        """The success of a task, or the attempt of that number."""
        place = (self.flow, RUN_ID, step, task_id)
        key = layout.task(*place) if attempt is None else layout.attempt(*place, attempt)
        return decode(TaskRecord, self.storage.read(key), key)

    def view(self, step: str, task_id: str = "0", attempt: int | None = None) -> ArtifactView:
        return ArtifactView(self.store, self.record(step, task_id, attempt), self._read)

    def _read(self, owner: Owner) -> TaskRecord:
        return read_task(self.storage, self.flow, owner)


def _range(text: str) -> TaskRange:
    step, _, tasks = text.partition("/")
    first, _, width = tasks.partition("*")
    return TaskRange(run_id=RUN_ID, step=step, first=first or "0", count=int(width or 1))
