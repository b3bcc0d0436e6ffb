"""What is particular to a root on a disk."""

import errno
import os
import resource
import stat
from pathlib import Path
from typing import Any, NoReturn

import pytest

from headwater.errors import StorageError, StorageFull
from headwater.storage.local import LocalStorage
from headwater.storage.open import open_storage
from headwater.storage.writers import BLOB_MTIME_NS


def _files(root: Path) -> set[str]:
    return {str(path.relative_to(root)) for path in root.rglob("*") if path.is_file()}


def test_a_root_that_we_make_is_readable_by_its_owner_only(tmp_path: Path) -> None:
    LocalStorage(tmp_path / "deep" / "root").create("a/b", b"")
    assert stat.S_IMODE((tmp_path / "deep" / "root").stat().st_mode) == 0o700


def test_the_mode_of_a_root_that_exists_is_left_alone(tmp_path: Path) -> None:
    tmp_path.chmod(0o755)
    LocalStorage(tmp_path).create("a/b", b"")
    assert stat.S_IMODE(tmp_path.stat().st_mode) == 0o755


def test_opening_and_reading_make_nothing(tmp_path: Path) -> None:
    storage = LocalStorage(tmp_path / "root")
    assert storage.list_names("flows") == []
    assert not storage.exists("a")
    assert not (tmp_path / "root").exists()


def test_a_blob_is_read_only_and_bears_the_fixed_time(tmp_path: Path) -> None:
    storage = LocalStorage(tmp_path)
    storage.overwrite("blobs/ab/b3-ab", b"content")
    found = storage.path("blobs/ab/b3-ab").stat()
    assert found.st_mode & 0o222 == 0
    assert found.st_mtime_ns == BLOB_MTIME_NS


def test_no_temporary_files_are_left(tmp_path: Path) -> None:
    storage = LocalStorage(tmp_path)
    storage.create("a", b"1")
    storage.create("a", b"2")
    storage.overwrite("b", b"3")
    assert _files(tmp_path) == {"a", "b"}


def test_temporary_files_are_not_listed(tmp_path: Path) -> None:
    storage = LocalStorage(tmp_path)
    storage.create("a", b"1")
    (tmp_path / ".tmp" / "left-by-a-killed-process").write_bytes(b"")
    assert [entry.key for entry in storage.list("")] == storage.list_names("") == ["a"]


@pytest.mark.filterwarnings("ignore:.*multi-threaded:DeprecationWarning")
def test_both_sides_of_a_fork_can_write(tmp_path: Path) -> None:
    storage = LocalStorage(tmp_path)
    storage.create("before", b"")
    child = os.fork()
    if child == 0:
        try:
            os._exit(0 if all(storage.create(f"child/{number}", b"c") for number in range(50)) else 1)
        finally:
            os._exit(2)
    assert all(storage.create(f"parent/{number}", b"p") for number in range(50))
    assert os.waitpid(child, 0)[1] == 0
    assert len(list(storage.list(""))) == 101


def test_a_full_device_says_so_and_leaves_nothing(tmp_path: Path) -> None:
    storage = LocalStorage(tmp_path / "root")
    storage.create("a", b"1")
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1 << 16, hard))
    try:
        for write in (storage.create, storage.overwrite):
            with pytest.raises(StorageFull, match=r"No space is left for .*root.*--datastore-root"):
                write("large", bytes(1 << 17))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert _files(tmp_path / "root") == {"a"}


def test_a_root_that_is_a_file_is_named(tmp_path: Path) -> None:
    (tmp_path / "root").write_bytes(b"")
    storage = LocalStorage(tmp_path / "root")
    for write in (storage.create, storage.overwrite):
        with pytest.raises(StorageError, match=r"root cannot be written: .*--datastore-root"):
            write("a/b", b"")


def test_a_root_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    (tmp_path / "root").symlink_to(tmp_path / "root")
    storage = LocalStorage(tmp_path / "root")
    for read in (storage.read, storage.size, storage.list_names):
        with pytest.raises(StorageError, match=r"root cannot be read"):
            read("a/b")


def test_a_root_without_permission_is_named(tmp_path: Path) -> None:
    if os.geteuid() == 0:
        pytest.skip("the superuser may write everywhere")
    tmp_path.chmod(0o500)
    with pytest.raises(StorageError, match="Permission denied"):
        LocalStorage(tmp_path).create("a", b"")


def test_without_links_a_name_is_still_claimed_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_args: Any) -> NoReturn:
        raise OSError(errno.EPERM, "Operation not permitted")

    monkeypatch.setattr(os, "link", refuse)
    storage = LocalStorage(tmp_path)
    storage.overwrite("folder/other", b"")
    assert storage.create("folder/a", b"first")
    assert not storage.create("folder/a", b"second")
    assert storage.create("new-folder/b", b"first")
    assert storage.read("folder/a") == storage.read("new-folder/b") == b"first"
    assert _files(tmp_path) == {"folder/a", "folder/other", "new-folder/b"}


def test_prepare_makes_the_folder_and_no_file(tmp_path: Path) -> None:
    path = LocalStorage(tmp_path / "root").prepare("logs/a/0@0.log")
    assert path.parent.is_dir()
    assert not path.exists()


def test_roots_are_opened_by_their_text(tmp_path: Path) -> None:
    open_storage(f"file://{tmp_path}/with%20space").create("a", b"1")
    assert open_storage(str(tmp_path / "with space")).read("a") == b"1"
    assert open_storage(str(tmp_path)).url == str(tmp_path)
    open_storage("memory://opened-by-text").create("a", b"1")
    assert open_storage("memory://opened-by-text").read("a") == b"1"


def test_an_unknown_scheme_is_answered_with_the_known_ones() -> None:
    with pytest.raises(LookupError, match=r"no storage called 'ftp'. Known: .*file.*s3"):
        open_storage("ftp://server/dir")
    with pytest.raises(StorageError, match="root is empty"):
        open_storage("")
