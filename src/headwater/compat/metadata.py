"""Metaflow's word for where results are read from: `metadata("local@/folder")`. Here it is a root."""

from headwater.client import scope
from headwater.errors import InvalidName

_LOCAL = "local"


def metadata(ms: str) -> str:
    """Read results from there from now on: `local@FOLDER`, or a folder. Returns it as `get_metadata` does.

    InvalidName for a metadata service, which Headwater has none of.
    """
    kind, at, place = ms.partition("@")
    if at and kind != _LOCAL:
        raise InvalidName("metadata", ms, f"it has the form {_LOCAL}@FOLDER; there is no metadata service to ask")
    return _told(scope.use_root(place if at else ms))


def get_metadata() -> str:
    """Where results are read from, as `local@ROOT`."""
    return _told(scope.get_root())


def default_metadata() -> str:
    """Go back to the root that the environment and the working directory name. Returns it."""
    return _told(scope.default_root())


def _told(root: str) -> str:
    return f"{_LOCAL}@{root}"
