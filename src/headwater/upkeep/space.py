"""What takes space in a root: by flow and run from the index, by step and artifact from the documents of one run.

Values are counted as their documents give them, before compression; documents and logs as the disk does. What several
runs refer to is stored once: `own` is what nothing else refers to, and goes with the last run that does.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from typing import NamedTuple

from headwater.metadata.base import Metadata
from headwater.metadata.rebuild import bytes_taken, measure_files
from headwater.metadata.rows import RunFiles, SpaceRow
from headwater.records.artifact import BlobRef
from headwater.records.references import blobs_of
from headwater.records.task import TaskRecord
from headwater.storage import layout
from headwater.storage.base import Storage
from headwater.storage.documents import find_document
from headwater.upkeep.policy import RunKey
from headwater.upkeep.reach import code_files

Tell = Callable[[int, int], None]


class Space(NamedTuple):
    """Bytes of one thing."""

    name: str  # a flow, the pathspec of a run, a step, an artifact
    members: int  # runs of a flow; attempts of a step; values of an artifact; else 1
    own: int  # values that nothing else of its kind refers to
    shared: int = 0  # values that others of its kind refer to as well
    documents: int = 0
    logs: int = 0

    @property
    def total(self) -> int:
        """What it takes by itself."""
        return self.own + self.documents + self.logs


class Usage(NamedTuple):
    """What the parts of something take, the largest first, and what they have in common."""

    parts: tuple[Space, ...]
    common: int  # bytes of values to which several parts refer
    code: int = 0  # bytes of the authors' files that are kept with the runs
    code_versions: int = 0

    @property
    def total(self) -> int:
        return sum(part.total for part in self.parts) + self.common + self.code


def measure_new(storage: Storage, index: Metadata, tell: Tell = lambda done, total: None) -> None:
    """Measure the folders of runs of which the index does not know, or that may have grown."""
    missing = sorted(index.unmeasured())
    for number, (flow, run_id) in enumerate(missing, 1):
        index.set_files(flow, run_id, measure_files(storage, flow, run_id))
        tell(number, len(missing))


def space_of_root(storage: Storage, index: Metadata) -> Usage:
    """By flow."""
    parts = [Space(row.flow, row.runs, row.own_blobs, 0, *row.files) for row in index.flow_space()]
    common = index.blob_bytes() - sum(part.own for part in parts)
    return _usage(parts, common, _code(storage, index.codes()))


def space_of_flow(storage: Storage, index: Metadata, flow: str) -> Usage:
    """By run. What is shared may be with runs of other flows."""
    rows = index.space(flow)
    parts = [_run_space(row) for row in rows]
    own = sum(part.own for part in parts)
    held = index.blob_bytes([(row.flow, row.run_id) for row in rows])
    return _usage(parts, held - own, _code(storage, {row.code for row in rows}))


def space_of_run(storage: Storage, index: Metadata, key: RunKey) -> Usage:
    """By step, of the tasks that the run executed itself."""
    steps: dict[str, _Heap] = defaultdict(_Heap)
    for step, entry_size, record in _tasks(storage, key, None):
        steps[step].add(blobs_of(record), entry_size)
    logs = _log_sizes(storage, key)
    own = _held_once(steps.values())
    parts = [
        Space(step, heap.count, *heap.split(own), heap.documents, logs.get(step, 0)) for step, heap in steps.items()
    ]
    code = {row.code for row in index.space(key.flow) if row.run_id == key.run_id}
    return _usage(parts, _bytes(steps.values()) - sum(part.own for part in parts), _code(storage, code))


def space_of_step(storage: Storage, key: RunKey, step: str, task_id: str | None = None) -> Usage:
    """By artifact, of every attempt of a step's tasks, or of one task; also items of a foreach, and cards."""
    names: dict[str, _Heap] = defaultdict(_Heap)
    for _, _, record in _tasks(storage, key, step):
        if task_id is not None and record.task_id != task_id:
            continue
        for name, ref in record.artifacts.items():
            names[name].add(blobs_of(ref), len(ref.data or b""))
        if record.items is not None:
            names[ITEMS].add(blobs_of(record.items), len(record.items.data or b""))
        if record.cards:
            names[CARDS].add((blob for card in record.cards for blob in blobs_of(card)), 0)
    own = _held_once(names.values())
    parts = [Space(name, heap.count, *heap.split(own), heap.documents) for name, heap in names.items()]
    return _usage(parts, _bytes(names.values()) - sum(part.own for part in parts), (0, 0))


#: In place of an artifact's name: what a foreach hands to its tasks, and the cards of an attempt.
ITEMS = "(items of the foreach)"
CARDS = "(cards)"


class _Heap:
    """Blobs, each once, and what stands in documents."""

    def __init__(self) -> None:
        self.blobs: dict[str, int] = {}
        self.documents = 0
        self.count = 0

    def add(self, blobs: Iterable[BlobRef], document: int) -> None:
        self.count += 1
        self.documents += document
        self.blobs.update((blob.hash, blob.size) for blob in blobs)

    def split(self, own: set[str]) -> tuple[int, int]:
        """Bytes of its own, and of what others have too."""
        mine = sum(size for name, size in self.blobs.items() if name in own)
        return mine, sum(self.blobs.values()) - mine


def _held_once(heaps: Iterable[_Heap]) -> set[str]:
    holders: dict[str, int] = defaultdict(int)
    for heap in heaps:
        for name in heap.blobs:
            holders[name] += 1
    return {name for name, count in holders.items() if count == 1}


def _bytes(heaps: Iterable[_Heap]) -> int:
    """All blobs, each once."""
    every: dict[str, int] = {}
    for heap in heaps:
        every.update(heap.blobs)
    return sum(every.values())


def _tasks(storage: Storage, key: RunKey, step: str | None) -> Iterator[tuple[str, int, TaskRecord]]:
    """(step, bytes of the document, the record) of every attempt that the run executed itself."""
    prefix = layout.all_tasks(*key) if step is None else layout.tasks(*key, step)
    for entry in storage.list(prefix):
        if entry.key.endswith(".json"):
            record = find_document(storage, TaskRecord, entry.key)
            if record is not None:
                yield record.step, bytes_taken(storage, entry.size), record


def _log_sizes(storage: Storage, key: RunKey) -> dict[str, int]:
    """Bytes of logs by step."""
    sizes: dict[str, int] = defaultdict(int)
    prefix = layout.all_logs(*key)
    for entry in storage.list(prefix):
        sizes[entry.key[len(prefix) + 1 :].partition("/")[0]] += bytes_taken(storage, entry.size)
    return sizes


def _run_space(row: SpaceRow) -> Space:
    files = row.files or RunFiles(0, 0)
    return Space(f"{row.flow}/{row.run_id}", 1, row.own_blobs, row.blobs - row.own_blobs, *files)


def _code(storage: Storage, manifests: Iterable[str | None]) -> tuple[int, int]:
    """Bytes of the files of these code packages, each once, and how many packages there are."""
    files: dict[str, int] = {}
    versions = {manifest for manifest in manifests if manifest}
    for manifest in versions:
        size = storage.size(layout.blob(manifest))
        if size is not None:
            files.update((blob.hash, blob.size) for blob in code_files(storage, BlobRef(hash=manifest, size=size)))
    return sum(files.values()), len(versions)


def _usage(parts: list[Space], common: int, code: tuple[int, int]) -> Usage:
    ordered = sorted(parts, key=lambda part: (-part.total, part.name))
    return Usage(tuple(ordered), common, *code)
