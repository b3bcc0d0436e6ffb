"""The contract of a back end for secrets: an id in, environment variables out.

    fetch(id, options, role) ─► {"DB_PASSWORD": "..."}

Whoever watches the output of an attempt fetches what it needs, so that it knows what to mask: on this machine the
process that drives the run, once a run for each source. A back end may open connections; it is not used across a fork.
"""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import Any


class SecretsBackend(ABC):
    """Knows secrets. It is made without arguments, once a run."""

    #: Names of the options that it takes; others are refused by name.
    options: tuple[str, ...] = ()

    @abstractmethod
    def fetch(self, secret_id: str, options: Mapping[str, Any], role: str | None) -> dict[str, str]:
        """The secret's environment variables: names that a shell could set, and their values.

        SecretsError, with what to do, when it cannot be had. No message holds a value.
        """
