"""Every record of a root read, and every blob hashed: what is damaged or missing, and which runs need it."""

from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import blake3
import zstandard

from headwater.artifacts.blobs import digest
from headwater.checkup.finding import Area, Finding, Level
from headwater.checkup.kept import Run, shown
from headwater.environments.code import read_manifest
from headwater.errors import HeadwaterError, StorageError
from headwater.metadata.rebuild import read_run
from headwater.records.artifact import BlobRef
from headwater.records.references import blobs_of
from headwater.records.run import RunRecord
from headwater.storage import layout
from headwater.storage.base import Entry, Storage
from headwater.storage.local import LocalStorage
from headwater.storage.runs import stored_runs
from headwater.wording import counted, size

_BLOBS = "blobs"
_PIECE = 1 << 20  # bytes that are decompressed at a time
_RUNS_NAMED = 3

#: What is looked at, how much of it is done, and of how much.
Progress = Callable[[str, int, int], None]


class _Needs(NamedTuple):
    """Which runs need a blob."""

    ref: BlobRef
    runs: list[Run]

    def __str__(self) -> str:
        names = [f"{flow}/{run_id}" for flow, run_id in self.runs[:_RUNS_NAMED]]
        more = f" and {counted(len(self.runs) - _RUNS_NAMED, 'more run')}" if len(self.runs) > _RUNS_NAMED else ""
        return f"{self.ref.hash} ({size(self.ref.size)}), needed by {', '.join(names)}{more}"


class _Records(NamedTuple):
    """What the documents of a root say."""

    runs: int
    tasks: int
    damaged: list[str]
    needs: dict[str, _Needs]  # by the key of the blob


def verify(storage: Storage, progress: Progress) -> list[Finding]:
    """Read everything; the root may be in use meanwhile."""
    records = _read_records(storage, progress)
    return [_tell_records(records), *_check_blobs(storage, records.needs, progress)]


def _read_records(storage: Storage, progress: Progress) -> _Records:
    runs, tasks, damaged = stored_runs(storage), 0, []
    needs: dict[str, _Needs] = {}
    for done, (flow, run_id) in enumerate(runs):
        progress("runs", done, len(runs))
        documents, problems = read_run(storage, flow, run_id)
        damaged += [str(problem) for problem in problems]
        tasks += len(documents.tasks)
        present = (documents.run, documents.end, documents.tags, *documents.origins, *documents.tasks)
        refs = [ref for document in present if document is not None for ref in blobs_of(document)]
        if documents.run is not None:
            refs += _code_files(storage, documents.run)
        for key, ref in {layout.blob(ref.hash, ref.encoding): ref for ref in refs}.items():
            needs.setdefault(key, _Needs(ref, [])).runs.append((flow, run_id))
    progress("runs", len(runs), len(runs))
    return _Records(len(runs), tasks, damaged, needs)


def _code_files(storage: Storage, run: RunRecord) -> list[BlobRef]:
    """The files that a run's code consists of; none where their list is damaged, which its blob will tell."""
    manifest = run.code.manifest
    if manifest is None:
        return []
    try:
        data = storage.read(layout.blob(manifest.hash, manifest.encoding))
        return [ref for _, ref in read_manifest(_plain(data, manifest))]
    except (KeyError, ValueError, zstandard.ZstdError, StorageError):
        return []


def _tell_records(records: _Records) -> Finding:
    read = f"{counted(records.tasks, 'task record')} of {counted(records.runs, 'run')}"
    if not records.damaged:
        return Finding(Area.VERIFIED, Level.OK, f"{read} can be read")
    remedy = "Restore them from a copy of the root, or remove the runs: headwater rm FLOW/ID"
    text = f"{counted(len(records.damaged), 'document')} cannot be read; {read} can"
    return Finding(Area.VERIFIED, Level.PROBLEM, text, remedy, shown(records.damaged))


def _check_blobs(storage: Storage, needs: dict[str, _Needs], progress: Progress) -> list[Finding]:
    entries = {entry.key: entry for entry in storage.list(_BLOBS)}
    damaged = [key for key in _hashed_wrong(storage, list(entries.values()), progress) if storage.exists(key)]
    missing = [key for key in needs if key not in entries and not storage.exists(key)]
    findings = [
        _tell_lost("damaged: the bytes are not what the name says", damaged, needs),
        _tell_lost("missing", missing, needs),
    ]
    sound = Finding(
        Area.VERIFIED,
        Level.OK,
        f"{counted(len(entries) - len(damaged), 'blob')} hashed, {size(_bulk(entries, list(entries)))} in all",
    )
    return [sound, *(finding for finding in findings if finding), *_tell_spare(entries, needs)]


def _hashed_wrong(storage: Storage, entries: list[Entry], progress: Progress) -> list[str]:
    """The keys of blobs whose bytes have another hash than their names say."""
    wrong, done, total = [], 0, sum(entry.size for entry in entries)
    for entry in entries:
        progress("bytes", done, total)
        done += entry.size
        name = entry.key.rpartition("/")[2]
        expected, _, encoding = name.removeprefix("b3-").partition(".")
        try:
            if _hash(storage, entry, encoding) != expected:
                wrong.append(entry.key)
        except (KeyError, FileNotFoundError):  # removed since it was listed
            continue
        except (OSError, HeadwaterError, zstandard.ZstdError):
            wrong.append(entry.key)
    progress("bytes", total, total)
    return wrong


def _hash(storage: Storage, entry: Entry, encoding: str) -> str:
    if isinstance(storage, LocalStorage) and not encoding:
        return _hash_file(storage.path(entry.key))
    data = storage.read(entry.key)
    if not encoding:
        return digest(data, parallel=True)
    hasher = blake3.blake3()
    with zstandard.ZstdDecompressor().stream_reader(data) as reader:
        while piece := reader.read(_PIECE):
            hasher.update(piece)
    return hasher.hexdigest()


def _hash_file(path: Path) -> str:
    hasher = blake3.blake3(max_threads=blake3.blake3.AUTO)
    if path.stat().st_size:
        hasher.update_mmap(path)
    return hasher.hexdigest()


def _tell_lost(what: str, keys: list[str], needs: dict[str, _Needs]) -> Finding | None:
    if not keys:
        return None
    lines = [str(needs[key]) if key in needs else f"{key}, needed by no run" for key in sorted(keys)]
    needed = any(key in needs for key in keys)
    level = Level.PROBLEM if needed else Level.WARNING
    remedy = (
        "Restore them from a copy of the root, or run again what made them: python FILE resume STEP --origin-run-id ID"
        if needed
        else "Remove them: headwater gc --yes"
    )
    return Finding(Area.VERIFIED, level, f"{counted(len(keys), 'blob')} {what}", remedy, shown(lines))


def _tell_spare(entries: dict[str, Entry], needs: dict[str, _Needs]) -> list[Finding]:
    spare = [key for key in entries if key not in needs]
    if not spare:
        return []
    text = f"{counted(len(spare), 'blob')} ({size(_bulk(entries, spare))}) that no run needs"
    return [Finding(Area.VERIFIED, Level.NOTE, text, "Free the space: headwater gc --yes")]


def _bulk(entries: dict[str, Entry], keys: list[str]) -> int:
    return sum(entries[key].size for key in keys)


def _plain(data: bytes, ref: BlobRef) -> bytes:
    if not ref.encoding:
        return data
    plain: bytes = zstandard.ZstdDecompressor().decompress(data, max_output_size=ref.size)
    return plain
