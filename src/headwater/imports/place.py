"""Where the store of another system is, when nobody names it."""

import os
from collections.abc import Mapping
from pathlib import Path

from headwater.errors import UsageError

METAFLOW_FOLDER = ".metaflow"
_SYSROOT = "METAFLOW_DATASTORE_SYSROOT_LOCAL"


def find_metaflow(given: str | None, start: Path, environ: Mapping[str, str]) -> str:
    """The `.metaflow` that is named, or that is in a folder that is named; else the one that Metaflow would take."""
    if given is not None:
        named = Path(os.path.abspath(os.path.expanduser(given)))
        found = named / METAFLOW_FOLDER if (named / METAFLOW_FOLDER).is_dir() else named
        if not found.is_dir():
            raise UsageError(f"There is no folder {found}. Name the .metaflow of your flows with --root.")
        return str(found)
    if environ.get(_SYSROOT):
        return find_metaflow(environ[_SYSROOT], start, {})
    for folder in (start, *start.parents):
        if (folder / METAFLOW_FOLDER).is_dir():
            return str(folder / METAFLOW_FOLDER)
    raise UsageError(
        f"There is no .metaflow in {start}, nor in a folder above it. Name the one of your flows with --root FOLDER."
    )
