"""From the text of a root to its storage."""

from urllib.parse import unquote, urlsplit

from headwater.errors import StorageError
from headwater.plugins import load
from headwater.storage.base import Storage


def open_storage(root: str) -> Storage:
    """A folder ("/dir", "file:///dir") or the URL of another back end ("s3://bucket/prefix", "memory://name")."""
    if not root:
        raise StorageError("The root is empty. Give a folder or a URL with --datastore-root.")
    scheme, found, _ = root.partition("://")
    if not found:
        storage: Storage = load("storage", "file")(root)
    elif scheme == "file":
        storage = load("storage", "file")(unquote(urlsplit(root).path))
    else:
        storage = load("storage", scheme)(root)
    return storage
