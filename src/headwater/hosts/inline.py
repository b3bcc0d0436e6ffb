"""The foreground process as a host: no isolation, the terminal and the debugger work, nothing is captured."""

from collections.abc import Mapping
from typing import Any

from headwater.flow.current import current
from headwater.hosts.interruption import interruptible
from headwater.hosts.surroundings import client_variables
from headwater.hosts.work import Loaded, Work
from headwater.records.run import RunRecord
from headwater.records.task import TaskSpec
from headwater.vault import hidden
from headwater.worker import usage
from headwater.worker.variables import variables_set


class InlineHost:
    """Runs attempts where it is called. A signal or a crash takes the whole run down; output goes straight out."""

    def __init__(self, loaded: Loaded, work: Work) -> None:
        self._loaded = loaded
        self._work = work
        self._place: Any = None
        self._variables: dict[str, str] = {}

    def open_run(self, run: RunRecord, storage_url: str) -> None:
        self._place = self._work.prepare(self._loaded.flow, run, storage_url)
        self._variables = client_variables(run, storage_url)

    def run_one(self, spec: TaskSpec, secrets: Mapping[str, str] = {}) -> int:
        """Run an attempt; returns what would be its process's exit code. `secrets`: variables that are masked."""
        usage.begin()
        self._loaded.refresh()
        outer = current.set(None)  # a step may run a flow itself
        try:
            with variables_set({**self._variables, **secrets}), hidden.scope():
                if secrets:
                    hidden.hide(secrets.values())
                    hidden.guard_output()
                with interruptible():
                    return self._work.run(self._place, spec)
        finally:
            current.set(outer)
