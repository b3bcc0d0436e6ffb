"""Settings of one process: frozen, resolved on request; nothing is read at import.

Order: command line, then `HEADWATER_<NAME>`, then the default.
"""

import os
import pwd
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

ROOT_NAME = ".headwater"


class Settings(NamedTuple):
    """What a process was told about where and how to work."""

    datastore_root: str  # a directory or a URL
    user: str


def resolve_settings(
    environ: Mapping[str, str],
    working_directory: Path,
    datastore_root: str | None = None,
) -> Settings:
    """The settings for a working directory; an option that was not given is None."""
    root = datastore_root or environ.get("HEADWATER_DATASTORE_ROOT") or str(find_root(working_directory))
    return Settings(datastore_root=root, user=find_user(environ))


def find_root(working_directory: Path) -> Path:
    """The nearest `.headwater` upward from a directory, else the one to be made there."""
    for directory in (working_directory, *working_directory.parents):
        if (directory / ROOT_NAME).is_dir():
            return directory / ROOT_NAME
    return working_directory / ROOT_NAME


def find_user(environ: Mapping[str, str]) -> str:
    """`HEADWATER_USER`, else the login name."""
    for name in ("HEADWATER_USER", "SUDO_USER", "USER", "LOGNAME", "USERNAME"):
        if environ.get(name):
            return environ[name]
    try:
        return pwd.getpwuid(os.getuid()).pw_name
    except KeyError:  # a container whose user has no entry
        return f"uid{os.getuid()}"
