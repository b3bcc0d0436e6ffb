"""Whether everything in a root can be followed, and nothing in it is left over; found without the code under test."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from headwater.artifacts.store import ArtifactStore
from headwater.artifacts.view import ArtifactView, Owner, read_task
from headwater.environments.code import read_manifest
from headwater.names import position_range
from headwater.records.base import decode
from headwater.records.run import OriginRecord, RunRecord
from headwater.records.task import TaskRecord
from headwater.storage.local import LocalStorage


def load_everything(root: Path) -> int:
    """Load each value that any document of the root gives access to; how many that were."""
    storage = LocalStorage(root)
    loaded = 0
    for path in sorted(root.glob("flows/*/*/run.json")):
        run = decode(RunRecord, path.read_bytes(), str(path))
        loaded += _load_run(storage, run)
        for record in _tasks(storage, path.parent, run):
            loaded += _load_task(storage, record)
    return loaded


def leftover_blobs(root: Path) -> set[str]:
    """Blobs that no document names, and (with a minus before it) named ones that are missing."""
    named: set[str] = set()
    for path in root.glob("flows/**/*.json"):
        named.update(_named(json.loads(path.read_bytes())))
    stored = {path.name.removeprefix("b3-").partition(".")[0]: path for path in root.glob("blobs/*/*")}
    for path in root.glob("flows/*/*/run.json"):
        manifest = json.loads(path.read_bytes())["code"]["manifest"]["hash"]
        named.update(blob.hash for _, blob in read_manifest(stored[manifest].read_bytes()))
    return (stored.keys() - named) | {f"-{name}" for name in named - stored.keys()}


def _named(value: Any) -> Iterator[str]:
    """The hashes in whatever looks like a blob: a hash and a size, and no type as an artifact has."""
    if isinstance(value, dict):
        if {"hash", "size"} <= value.keys() and "type" not in value:
            yield value["hash"]
        for each in value.values():
            yield from _named(each)
    elif isinstance(value, list):
        for each in value:
            yield from _named(each)


def _load_run(storage: LocalStorage, run: RunRecord) -> int:
    store, where = ArtifactStore(storage), f"{run.flow}/{run.run_id}"
    given = {**run.parameters, **run.constants}
    for name, ref in given.items():
        store.load(ref, name=name, where=where)
    assert run.code.manifest is not None
    files = read_manifest(store.load_blob(run.code.manifest, where))
    for _, blob in files:
        store.load_blob(blob, where)
    assert run.interpreter.distributions is not None
    store.load_blob(run.interpreter.distributions, where)
    return len(given) + len(files) + 2


def _tasks(storage: LocalStorage, folder: Path, run: RunRecord) -> Iterator[TaskRecord]:
    """Every attempt of the run's own, and every task that it took over."""
    for path in sorted(folder.glob("tasks/*/*.json")):
        yield decode(TaskRecord, path.read_bytes(), str(path))
    for path in sorted(folder.glob("origin/*.json")):
        for taken in decode(OriginRecord, path.read_bytes(), str(path)).taken:
            for task_id in position_range(taken.first, taken.count):
                yield read_task(storage, run.flow, Owner(taken.run_id, taken.step, task_id))


def _load_task(storage: LocalStorage, record: TaskRecord) -> int:
    store, where = ArtifactStore(storage), f"{record.flow}/{record.run_id}/{record.step}/{record.task_id}"
    view = ArtifactView(store, record, lambda owner: read_task(storage, record.flow, owner))
    for name in view.names():
        view.load(name)
    count = record.items.count if record.items else 0
    for index in range(count):
        assert record.items is not None
        store.unpack(record.items, index, where)
    return len(view.names()) + count
