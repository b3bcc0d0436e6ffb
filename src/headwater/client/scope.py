"""Where the client looks: in which root, and in which namespace of it.

A namespace is a tag: `user:NAME` stands for NAME's runs, any other for the runs that bear it. None sees everything.
What is chosen holds for the process and for its forks, so a choice that a flow's file makes holds in its steps. Where
the run was given a namespace of its own, steps begin with that one.
"""

import os
from pathlib import Path

from headwater.errors import InvalidName
from headwater.settings import GIVEN_NAMESPACE, ROOT_NAME, resolve_settings
from headwater.storage.spins import spin_url

_UNSET = object()
_chosen: object = _UNSET
_chosen_under: str | None = None  # the run with a namespace of its own in whose task that was, if it was in one
_root: str | None = None


def namespace(name: str | None) -> str | None:
    """Look at one namespace from now on; None is all of them. Returns it."""
    global _chosen, _chosen_under
    _chosen, _chosen_under = name or None, os.environ.get(GIVEN_NAMESPACE)
    return name or None


def get_namespace() -> str | None:
    """The namespace that is looked at."""
    if _chosen is _UNSET or _chosen_under != os.environ.get(GIVEN_NAMESPACE):
        return own_namespace()
    return _chosen if isinstance(_chosen, str) else None


def default_namespace() -> str | None:
    """Go back to this user's own runs, `user:NAME`. Returns that namespace.

    The setting `namespace` names another default, as `HEADWATER_NAMESPACE` does in a run that was given `--namespace`.
    """
    global _chosen
    _chosen = _UNSET
    return own_namespace()


def own_namespace() -> str | None:
    """The namespace that is looked at when none was chosen."""
    if os.environ.get(GIVEN_NAMESPACE):
        return os.environ.get("HEADWATER_NAMESPACE") or None
    settings = resolve_settings(os.environ, Path.cwd())
    return settings.namespace or f"user:{settings.user}"


def use_root(root: str | os.PathLike[str]) -> str:
    """Read another root from now on: a folder, or a URL such as `s3://bucket/prefix`. Returns it.

    A folder that holds a `.headwater` stands for that. Objects that were made before stay with their root.
    """
    global _root
    text = os.fspath(root)
    if not text or text.startswith(("http://", "https://", "service@")):
        raise InvalidName("root", text, "it is a folder or the URL of a bucket; there is no metadata service to ask")
    path = Path(text)
    if "://" not in text and (path / ROOT_NAME).is_dir():
        text = str(path / ROOT_NAME)
    _root = _whole(text)
    return _root


def inspect_spin(datastore_root: str | os.PathLike[str] = ".") -> str:
    """Read what was spun over a root, from now on; `default_root()` goes back to runs. Returns where it is.

    A folder that holds a `.headwater` stands for that; without one, `.` is the root that is read by default.
    """
    global _root
    text = os.fspath(datastore_root)
    if "://" not in text and (Path(text) / ROOT_NAME).is_dir():
        text = str(Path(text) / ROOT_NAME)
    _root = spin_url(own_root() if text == "." else _whole(text))
    return _root


def get_root() -> str:
    """The root that is read."""
    return own_root() if _root is None else _root


def default_root() -> str:
    """Go back to the root that the environment and the working directory name. Returns it."""
    global _root
    _root = None
    return own_root()


def own_root(root: str | None = None) -> str:
    """The root that is read when none was chosen; `root`, if it is given."""
    return _whole(resolve_settings(os.environ, Path.cwd(), root).datastore_root)


def _whole(root: str) -> str:
    return root if "://" in root else os.path.abspath(root)
