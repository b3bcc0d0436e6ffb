"""Blobs: written once, mapped when loaded, known again when saved, and never a wrong value."""

import os
import resource
import subprocess
import sys
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pytest

from headwater.artifacts.mapping import WORTH_ASKING
from headwater.artifacts.store import INLINE_RECORD, INLINE_VALUE, ArtifactStore, InlineBudget, identity
from headwater.errors import ArtifactError, BlobError
from headwater.records.artifact import ArtifactRef, BlobRef
from headwater.storage import layout
from headwater.storage.local import LocalStorage
from headwater.storage.writers import BLOB_MTIME_NS

WHERE = "Flow/1/start/0"
ROWS = 1 << 18  # 2 MiB of float64
MANY_ROWS = WORTH_ASKING // 8

linux_only = pytest.mark.skipif(sys.platform != "linux", reason="/proc/self/smaps is Linux's")


def _array(seed: int = 0, rows: int = ROWS) -> Any:
    return np.arange(rows, dtype=float) + seed


def _blob(storage: LocalStorage, ref: BlobRef) -> Path:
    return storage.path(layout.blob(ref.hash, ref.encoding))


def _facts_of_mapping(path: Path) -> dict[str, int]:
    """The figures of /proc/self/smaps (kB) for a file, of all its mappings."""
    facts: dict[str, int] = {}
    inside = False
    for line in Path("/proc/self/smaps").read_text().splitlines():
        first = line.split()[0]
        if not first.endswith(":"):
            inside = line.endswith(str(path))
        elif inside and line.endswith("kB"):
            facts[first[:-1]] = facts.get(first[:-1], 0) + int(line.split()[1])
    return facts


