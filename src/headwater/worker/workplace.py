"""What every attempt of a run shares: the author's class and the run's documents, made once, before any fork."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from headwater import plugins
from headwater.artifacts.store import ArtifactStore
from headwater.flow.spec import FlowSpec
from headwater.names import Pathspec
from headwater.records.base import encode, prepare
from headwater.records.decorators import Card
from headwater.records.graph import Node
from headwater.records.run import RunRecord
from headwater.records.step import StepSpec
from headwater.records.task import Outcome, TaskRecord, TaskSpec
from headwater.storage.base import Storage
from headwater.storage.open import open_storage


class Workplace:
    """The author's class, the run's record and steps, and where storage is.

    Making one also builds the codecs and imports the modules that an attempt needs, and opens storage that may be open
    across a fork: a fork pays for each page of memory that it is the first to touch.
    """

    def __init__(self, flow: type[FlowSpec], run: RunRecord, steps: Mapping[str, StepSpec], storage_url: str) -> None:
        self.flow = flow
        self.run = run
        self.steps = dict(steps)
        self.storage_url = storage_url
        self.nodes: dict[str, Node] = {node.name: node for node in run.nodes}
        prepare(TaskRecord)
        encode(_warm_record(run))
        #: What makes the cards of attempts (see `worker.cards`); None where no step bears one.
        self.cards: Any = None
        self._opened: Opened | None = None
        if getattr(plugins.load("storage", urlsplit(storage_url).scheme or "file"), "forkable", False):
            self._opened = Opened.at(storage_url)

    def prepare_cards(self) -> None:
        """Import what the cards of the steps need, in a process that is to run attempts."""
        cards = [one for step in self.run.steps for one in step.decorators if isinstance(one, Card)]
        if cards:
            self.cards = plugins.load("face", "attempt-cards")(cards)

    @contextmanager
    def storage(self) -> Iterator["Opened"]:
        """Storage for one attempt, which commits at its end."""
        if self._opened is not None:
            with self._opened.storage.writing():
                yield self._opened
            return
        opened = Opened.at(self.storage_url)
        with opened.storage, opened.storage.writing():
            yield opened


class Opened(NamedTuple):
    """A root, open."""

    storage: Storage
    store: ArtifactStore

    @classmethod
    def at(cls, url: str) -> "Opened":
        storage = open_storage(url)
        return cls(storage, ArtifactStore(storage))


class Attempt(NamedTuple):
    """One attempt in its place: what the rooms of the worker pass on."""

    place: Workplace
    spec: TaskSpec
    step: StepSpec
    node: Node

    @classmethod
    def of(cls, place: Workplace, spec: TaskSpec) -> "Attempt":
        return cls(place, spec, place.steps[spec.step], place.nodes[spec.step])

    @property
    def pathspec(self) -> str:
        return str(Pathspec(self.spec.flow, self.spec.run_id, self.spec.step, self.spec.task_id))


def _warm_record(run: RunRecord) -> TaskRecord:
    return TaskRecord(
        flow=run.flow,
        run_id=run.run_id,
        step=run.start,
        task_id="0",
        attempt=0,
        outcome=Outcome.SUCCEEDED,
        started_at=0.0,
        ended_at=0.0,
    )
