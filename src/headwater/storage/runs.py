"""Which runs a root has, and what a run without an end is: questions to storage that no index answers."""

from collections.abc import Collection

from headwater.storage import layout
from headwater.storage.base import Storage
from headwater.storage.liveness import is_alive

#: The states of a run without an end: a process of it lives, or none does and nothing says how it ended.
RUNNING, LOST = "running", "lost"
WITHOUT_END = (RUNNING, LOST)


def stored_runs(storage: Storage, flows: Collection[str] | None = None) -> list[tuple[str, str]]:
    """(flow, run id) of every run that has a folder, of these flows or of all."""
    names = storage.list_names(layout.FLOWS) if flows is None else flows
    return [(flow, run_id) for flow in names for run_id in storage.list_names(f"{layout.FLOWS}/{flow}")]


def state_without_end(storage: Storage, flow: str, run_id: str) -> str:
    return RUNNING if is_alive(storage, flow, run_id) else LOST
