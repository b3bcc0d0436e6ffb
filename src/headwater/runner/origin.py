"""The run that another one resumes: which it is, and the configs that it had."""

from typing import Any

from headwater import plugins
from headwater.errors import NotFound
from headwater.metadata.base import Metadata
from headwater.metadata.open import open_index
from headwater.metadata.query import RunQuery
from headwater.names import validate_run_id
from headwater.records.run import RunRecord
from headwater.settings import Settings
from headwater.storage import layout
from headwater.storage.base import Storage
from headwater.storage.documents import find_document
from headwater.storage.open import open_storage
from headwater.worker.resolved import load_configs


def find_origin(storage: Storage, index: Metadata, flow: str, user: str, run_id: str | None) -> RunRecord:
    """The run to resume: the one named, else the user's newest of the flow."""
    if run_id is None:
        newest = index.runs(RunQuery(flow=flow, user=user, limit=1))
        if not newest:
            raise NotFound(
                f"{user} has no run of {flow} in {storage.url}. Start one with `run`, or name one with --origin-run-id."
            )
        run_id = newest[0].run_id
    run = find_document(storage, RunRecord, layout.run_record(flow, validate_run_id(run_id)))
    if run is None:
        plugins.load("face", "refuse-imported")(storage, flow, run_id, "resumed")
        raise NotFound(f"There is no run {run_id!r} of {flow} in {storage.url}. List them with `headwater runs`.")
    return run


def origins_configs(flow: str, run_id: str | None, settings: Settings) -> tuple[str, dict[str, Any]]:
    """The id of the run to resume, and its configs as it has kept them."""
    with open_storage(settings.datastore_root) as storage, open_index(storage) as index:
        run = find_origin(storage, index, flow, settings.user, run_id)
        return run.run_id, load_configs(run.configs, storage.url)
