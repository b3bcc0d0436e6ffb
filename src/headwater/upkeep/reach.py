"""Which blobs are still needed: those that any document of any run refers to, and the files of each run's code."""

from collections.abc import Callable, Iterator

from headwater.artifacts.store import ArtifactStore
from headwater.environments.code import read_manifest
from headwater.errors import BlobError, RecordError
from headwater.records.artifact import BlobRef
from headwater.records.base import Document
from headwater.records.references import blobs_of
from headwater.records.run import RunRecord
from headwater.records.task import TaskRecord
from headwater.storage import layout
from headwater.storage.base import Storage
from headwater.storage.documents import find_document
from headwater.upkeep.policy import RunKey
from headwater.upkeep.runs import stored_runs

Tell = Callable[[int, int], None]


def reached_blobs(storage: Storage, tell: Tell = lambda done, total: None) -> set[bytes]:
    """The hashes of all blobs that are needed, as bytes. `RecordError` when a document cannot be read.

    Then nobody knows which blobs it needs, so nothing may be removed. `tell` hears how many runs are done, and of how
    many.
    """
    reached: set[bytes] = set()
    manifests: dict[str, BlobRef] = {}
    runs = stored_runs(storage)
    for number, key in enumerate(runs, 1):
        for document in _documents(storage, key):
            reached.update(bytes.fromhex(blob.hash) for blob in blobs_of(document))
            if isinstance(document, RunRecord) and document.code.manifest is not None:
                manifests[document.code.manifest.hash] = document.code.manifest
        tell(number, len(runs))
    for manifest in manifests.values():
        reached.update(bytes.fromhex(blob.hash) for blob in code_files(storage, manifest))
    return reached


def code_files(storage: Storage, manifest: BlobRef) -> list[BlobRef]:
    """The files of a code package; none when its list is missing or damaged, for then nobody can tell them."""
    try:
        data = ArtifactStore(storage).load_blob(manifest, "the list of a run's code")
        return [blob for _, blob in read_manifest(data)]
    except (BlobError, ValueError):
        return []


def _documents(storage: Storage, key: RunKey) -> Iterator[Document]:
    """The documents of a run that can refer to blobs: its record and those of all attempts, the failed ones too."""
    yield from _found(storage, RunRecord, layout.run_record(*key), key)
    for entry in storage.list(layout.all_tasks(*key)):
        if entry.key.endswith(".json"):
            yield from _found(storage, TaskRecord, entry.key, key)


def _found(storage: Storage, kind: type[Document], document: str, key: RunKey) -> Iterator[Document]:
    try:
        found = find_document(storage, kind, document)
    except RecordError as exc:
        raise RecordError(
            f"{exc} Until then it is not known which values {key} needs, so none is removed. "
            f"`headwater rm {key}` removes the run."
        ) from exc
    if found is not None:
        yield found
