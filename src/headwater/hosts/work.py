"""What a host runs: how to import the author's file, make a run's workplace, and do one attempt."""

from collections.abc import Callable
from typing import Any, NamedTuple

from headwater.records.run import RunRecord
from headwater.records.task import TaskSpec


class Loaded(NamedTuple):
    """The author's class, and what gives a fork the random state of a fresh interpreter."""

    flow: Any
    refresh: Callable[[], None]


class Work(NamedTuple):
    """The three deeds of a host. `headwater.hosts.worker.WORK` does them for real."""

    load: Callable[[str, str | None, str | None], Loaded]  # (file, class name, module)
    prepare: Callable[[Any, RunRecord, str], Any]  # (flow, run, storage URL) -> a place
    run: Callable[[Any, TaskSpec], int]  # (place, spec) -> exit code of the process
