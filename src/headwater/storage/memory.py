"""Storage in a dictionary of this process, for tests and for trying things out."""

from collections.abc import Iterator
from threading import Lock

from headwater.storage.base import Bytes, Entry, Names, Storage, validate_key

_SCHEME = "memory://"
_roots: dict[str, dict[str, bytes]] = {}
_lock = Lock()


class MemoryStorage(Storage):
    """A root that lives as long as the process; equal names share one."""

    def __init__(self, name: str) -> None:
        self._name = name.removeprefix(_SCHEME)
        with _lock:
            self._values = _roots.setdefault(self._name, {})

    @property
    def url(self) -> str:
        return _SCHEME + self._name

    def forget(self) -> None:
        """Give up the root: who opens it by its name finds an empty one."""
        with _lock:
            _roots.pop(self._name, None)

    def create(self, key: str, data: Bytes) -> bool:
        validate_key(key)
        value = bytes(data)
        with _lock:
            if key in self._values:
                return False
            self._values[key] = value
            return True

    def overwrite(self, key: str, *parts: Bytes) -> None:
        self._values[validate_key(key)] = b"".join(parts)

    def read(self, key: str) -> bytes:
        return self._values[validate_key(key)]

    def read_range(self, key: str, start: int, length: int) -> bytes:
        return self._values[validate_key(key)][start : start + length]

    def size(self, key: str) -> int | None:
        value = self._values.get(validate_key(key))
        return None if value is None else len(value)

    def list(self, prefix: str) -> Iterator[Entry]:
        start = validate_key(prefix) + "/" if prefix else ""
        with _lock:
            found = [Entry(key, len(value)) for key, value in self._values.items() if key.startswith(start)]
        return iter(found)

    def list_names(self, prefix: str) -> Names:
        skip = len(prefix) + 1 if prefix else 0
        return sorted({entry.key[skip:].partition("/")[0] for entry in self.list(prefix)})

    def delete(self, key: str) -> None:
        with _lock:
            self._values.pop(validate_key(key), None)
