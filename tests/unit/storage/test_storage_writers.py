"""Those who write blobs and the sweep keep apart."""

import os
import threading
from pathlib import Path

import pytest

from headwater.artifacts.store import ArtifactStore
from headwater.errors import NotFound, RunBusy
from headwater.records.artifact import BlobRef
from headwater.storage import layout
from headwater.storage.liveness import borrow, hold, is_alive
from headwater.storage.local import LocalStorage
from headwater.storage.memory import MemoryStorage
from headwater.storage.writers import BLOB_MTIME_NS


@pytest.fixture
def storage(tmp_path: Path) -> LocalStorage:
    return LocalStorage(tmp_path / "root")


def changed_ns(storage: LocalStorage, ref: BlobRef) -> int:
    return storage.path(layout.blob(ref.hash)).stat().st_ctime_ns


def test_a_blob_that_is_saved_again_is_newer_than_every_sweep_that_began_before(storage: LocalStorage) -> None:
    store = ArtifactStore(storage)
    ref = store.save_blob(b"once")
    t0 = storage.writers.drain()
    assert changed_ns(storage, ref) < t0
    assert store.save_blob(b"once") == ref
    assert changed_ns(storage, ref) >= t0
    assert storage.path(layout.blob(ref.hash)).stat().st_mtime_ns == BLOB_MTIME_NS


def test_a_blob_that_is_looked_for_is_renewed_and_one_that_is_gone_is_not_made(storage: LocalStorage) -> None:
    store = ArtifactStore(storage)
    ref = store.save_blob(b"kept")
    t0 = storage.writers.drain()
    assert store.keep_blobs([ref])
    assert changed_ns(storage, ref) >= t0
    storage.delete(layout.blob(ref.hash))
    assert not store.keep_blobs([ref])
    assert not storage.exists(layout.blob(ref.hash))


def test_a_sweep_waits_for_those_who_saved_before_it_began(storage: LocalStorage) -> None:
    writer = LocalStorage(storage.url)
    waited = []
    with writer.writing():
        ArtifactStore(writer).save_blob(b"not committed yet")

        def waiting() -> None:
            waited.append(1)
            if len(waited) == 3:
                writer.create(layout.run_record("F", "1"), b"the document")
                writer.writers.leave()

        storage.writers.drain(waiting)
    assert len(waited) == 3
    assert storage.exists(layout.run_record("F", "1"))


def test_a_sweep_does_not_wait_for_those_who_only_might_save(storage: LocalStorage) -> None:
    writer = LocalStorage(storage.url)
    with writer.writing():
        storage.writers.drain(lambda: pytest.fail("nobody has saved anything"))


def test_nobody_waits_for_a_sweep_that_waits(storage: LocalStorage) -> None:
    slow, quick = LocalStorage(storage.url), LocalStorage(storage.url)
    with slow.writing():
        ArtifactStore(slow).save_blob(b"slow")

        def waiting() -> None:
            with quick.writing():
                ArtifactStore(quick).save_blob(b"quick")
            slow.writers.leave()

        storage.writers.drain(waiting)


def test_scopes_may_stand_in_each_other(storage: LocalStorage) -> None:
    other = LocalStorage(storage.url)
    with storage.writing():
        with storage.writing():
            ArtifactStore(storage).save_blob(b"x")
        waited = []

        def waiting() -> None:
            waited.append(1)
            storage.writers.leave()

        other.writers.drain(waiting)
    assert waited == [1]


def test_what_a_process_that_died_was_saving_is_waited_for_no_longer(storage: LocalStorage) -> None:
    child = os.fork()
    if child == 0:
        ArtifactStore(LocalStorage(storage.url)).save_blob(b"x")
        os._exit(0)
    os.waitpid(child, 0)
    storage.writers.drain(lambda: pytest.fail("it is dead"))


def test_no_blob_is_renewed_while_some_are_removed(storage: LocalStorage) -> None:
    store = ArtifactStore(storage)
    ref = store.save_blob(b"x")
    kept: list[bool] = []
    other = threading.Thread(target=lambda: kept.append(ArtifactStore(LocalStorage(storage.url)).keep_blobs([ref])))
    with storage.writers.kept_from_renewing():
        other.start()
        storage.delete(layout.blob(ref.hash))
        assert True not in kept  # it waits, or has seen already that the blob is gone
    other.join()
    assert kept == [False]


def test_who_renews_waits_until_what_is_removed_is_gone(storage: LocalStorage) -> None:
    key = layout.blob(ArtifactStore(storage).save_blob(b"x").hash)
    renewed: list[bool] = []
    other = threading.Thread(target=lambda: renewed.append(LocalStorage(storage.url).writers.renew(key)))
    with storage.writers.kept_from_renewing():
        other.start()
        other.join(0.3)  # who does not wait is done by then
        assert other.is_alive()
        storage.delete(key)
    other.join()
    assert renewed == [False]


def test_upkeep_is_done_by_one_at_a_time(storage: LocalStorage) -> None:
    with storage.writers.alone() as first, LocalStorage(storage.url).writers.alone() as second:
        assert (first, second) == (True, False)
    with storage.writers.alone() as again:
        assert again


def test_a_root_that_is_no_folder_has_no_writers() -> None:
    storage = MemoryStorage("no-writers")
    assert storage.writers is None
    with storage.writing():
        ArtifactStore(storage).save_blob(b"x")


def test_a_borrowed_run_is_not_alive_and_can_be_borrowed_again_but_not_held(storage: LocalStorage) -> None:
    hold(storage, "F", "1").close()
    with borrow(storage, "F", "1"), borrow(storage, "F", "1"):
        assert not is_alive(storage, "F", "1")
        with pytest.raises(RunBusy):
            hold(storage, "F", "1")
    with hold(storage, "F", "1"), pytest.raises(RunBusy, match="still alive"):
        borrow(storage, "F", "1")


def test_a_run_that_is_removed_meanwhile_cannot_be_borrowed(storage: LocalStorage) -> None:
    with pytest.raises(NotFound, match="was just removed"):
        borrow(storage, "F", "1")
    assert not storage.path(layout.run("F", "1")).exists()
    lock = hold(storage, "F", "1")

    def remove() -> None:
        storage.path(layout.run("F", "1")).rename(f"{storage.url}/x")
        lock.close()

    remover = threading.Timer(0.1, remove)
    remover.start()
    with pytest.raises(NotFound, match="was just removed"):
        borrow(storage, "F", "1", wait_s=30)
    remover.join()
