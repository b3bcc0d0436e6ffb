"""The storage contract: bytes under keys, two ways to write.

A key is '/'-separated, relative, without empty, '.' or '..' parts; no key is a folder of another. Values are whole: a
reader sees all bytes of a write or none. Once `create` or `overwrite` has returned, every later reader, on any machine,
sees the value.
"""

import re
from abc import ABC, abstractmethod
from collections.abc import Iterator
from contextlib import contextmanager
from typing import ClassVar, NamedTuple, Self

from headwater.errors import InvalidName
from headwater.storage.writers import Writers

Bytes = bytes | bytearray | memoryview
Names = list[str]  # named here, since inside a Storage `list` is its method

_PART = r"(?!\.{1,2}(?:/|\Z))[^/\0]+"
_KEY = re.compile(rf"{_PART}(?:/{_PART})*")


def validate_key(key: str) -> str:
    """A key that could leave the root, or that two back ends would understand differently, is refused."""
    if _KEY.fullmatch(key) is None:
        raise InvalidName(
            "storage key", key, "it is relative, with parts joined by '/', none of them empty, '.' or '..'"
        )
    return key


class Entry(NamedTuple):
    """One key as a listing shows it."""

    key: str
    size: int


class Storage(ABC):
    """Where a root's documents, blobs and logs are.

    Errors: a missing key raises `KeyError`; a full device `errors.StorageFull`; anything else that prevents reading or
    writing `errors.StorageError`, naming the root. Instances are cheap to make; they may be made after a fork, and are
    not to be used on both sides of one unless `forkable`.
    """

    #: True: values are plain files under `path(key)`, so they can be mapped and appended to.
    local: ClassVar[bool] = False
    #: True: an instance holds no thread and no connection, and may be used on both sides of a fork.
    forkable: ClassVar[bool] = False
    #: How those who write blobs and those who remove them keep apart; None where a root has no locks, and no sweep.
    writers: Writers | None = None

    @property
    @abstractmethod
    def url(self) -> str:
        """The root, as it can be given to `open_storage`."""

    @property
    def folder(self) -> str | None:
        """The directory of a local root; None of any other."""
        return None

    @abstractmethod
    def create(self, key: str, data: Bytes) -> bool:
        """Put if absent. False: the key exists, and nothing was changed.

        Exactly one of many racing writers gets True.
        """

    @abstractmethod
    def overwrite(self, key: str, *parts: Bytes) -> None:
        """Put the parts, one after the other, whatever was there. For content-addressed keys: same name, same bytes."""

    @abstractmethod
    def read(self, key: str) -> bytes: ...

    @abstractmethod
    def read_range(self, key: str, start: int, length: int) -> bytes:
        """At most `length` bytes from `start`; fewer when the value ends before."""

    @abstractmethod
    def size(self, key: str) -> int | None:
        """Bytes of the value, or None when the key is absent."""

    @abstractmethod
    def list(self, prefix: str) -> Iterator[Entry]:
        """All entries whose key starts with `prefix` + '/', in no particular order; an empty prefix means all."""

    @abstractmethod
    def list_names(self, prefix: str) -> Names:
        """The next path component of everything below `prefix` + '/', each once, sorted.

        A folder whose last key was deleted may still be named.
        """

    @abstractmethod
    def delete(self, key: str) -> None:
        """Remove a key; an absent one is no error."""

    def exists(self, key: str) -> bool:
        return self.size(key) is not None

    @contextmanager
    def writing(self) -> Iterator[None]:
        """Blobs that are saved in here stay until the documents that are committed in here refer to them."""
        if self.writers is None:
            yield
            return
        with self.writers.scope():
            yield

    def close(self) -> None:
        """Release connections. The storage is not used afterwards."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()
