"""Where spun steps are kept: a folder over the root, so that none is among its runs and no input is copied."""

import os

from headwater.storage.cache import cache_folder, cache_name
from headwater.storage.layered import layered_url, root_below

SPIN_FOLDER = "spin"


def spin_url(root: str) -> str:
    """The spins over a root: in `spin` below a folder, in the user's cache for a bucket."""
    root = root_below(root)
    if "://" not in root:
        return layered_url(os.path.join(root, SPIN_FOLDER), os.path.abspath(root))
    return layered_url(cache_folder(os.environ) / SPIN_FOLDER / cache_name(root), root)
