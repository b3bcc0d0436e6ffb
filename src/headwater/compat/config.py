"""The names of `metaflow.metaflow_config` that have a meaning here, as values."""

import os
from collections.abc import Callable
from typing import Any

from headwater.client.scope import own_root

DEFAULT_DATASTORE = "local"
DEFAULT_METADATA = "local"
DEFAULT_ENVIRONMENT = "local"
TEMPDIR = "."
MAX_ATTEMPTS = 6


def from_conf(name: str, default: Any = None, validate_fn: Callable[[str, Any], Any] | None = None) -> Any:
    """The variable `METAFLOW_<NAME>`, else the default; `validate_fn(name, value)` may refuse by raising."""
    value = os.environ.get(f"METAFLOW_{name}", default)
    if validate_fn is not None and value is not None:
        validate_fn(f"METAFLOW_{name}", value)
    return value


def __getattr__(name: str) -> Any:
    if name == "DATASTORE_SYSROOT_LOCAL":
        return own_root()
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
