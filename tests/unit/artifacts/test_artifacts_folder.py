"""A folder as a value: its files, as they were when it was stored."""

import os
import pickle
from pathlib import Path

import pytest

from headwater.artifacts.folder import Folder
from headwater.artifacts.store import ArtifactStore, InlineBudget
from headwater.errors import ArtifactError
from headwater.storage.local import LocalStorage

FILES = ["deep/er/big", "empty", "link", "run.sh"]


@pytest.fixture
def source(tmp_path: Path) -> Path:
    folder = tmp_path / "source"
    (folder / "deep" / "er").mkdir(parents=True)
    (folder / "empty").write_bytes(b"")
    (folder / "run.sh").write_text("#!/bin/sh")
    (folder / "run.sh").chmod(0o755)
    (folder / "deep" / "er" / "big").write_bytes(os.urandom(3 << 20))
    (folder / "link").symlink_to("run.sh")
    (folder / "nowhere").symlink_to("absent")
    return folder


def test_a_folder_comes_back_as_it_was_when_it_was_stored(source: Path, tmp_path: Path) -> None:
    store = ArtifactStore(LocalStorage(tmp_path / "root"))
    ref = store.save("model", Folder(source), InlineBudget())
    big = (source / "deep" / "er" / "big").read_bytes()
    (source / "empty").unlink()

    folder = store.load(ref, "model", "F/1/start/0")

    assert folder.files == FILES
    assert (folder["deep/er/big"], folder["empty"], len(folder)) == (big, b"", 4)
    assert ref.summary == {"files": 4, "bytes": (3 << 20) + 18, "names": FILES}
    saved = folder.save(tmp_path / "saved")
    assert (saved / "deep" / "er" / "big").read_bytes() == big
    assert os.access(saved / "run.sh", os.X_OK)
    assert not os.stat(saved / "empty").st_mode & 0o111


def test_a_large_file_is_stored_once_however_many_folders_hold_it(source: Path, tmp_path: Path) -> None:
    store = ArtifactStore(LocalStorage(tmp_path / "root"))
    first = store.save("a", Folder(source), InlineBudget())
    (source / "empty").write_bytes(b"not any more")
    second = store.save("b", Folder(source), InlineBudget())
    third = store.save("c", store.load(second, "b", "F/1/start/0"), InlineBudget())
    large = [blob.hash for ref in (first, second, third) for blob in ref.blobs if blob.size == 3 << 20]
    assert len(large) == 3
    assert len(set(large)) == 1


def test_older_pickles_hold_it_too(source: Path) -> None:
    folder = pickle.loads(pickle.dumps(Folder(source), protocol=4))
    assert folder.files == FILES


def test_what_is_no_folder_is_refused_at_once(source: Path) -> None:
    with pytest.raises(ArtifactError, match="is no folder"):
        Folder(source / "run.sh")


def test_a_file_that_is_not_there_is_a_key_error(source: Path) -> None:
    with pytest.raises(KeyError):
        Folder(source)["../source/run.sh"]
