"""`get_secret`: a secret fetched by the step itself."""

import os
from pathlib import Path
from typing import Any

from headwater.flow.secret_sources import source_of
from headwater.settings.resolve import read_configuration
from headwater.vault import hidden
from headwater.vault.fetching import Fetcher


def get_secret(source: Any, role: str | None = None) -> dict[str, str]:
    """The variables of a secret, by name: `get_secret("env-file.prod.env")["DB_PASSWORD"]`.

    `source`: "[backend.]id" or {"type", "id", "options", "role"}, as in `@secrets`. The environment stays as it is.
    From here on the values are masked in what this process writes as text to stdout and stderr, and in the task's
    record; what a program that it starts prints is not. Raises SecretsError, with what to do, when it cannot be had.
    """
    said = read_configuration(os.environ, Path.cwd()).said
    found = Fetcher(said("secrets_backend"), said("secrets_role")).fetch(source_of(source), role)
    hidden.hide(found.values())
    hidden.guard_output()
    return dict(found)