def _change(path: Path, change: str) -> None:
    path.chmod(0o600)
    data = bytearray(path.read_bytes())
    if change == "flip":
        data[len(data) // 2] ^= 1
    elif change == "truncate":
        del data[len(data) // 2 :]
    elif change == "append":
        data += b"more"
    elif change == "empty":
        data.clear()
    path.write_bytes(data)


def test_small_values_stand_in_their_ref_until_the_record_is_full(store: ArtifactStore) -> None:
    budget = InlineBudget()
    refs = [store.save("x", bytes([number]) * INLINE_VALUE, budget) for number in range(20)]
    inline = [ref for ref in refs if ref.data is not None]
    assert len(inline) == INLINE_RECORD // INLINE_VALUE
    assert budget.remaining == 0
    assert all(ref.blobs for ref in refs[len(inline) :])
    assert store.save("x", b"", budget).data == b""
    assert [store.load(ref, "x", WHERE) for ref in refs] == [bytes([number]) * INLINE_VALUE for number in range(20)]


def test_a_value_above_the_limit_takes_nothing_from_the_record(store: ArtifactStore) -> None:
    budget = InlineBudget()
    assert store.save("x", bytes(INLINE_VALUE + 1), budget).data is None
    assert budget.remaining == INLINE_RECORD


def test_a_blob_is_written_once(store: ArtifactStore, storage: LocalStorage) -> None:
    ref = store.save("x", _array(), InlineBudget())
    before = _blob(storage, ref.blobs[1]).stat()
    again = store.save("x", _array(), InlineBudget())
    assert again == ref
    assert _blob(storage, ref.blobs[1]).stat().st_ino == before.st_ino


def test_saving_again_heals_a_damaged_blob(store: ArtifactStore, storage: LocalStorage) -> None:
    ref = store.save("x", _array(), InlineBudget())
    _change(_blob(storage, ref.blobs[1]), "flip")
    assert store.save("x", _array(), InlineBudget()) == ref
    assert np.array_equal(store.load(ref, "x", WHERE), _array())


def test_the_hash_of_several_parts_is_of_their_hashes(store: ArtifactStore) -> None:
    one = store.save("x", [_array(), _array(1)], InlineBudget())
    other = store.save("x", [_array(), _array(2)], InlineBudget())
    assert one.blobs[:2] == other.blobs[:2]
    assert one.hash != other.hash
    assert one.hash not in {blob.hash for blob in one.blobs}
    assert len(store.save("x", "a" * 10_000, InlineBudget()).hash) == 64


@linux_only
def test_a_loaded_array_is_mapped_and_not_read(store: ArtifactStore, storage: LocalStorage) -> None:
    ref = store.save("x", _array(), InlineBudget())
    loaded = store.load(ref, "x", WHERE)
    assert _facts_of_mapping(_blob(storage, ref.blobs[1]))["Rss"] == 0
    assert np.array_equal(loaded, _array())


@linux_only
@pytest.mark.parametrize("view", ["same", "reshaped", "read-only"])
def test_an_array_that_was_not_read_is_saved_without_reading_it(
    store: ArtifactStore, storage: LocalStorage, view: str
) -> None:
    ref = store.save("x", _array(rows=MANY_ROWS), InlineBudget())
    loaded = store.load(ref, "x", WHERE)
    if view == "reshaped":
        loaded = loaded.reshape(-1, 64)
    if view == "read-only":
        loaded.flags.writeable = False
    again = store.save("y", {"value": loaded}, InlineBudget())
    assert again.blobs[1] == ref.blobs[1]
    assert _facts_of_mapping(_blob(storage, ref.blobs[1]))["Rss"] == 0


@linux_only
def test_an_array_that_was_only_read_keeps_its_hash_even_if_its_bytes_could_not_be_hashed(
    store: ArtifactStore, storage: LocalStorage
) -> None:
    ref = store.save("x", _array(rows=MANY_ROWS), InlineBudget())
    loaded = store.load(ref, "x", WHERE)
    assert loaded.sum() > 0
    path = _blob(storage, ref.blobs[1])
    _change(path, "flip")  # shows through the mapping: hashing it would give another name
    os.utime(path, ns=(BLOB_MTIME_NS, BLOB_MTIME_NS))
    assert store.save("x", loaded, InlineBudget()) == ref


def test_a_loaded_array_that_was_written_to_gets_another_hash(store: ArtifactStore) -> None:
    ref = store.save("x", _array(rows=MANY_ROWS), InlineBudget())
    loaded = store.load(ref, "x", WHERE)
    loaded[-1] = 2.0
    changed = store.save("x", loaded, InlineBudget())
    assert changed.hash != ref.hash
    assert store.load(changed, "x", WHERE)[-1] == 2.0
    assert np.array_equal(store.load(ref, "x", WHERE), _array(rows=MANY_ROWS))


def test_a_piece_of_a_loaded_array_is_not_taken_for_the_whole(store: ArtifactStore) -> None:
    loaded = store.load(store.save("x", _array(rows=MANY_ROWS * 2), InlineBudget()), "x", WHERE)
    for piece in (loaded[:MANY_ROWS], loaded[MANY_ROWS:], loaded[1:], loaded[:-1]):
        ref = store.save("x", piece, InlineBudget())
        assert np.array_equal(store.load(ref, "x", WHERE), piece)


def test_an_array_of_another_root_is_stored_in_this_one(store: ArtifactStore, tmp_path: Path) -> None:
    loaded = store.load(store.save("x", _array(rows=MANY_ROWS), InlineBudget()), "x", WHERE)
    other = ArtifactStore(LocalStorage(tmp_path / "other"))
    ref = other.save("x", loaded, InlineBudget())
    assert np.array_equal(other.load(ref, "x", WHERE), _array(rows=MANY_ROWS))


def test_an_array_whose_blob_was_removed_is_stored_again(store: ArtifactStore, storage: LocalStorage) -> None:
    ref = store.save("x", _array(rows=MANY_ROWS), InlineBudget())
    loaded = store.load(ref, "x", WHERE)
    storage.delete(layout.blob(ref.blobs[1].hash))
    assert store.save("x", loaded, InlineBudget()) == ref
    assert np.array_equal(store.load(ref, "x", WHERE), _array(rows=MANY_ROWS))


@pytest.mark.parametrize("change", ["flip", "truncate", "append", "empty", "delete"])
@pytest.mark.parametrize("kind", ["buffer", "stream", "compressed", "bytes"])
def test_a_damaged_blob_is_an_error_that_names_it(
    store: ArtifactStore, storage: LocalStorage, change: str, kind: str
) -> None:
    value = {"buffer": _array(), "stream": list(range(3000)), "compressed": "text " * 50_000, "bytes": b"b" * 9000}[
        kind
    ]
    ref = store.save("weights", value, InlineBudget())
    blob = ref.blobs[-1]
    path = _blob(storage, blob)
    if change == "delete":
        path.unlink()
    else:
        _change(path, change)
    state = "missing" if change == "delete" else "damaged"
    with pytest.raises(BlobError, match=rf"Blob {blob.hash} of Artifact 'weights' of {WHERE} .*{state}"):
        store.load(ref, "weights", WHERE)


def test_a_buffer_cut_short_with_the_right_time_is_noticed_by_its_size(
    store: ArtifactStore, storage: LocalStorage
) -> None:
    ref = store.save("x", _array(), InlineBudget())
    path = _blob(storage, ref.blobs[1])
    _change(path, "truncate")
    os.utime(path, ns=(BLOB_MTIME_NS, BLOB_MTIME_NS))
    with pytest.raises(BlobError):
        store.load(ref, "x", WHERE)


def test_a_sound_blob_with_another_time_is_read_and_believed(store: ArtifactStore, storage: LocalStorage) -> None:
    ref = store.save("x", _array(), InlineBudget())
    os.utime(_blob(storage, ref.blobs[1]))
    assert np.array_equal(store.load(ref, "x", WHERE), _array())


def test_blobs_are_saved_and_loaded_by_themselves(store: ArtifactStore, storage: LocalStorage) -> None:
    plain = store.save_blob(b"code" * 10)
    packed = store.save_blob(b"code" * 100_000, compress=True)
    assert (plain.encoding, packed.encoding) == ("", "zst")
    assert _blob(storage, packed).stat().st_size < packed.size // 10
    assert store.load_blob(plain, "the code of F/1") == b"code" * 10
    assert store.load_blob(packed, "the code of F/1") == b"code" * 100_000
    storage.delete(layout.blob(plain.hash))
    with pytest.raises(BlobError, match=r"of the code of F/1 is missing"):
        store.load_blob(plain, "the code of F/1")


def test_what_does_not_shrink_is_not_compressed(store: ArtifactStore) -> None:
    assert store.save_blob(os.urandom(1 << 17), compress=True).encoding == ""


_READER = """
import sys
import msgspec
from headwater.artifacts.mapping import WORTH_ASKING
from headwater.artifacts.store import ArtifactStore
from headwater.records.artifact import ArtifactRef
from headwater.storage.local import LocalStorage
root, path = sys.argv[1:]
ref = msgspec.json.decode(sys.stdin.readline(), type=ArtifactRef)
array = ArtifactStore(LocalStorage(root)).load(ref, "x", "F/1/a/0")
print(array.sum(), flush=True)
sys.stdin.readline()
lines = open("/proc/self/smaps").read().splitlines()
at = next(number for number, line in enumerate(lines) if line.endswith(path))
print(next(line.split()[1] for line in lines[at:] if line.startswith("Pss:")), flush=True)
sys.stdin.readline()
"""


@linux_only
def test_processes_that_read_one_array_share_its_pages(store: ArtifactStore, storage: LocalStorage) -> None:
    ref = store.save("x", _array(), InlineBudget())
    command = [sys.executable, "-c", _READER, storage.url, str(_blob(storage, ref.blobs[1]))]
    environ = os.environ | {"PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    readers = [
        subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environ)
        for _ in range(3)
    ]
    sums = {_ask(reader, msgspec.json.encode(ref).decode()) for reader in readers}
    shares = [int(_ask(reader, "all have read")) for reader in readers]
    for reader in readers:
        reader.communicate("done\n")
    assert sums == {str(_array().sum())}
    assert sum(shares) <= 1.3 * ROWS * 8 / 1024


def _ask(process: "subprocess.Popen[str]", line: str) -> str:
    assert process.stdin is not None
    assert process.stdout is not None
    process.stdin.write(line + "\n")
    process.stdin.flush()
    return process.stdout.readline().strip()


def test_many_buffers_need_no_more_descriptors_than_there_are(store: ArtifactStore) -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    ref = store.save("x", [_array(seed)[: 1 << 17] for seed in range(24)], InlineBudget())
    used = len(os.listdir("/dev/fd"))
    resource.setrlimit(resource.RLIMIT_NOFILE, (used + 8, hard))
    try:
        arrays = store.load(ref, "x", WHERE)
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    assert all(np.array_equal(array, _array(seed)[: 1 << 17]) for seed, array in enumerate(arrays))


def test_a_missing_stream_is_named_before_anything_is_unpickled(store: ArtifactStore) -> None:
    ref = ArtifactRef(type="x", serializer="pickle", size=1, hash="0" * 64, blobs=(BlobRef(hash="0" * 64, size=1),))
    with pytest.raises(BlobError, match="0" * 64):
        store.load(ref, "x", WHERE)
    assert not issubclass(BlobError, ArtifactError)


@pytest.mark.parametrize("value", [7, "x" * 10_000, np.arange(1 << 18), {"two": [np.ones(1 << 18), np.zeros(1 << 18)]}])
def test_the_identity_of_a_value_is_that_of_its_ref_and_nothing_is_written(storage: LocalStorage, value: Any) -> None:
    found = identity("x", value)
    assert list(storage.list("")) == []
    ref = ArtifactStore(storage).save("x", value, InlineBudget())
    assert found == (ref.serializer, ref.hash)
