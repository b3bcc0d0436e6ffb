"""Secrets that stand in the flow's file, or that it made: for trying things out.

`{"type": "inline", "options": {"env_vars": {"NAME": "value"}}}`
"""

from collections.abc import Mapping
from typing import Any

from headwater.errors import SecretsError
from headwater.vault.base import SecretsBackend


class Inline(SecretsBackend):
    """The values that the author gave."""

    options = ("env_vars",)

    def fetch(self, secret_id: str, options: Mapping[str, Any], role: str | None) -> dict[str, str]:
        values = options.get("env_vars")
        if values is None:
            raise SecretsError(
                f"The inline secret {secret_id!r} is known only where the flow's file was read. "
                'Give its values in options={"env_vars": {"NAME": "value"}}, or keep them in a file: "env-file.PATH".'
            )
        return dict(values)
