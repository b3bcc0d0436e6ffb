"""Which tasks of a run have cards, without a look at those of steps that bear none."""

from collections.abc import Iterator
from math import inf

from headwater.client.cards import TaskCard, get_cards
from headwater.client.objects import Task
from headwater.client.reader import Reader
from headwater.names import Pathspec
from headwater.records.decorators import Card
from headwater.records.task import Outcome
from headwater.storage import layout


def tasks_with_cards(reader: Reader, place: Pathspec) -> Iterator[Task]:
    """The tasks below a run, a step or a task that may have cards, in the order of the steps; running ones last."""
    assert place.run is not None
    run = reader.run_record(place.flow, place.run)
    prefix = layout.all_cards(place.flow, place.run)
    folders = reader.storage.list_names(prefix)
    bearing = {step.step for step in run.steps if any(isinstance(one, Card) for one in step.decorators)}
    ended: dict[tuple[str, str], float] = {}  # the last attempt that ended; no other follows a success
    order = {node.name: number for number, node in enumerate(run.nodes)}
    rows = reader.tasks(place.flow, place.run, place.step)
    for row in sorted(rows, key=lambda row: order.get(row.step, 0)):  # within a step by position already
        ended[row.step, row.task_id] = row.attempt if row.outcome is Outcome.FAILED else inf
        # What was taken over may bear cards that the run's own code does not name.
        if place.task in (None, row.task_id) and (run.origin_run_id or row.step in bearing or row.step in folders):
            yield Task._of(reader, place, None, row)
    for step in folders if place.step is None else [place.step]:
        for name in reader.storage.list_names(f"{prefix}/{step}"):
            task_id, attempt = layout.split_name(name)
            if place.task in (None, task_id) and attempt is not None and attempt > ended.get((step, task_id), -1):
                yield _running(reader, Pathspec(place.flow, place.run, step, task_id), attempt)


def _running(reader: Reader, place: Pathspec, attempt: int) -> Task:
    task = Task._at(reader, place, None)
    task._attempt = attempt
    return task


def cards_below(
    reader: Reader, place: Pathspec, id: str | None = None, type: str | None = None, follow_resumed: bool = True
) -> Iterator[TaskCard]:
    """The cards of those tasks."""
    for task in tasks_with_cards(reader, place):
        yield from get_cards(task, id, type, follow_resumed)
