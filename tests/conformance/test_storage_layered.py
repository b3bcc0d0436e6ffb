"""The storage suite on a folder over a root, and what such a folder has of the root below it."""

from collections.abc import Callable
from pathlib import Path

import pytest

from headwater.artifacts.store import ArtifactStore, InlineBudget
from headwater.storage.base import Storage
from headwater.storage.layered import LayeredStorage, layered_url, root_below
from headwater.storage.local import LocalStorage
from headwater.storage.open import open_storage
from headwater.storage.spins import spin_url
from headwater.testing.storage import StorageSuite


class TestLayeredStorage(StorageSuite):
    @pytest.fixture
    def open_root(self, tmp_path: Path) -> Callable[[], Storage]:
        return lambda: open_storage(layered_url(tmp_path / "own", str(tmp_path / "below")))


@pytest.fixture
def below(tmp_path: Path) -> LocalStorage:
    return LocalStorage(tmp_path / "a root?with=signs")


@pytest.fixture
def layered(tmp_path: Path, below: LocalStorage) -> LayeredStorage:
    return LayeredStorage(layered_url(tmp_path / "own", below.url))


def test_what_the_folder_lacks_is_read_from_below(layered: LayeredStorage, below: LocalStorage) -> None:
    below.create("a/b", b"below")
    assert layered.read("a/b") == b"below"
    assert layered.read_range("a/b", 1, 3) == b"elo"
    assert layered.size("a/b") == 5
    assert layered.path("a/b") == below.path("a/b")


def test_the_folder_goes_before_what_is_below_and_nothing_below_is_changed(
    layered: LayeredStorage, below: LocalStorage
) -> None:
    below.create("a/b", b"below")
    assert layered.create("a/b", b"own")
    assert (layered.read("a/b"), below.read("a/b")) == (b"own", b"below")
    layered.delete("a/b")
    assert layered.read("a/b") == b"below"


def test_only_what_is_in_the_folder_is_listed(layered: LayeredStorage, below: LocalStorage) -> None:
    below.create("a/b", b"")
    layered.create("a/c", b"")
    assert layered.list_names("a") == ["c"]
    assert [entry.key for entry in layered.list("a")] == ["a/c"]


def test_a_value_that_is_below_is_not_written_again(layered: LayeredStorage, below: LocalStorage) -> None:
    value = bytes(range(256)) * 400
    with below.writing():
        ArtifactStore(below).save("x", value, InlineBudget())
    with layered.writing():
        ref = ArtifactStore(layered).save("x", value, InlineBudget())
    assert layered.list_names("blobs") == []
    assert ArtifactStore(layered).load(ref, "x", "here") == value


def test_spins_over_a_root_are_within_it_and_spins_over_spins_are_the_same(tmp_path: Path) -> None:
    url = spin_url(str(tmp_path))
    assert url == spin_url(url)
    assert root_below(url) == str(tmp_path)
    assert LayeredStorage(url).folder == str(tmp_path / "spin")


def test_spins_over_a_bucket_are_in_the_users_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    url = spin_url("s3://bucket/prefix")
    assert root_below(url) == "s3://bucket/prefix"
    assert Path(LayeredStorage(url).folder).is_relative_to(tmp_path)
