"""What a run runs on: the interpreter, and the names of what is installed beside it."""

import os
import platform
import sys
from collections.abc import Iterable

import msgspec

from headwater.artifacts.store import ArtifactStore
from headwater.records.run import Interpreter
from headwater.storage.base import Storage
from headwater.version import __version__

_SUFFIXES = (".dist-info", ".egg-info")


def capture_interpreter(storage: Storage) -> Interpreter:
    """Describe this process, with the list of distributions as a blob."""
    return Interpreter(
        python=platform.python_version(),
        implementation=sys.implementation.name,
        platform=f"{sys.platform}-{platform.machine()}",
        headwater=__version__,
        distributions=ArtifactStore(storage).save_blob(msgspec.json.encode(list_distributions(sys.path))),
    )


def list_distributions(path: Iterable[str]) -> list[str]:
    """`name-version` of everything installed on an import path, sorted.

    Read from the names of the metadata folders alone: opening each one would cost more than a small flow.
    """
    found: set[str] = set()
    for folder in path:
        try:
            names = os.listdir(folder or ".")
        except OSError:
            # An entry of sys.path may be an archive, or not exist.
            continue
        for name in names:
            stem, suffix = os.path.splitext(name)
            if suffix in _SUFFIXES:
                found.add(stem)
    return sorted(found)
