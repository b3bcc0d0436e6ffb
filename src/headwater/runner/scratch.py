"""Spins that were not to be kept: the next spin of the step takes their place, and their values go with them."""

from shutil import rmtree

from headwater.errors import RecordError
from headwater.records.run import RunRecord
from headwater.storage import layout
from headwater.storage.documents import find_document
from headwater.storage.layered import LayeredStorage
from headwater.storage.liveness import is_alive
from headwater.storage.local import LocalStorage
from headwater.upkeep.reach import reached_blobs
from headwater.upkeep.sweep import sweep_blobs


def forget_scratch(storage: LayeredStorage, newest: RunRecord, step: str) -> None:
    """Remove the earlier spins of a step that nobody asked to keep."""
    own = LocalStorage(storage.folder)  # what is below is nobody's to remove
    old = [run_id for run_id in own.list_names(f"{layout.FLOWS}/{newest.flow}") if run_id != newest.run_id]
    doomed = [run_id for run_id in old if _is_scratch(storage, newest.flow, run_id, step)]
    for run_id in doomed:
        rmtree(own.path(layout.run(newest.flow, run_id)), ignore_errors=True)
    if not doomed or not own.list_names(layout.BLOBS):
        return
    with own.writers.alone() as taken:
        if taken:
            t0 = own.writers.drain()
            sweep_blobs(own, reached_blobs(storage), t0)


def _is_scratch(storage: LayeredStorage, flow: str, run_id: str, step: str) -> bool:
    if is_alive(storage, flow, run_id):
        return False
    try:
        run = find_document(storage, RunRecord, layout.run_record(flow, run_id))
    except RecordError:  # of another version of Headwater, or damaged
        return False
    return run is not None and run.options.get("spin", "").startswith(f"{step}/") and "persist" not in run.options
