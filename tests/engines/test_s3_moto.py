"""The storage suite, and what is particular to buckets, on a server that speaks S3."""

import itertools
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from headwater.artifacts.store import ArtifactStore, InlineBudget
from headwater.errors import BlobError, StorageError
from headwater.storage import layout
from headwater.storage.base import Storage
from headwater.storage.bucket import open_s3
from headwater.storage.open import open_storage
from headwater.testing.storage import StorageSuite, storage_model

pytestmark = pytest.mark.engine("moto")


class TestS3Storage(StorageSuite):
    @pytest.fixture
    def open_root(self, new_bucket: Callable[[], str]) -> Callable[[], Storage]:
        url = f"s3://{new_bucket()}/some/prefix"
        return lambda: open_storage(url)


def test_the_storage_of_a_whole_bucket_behaves_like_a_dictionary(new_bucket: Callable[[], str]) -> None:
    bucket = new_bucket()
    numbers = itertools.count()
    model = storage_model(lambda: open_s3(f"s3://{bucket}/{next(numbers)}"), examples=5)
    model.TestCase().runTest()


def test_two_prefixes_of_one_bucket_are_two_roots(new_bucket: Callable[[], str]) -> None:
    bucket = new_bucket()
    one, other = open_storage(f"s3://{bucket}/one"), open_storage(f"s3://{bucket}/other")
    assert one.create("key", b"value")
    assert not other.exists("key")
    assert open_storage(f"s3://{bucket}").read("one/key") == b"value"


def test_a_missing_bucket_is_named(moto_server: str) -> None:
    storage = open_storage("s3://no-such-bucket/prefix")
    with pytest.raises(StorageError, match="no-such-bucket"):
        storage.create("key", b"value")
    with pytest.raises(StorageError, match="does not exist"):
        storage.read("key")


def test_plain_http_is_refused_beyond_this_machine(moto_server: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://192.0.2.1:9")
    with pytest.raises(StorageError):
        open_storage("s3://bucket").read("key")


def test_a_url_without_a_bucket_is_refused() -> None:
    with pytest.raises(StorageError, match="names no bucket"):
        open_storage("s3:///prefix")


def test_artifacts_in_a_bucket_come_back_writable_and_are_hashed(new_bucket: Callable[[], str], tmp_path: Path) -> None:
    storage = open_storage(f"s3://{new_bucket()}/root")
    store = ArtifactStore(storage)
    value = {"weights": np.random.default_rng(0).random(400_000), "zeros": np.zeros(400_000)}
    ref = store.save("model", value, InlineBudget())
    loaded = store.load(ref, "model", "Flow/1/start/0")
    assert all(np.array_equal(loaded[name], value[name]) for name in value)
    loaded["weights"][0] = 2.0
    assert sorted(blob.encoding for blob in ref.blobs) == ["", "", "zst"]
    blob = next(blob for blob in ref.blobs[1:] if not blob.encoding)
    storage.overwrite(layout.blob(blob.hash), bytes(blob.size))
    with pytest.raises(BlobError, match=r"'model' of Flow/1/start/0"):
        store.load(ref, "model", "Flow/1/start/0")
