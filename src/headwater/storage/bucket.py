"""Storage in a bucket of S3, or of a server that speaks its protocol.

Put-if-absent is a conditional PUT (`If-None-Match: *`). Credentials, region and endpoint come from the usual AWS_*
variables; plain http is accepted where the endpoint is this machine. An instance owns threads: it is made in the
process that uses it, after any fork.
"""

import os
from collections.abc import Iterator, Mapping
from datetime import timedelta
from ipaddress import ip_address
from typing import NoReturn
from urllib.parse import unquote, urlsplit

import obstore
from obstore.exceptions import AlreadyExistsError, BaseError
from obstore.store import S3Store

from headwater.errors import StorageError
from headwater.storage.base import Bytes, Entry, Names, Storage, validate_key

_ENDPOINTS = ("AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT_URL", "AWS_ENDPOINT")
_CONNECT_TIMEOUT = timedelta(seconds=10)
_REQUEST_TIMEOUT = timedelta(minutes=10)  # of one request, body included: a blob may be large and the line slow
_RETRY_TIMEOUT = timedelta(seconds=60)
_MOST_RETRIES = 6

_Failure = (BaseError, OSError)


def open_s3(url: str) -> "BucketStorage":
    """The storage of "s3://bucket/prefix"; the bucket is not asked for anything yet."""
    parts = urlsplit(url)
    prefix = unquote(parts.path).strip("/")
    if not parts.netloc:
        raise StorageError(f"{url!r} names no bucket. Give s3://BUCKET or s3://BUCKET/PREFIX.")
    store = S3Store(
        parts.netloc,
        prefix=validate_key(prefix) if prefix else None,
        client_options={
            "allow_http": _allows_http(os.environ),
            "connect_timeout": _CONNECT_TIMEOUT,
            "timeout": _REQUEST_TIMEOUT,
        },
        retry_config={"max_retries": _MOST_RETRIES, "retry_timeout": _RETRY_TIMEOUT},
    )
    return BucketStorage(store, f"s3://{parts.netloc}/{prefix}".rstrip("/"))


def _allows_http(environ: Mapping[str, str]) -> bool:
    """Plain http only to this machine, unless AWS_ALLOW_HTTP says otherwise."""
    if environ.get("AWS_ALLOW_HTTP", "").lower() in ("1", "true"):
        return True
    endpoint = next((environ[name] for name in _ENDPOINTS if environ.get(name)), "")
    host = urlsplit(endpoint).hostname or ""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


class BucketStorage(Storage):
    """A root that is a bucket, or what stands under a prefix in one."""

    def __init__(self, store: S3Store, url: str) -> None:
        self._store = store
        self._url = url

    @property
    def url(self) -> str:
        return self._url

    def create(self, key: str, data: Bytes) -> bool:
        validate_key(key)
        try:
            obstore.put(self._store, key, data, mode="create", use_multipart=False)
        except AlreadyExistsError:
            return False
        except _Failure as exc:
            self._fail("written", key, exc)
        return True

    def overwrite(self, key: str, *parts: Bytes) -> None:
        validate_key(key)
        data = parts[0] if len(parts) == 1 else b"".join(parts)
        try:
            obstore.put(self._store, key, data)
        except _Failure as exc:
            self._fail("written", key, exc)

    def read(self, key: str) -> bytes:
        validate_key(key)
        try:
            return bytes(obstore.get(self._store, key).bytes())
        except _Failure as exc:
            self._fail("read", key, exc)

    def read_range(self, key: str, start: int, length: int) -> bytes:
        validate_key(key)
        try:
            if length > 0:
                return bytes(obstore.get_range(self._store, key, start=start, length=length))
        except _Failure as exc:
            if "416" not in str(exc):  # the value ends before the range begins
                self._fail("read", key, exc)
        if not self.exists(key):
            raise KeyError(key)
        return b""

    def size(self, key: str) -> int | None:
        validate_key(key)
        try:
            return obstore.head(self._store, key)["size"]
        except FileNotFoundError:
            return None
        except _Failure as exc:
            self._fail("read", key, exc)

    def list(self, prefix: str) -> Iterator[Entry]:
        if prefix:
            validate_key(prefix)
        try:
            for chunk in obstore.list(self._store, prefix or None):
                yield from (Entry(found["path"], found["size"]) for found in chunk)
        except _Failure as exc:
            self._fail("listed", prefix, exc)

    def list_names(self, prefix: str) -> Names:
        if prefix:
            validate_key(prefix)
        try:
            found = obstore.list_with_delimiter(self._store, prefix or None)
        except _Failure as exc:
            self._fail("listed", prefix, exc)
        paths = [*found["common_prefixes"], *(entry["path"] for entry in found["objects"])]
        return sorted({path.rpartition("/")[2] for path in paths})

    def delete(self, key: str) -> None:
        validate_key(key)
        try:
            obstore.delete(self._store, key)
        except FileNotFoundError:
            return
        except _Failure as exc:
            self._fail("deleted", key, exc)

    def _fail(self, deed: str, key: str, exc: Exception) -> NoReturn:
        text = str(exc)
        if "NoSuchBucket" in text:
            raise StorageError(f"The bucket of {self._url} does not exist. Make it, or choose another root.") from exc
        if deed == "read" and isinstance(exc, FileNotFoundError):
            raise KeyError(key) from None
        reason = text.partition("\n")[0].strip()[:300]
        raise StorageError(
            f"{key!r} in {self._url} cannot be {deed}: {reason}. "
            "Check the bucket, the network and the AWS_* variables (credentials, region, endpoint)."
        ) from exc
