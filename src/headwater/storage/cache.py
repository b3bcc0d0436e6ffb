"""Where this machine keeps what belongs to a root that is no folder: in the user's cache, by a hash of the root."""

from collections.abc import Mapping
from pathlib import Path


def cache_folder(environ: Mapping[str, str]) -> Path:
    """The user's cache of Headwater; it need not be there."""
    cache = environ.get("XDG_CACHE_HOME") or Path(environ.get("HOME") or Path.home()) / ".cache"
    return Path(cache) / "headwater"


def cache_name(root: str) -> str:
    """What a root is called in there: 32 hexadecimal digits."""
    # Here, not above: its import loads OpenSSL, and a root that is a folder has no need of it.
    from hashlib import sha256

    return sha256(root.encode()).hexdigest()[:32]
