"""Reading what an earlier run has done, for a run that resumes it.

The names of the documents under `tasks/` tell which tasks succeeded; a document is opened only for a task that split or
chose an arm, to learn which way it went. What the earlier run had itself taken over stands in its `origin/` documents,
with the run that really executed it, so no chain of runs is followed.
"""

from collections.abc import Iterator

from headwater.graph.model import Graph
from headwater.names import position_range
from headwater.records.run import OriginRecord, RunRecord
from headwater.records.task import TaskRecord, Transition
from headwater.scheduler.origin import Origin
from headwater.storage import layout
from headwater.storage.base import Storage
from headwater.storage.documents import find_document


def read_origin(storage: Storage, run: RunRecord, rerun: frozenset[str]) -> Origin:
    """What `run` has done; the steps of `rerun` will run again all the same."""
    tasks: dict[str, dict[str, str]] = {}
    for taken in (taken for record in _origin_records(storage, run) for taken in record.taken):
        executed = tasks.setdefault(taken.step, {})
        executed.update(dict.fromkeys(position_range(taken.first, taken.count), taken.run_id))
    for node in run.nodes:
        names = storage.list_names(layout.tasks(run.flow, run.run_id, node.name))
        own = (task_id for task_id, attempt in map(layout.split_name, names) if attempt is None)
        tasks.setdefault(node.name, {}).update(dict.fromkeys(own, run.run_id))

    def transition(step: str, task_id: str) -> Transition | None:
        record = find_document(storage, TaskRecord, layout.task(run.flow, tasks[step][task_id], step, task_id))
        return record.transition if record else None

    return Origin(
        run_id=run.run_id,
        graph=Graph(run.flow, run.nodes, run.start, run.end),
        tasks=tasks,
        transition=transition,
        rerun=rerun,
    )


def _origin_records(storage: Storage, run: RunRecord) -> Iterator[OriginRecord]:
    folder = layout.origins(run.flow, run.run_id)
    for name in storage.list_names(folder):
        record = find_document(storage, OriginRecord, f"{folder}/{name}")
        if record is not None:
            yield record
