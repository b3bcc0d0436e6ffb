"""The class that a run's tasks run, in a process that has just imported the author's file: as the run had it made."""

from collections.abc import Mapping
from typing import Any

from headwater.artifacts.serializers import deserialize
from headwater.artifacts.store import ArtifactStore
from headwater.flow.resolve import Choices, resolve_flow
from headwater.flow.spec import FlowSpec
from headwater.flow.withs import split_withs
from headwater.records.artifact import ArtifactRef
from headwater.records.run import RunRecord
from headwater.storage.open import open_storage


def as_the_run_has_it(flow: type[FlowSpec], run: RunRecord, storage_url: str) -> type[FlowSpec]:
    """The flow, resolved with the configs of the run's record; itself when it was resolved, or leaves nothing open."""
    withs = split_withs(run.options.get("with_", ""))
    return resolve_flow(flow, Choices(known_configs=load_configs(run.configs, storage_url), with_=withs))


def load_configs(refs: Mapping[str, ArtifactRef], storage_url: str) -> dict[str, Any]:
    """What a run has kept of its configs; its storage is opened only for values that do not stand in its record."""
    if all(ref.data is not None for ref in refs.values()):
        return {
            name: deserialize(ref.serializer, ref.data or b"", (), ref.python, f"Config {name!r}")
            for name, ref in refs.items()
        }
    with open_storage(storage_url) as storage:
        store = ArtifactStore(storage)
        return {name: store.load(ref, name=name, where="the run") for name, ref in refs.items()}
