"""Namespaces: whose runs a reader sees.

A namespace is a tag: `user:NAME` stands for NAME's runs, any other for the runs that bear it. None sees everything.
"""

import os

from headwater.settings import find_user

_UNSET = object()
_chosen: object = _UNSET


def namespace(name: str | None) -> str | None:
    """Look at one namespace from now on; None is all of them. Returns it."""
    global _chosen
    _chosen = name
    return name


def get_namespace() -> str | None:
    """The namespace that is looked at."""
    if _chosen is _UNSET:
        return default_namespace()
    return _chosen if isinstance(_chosen, str) else None


def default_namespace() -> str:
    """Go back to this user's own runs, `user:NAME`. Returns that namespace.

    `HEADWATER_NAMESPACE` names another default, as it does inside a run that was given `--namespace`.
    """
    name = os.environ.get("HEADWATER_NAMESPACE") or f"user:{find_user(os.environ)}"
    namespace(name)
    return name
