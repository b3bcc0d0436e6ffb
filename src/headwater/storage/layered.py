"""A folder over another root: what is written stays in the folder, what it lacks is read from the root below.

    layered:///own/folder?below=/the/root        create, overwrite, delete, list   the folder alone
                                                 read, size, path                  the folder, else what is below

Nothing below is ever changed, and nothing of it is copied. It is not kept from being removed there either.
"""

import os
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import ClassVar
from urllib.parse import parse_qs, quote, unquote, urlsplit

from headwater.storage.base import Storage
from headwater.storage.local import LocalStorage
from headwater.storage.open import open_storage
from headwater.storage.writers import Writers

_SCHEME = "layered://"


def layered_url(folder: str | os.PathLike[str], below: str) -> str:
    """The URL of a folder over a root."""
    return f"{_SCHEME}{quote(os.path.abspath(folder))}?below={quote(below, safe='')}"


def root_below(root: str) -> str:
    """The root that a layered one stands on; any other is its own."""
    if not root.startswith(_SCHEME):
        return root
    return parse_qs(urlsplit(root).query)["below"][0]


class LayeredStorage(LocalStorage):
    """See above. The root below is opened when something is first looked for in it, in each process by itself."""

    forkable: ClassVar[bool] = True

    def __init__(self, url: str) -> None:
        super().__init__(unquote(urlsplit(url).path))
        self._below_url = root_below(url)
        self._below: Storage | None = None
        self._below_of = 0  # the process that opened it
        self.writers = _OwnWriters(self.folder, self.prepare)

    @property
    def url(self) -> str:
        return layered_url(self.folder, self._below_url)

    @property
    def below(self) -> Storage:
        if self._below is None or not (self._below.forkable or self._below_of == os.getpid()):
            self._below, self._below_of = open_storage(self._below_url), os.getpid()
        return self._below

    def path(self, key: str) -> Path:
        own = super().path(key)
        below = self.below
        if not isinstance(below, LocalStorage) or os.path.exists(own):
            return own
        other = below.path(key)
        return other if other.exists() else own

    def read(self, key: str) -> bytes:
        try:
            return super().read(key)
        except KeyError:
            return self.below.read(key)

    def read_range(self, key: str, start: int, length: int) -> bytes:
        try:
            return super().read_range(key, start, length)
        except KeyError:
            return self.below.read_range(key, start, length)

    def size(self, key: str) -> int | None:
        own = super().size(key)
        return self.below.size(key) if own is None else own

    def close(self) -> None:
        if self._below is not None:
            self._below.close()
        super().close()


class _OwnWriters(Writers):
    """Renews what is in the folder; what is only below is there, and nothing is said to those who remove it."""

    def __init__(self, folder: str, prepare: Callable[[str], Path]) -> None:
        super().__init__(folder, prepare)
        self._folder = folder

    def renew(self, keys: Iterable[str]) -> bool:
        return super().renew(key for key in keys if os.path.exists(f"{self._folder}/{key}"))
