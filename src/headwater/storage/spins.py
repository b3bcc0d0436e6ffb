"""Where spun steps are kept: a folder over the root, so that none is among its runs and no input is copied."""

import os
from hashlib import sha256
from pathlib import Path

from headwater.storage.layered import layered_url, root_below

SPIN_FOLDER = "spin"


def spin_url(root: str) -> str:
    """The spins over a root: in `spin` below a folder, in the user's cache for a bucket."""
    root = root_below(root)
    if "://" not in root:
        return layered_url(os.path.join(root, SPIN_FOLDER), os.path.abspath(root))
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    return layered_url(cache / "headwater" / SPIN_FOLDER / sha256(root.encode()).hexdigest()[:32], root)
