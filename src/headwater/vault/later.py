"""Back ends that are known by name and cannot be used yet."""

from collections.abc import Mapping
from typing import Any, ClassVar

from headwater.errors import SecretsError
from headwater.vault.base import SecretsBackend


class _NotYet(SecretsBackend):
    service: ClassVar[str]
    options = ("json", "env_var_name", "binary")

    def fetch(self, secret_id: str, options: Mapping[str, Any], role: str | None) -> dict[str, str]:
        raise SecretsError(
            f"Secrets of {self.service} cannot be fetched yet. Write what the step needs to a file that only you can "
            'read, and name it: @secrets(sources=["env-file.PATH"]).'
        )


class GcpSecretManager(_NotYet):
    """Google Cloud's Secret Manager."""

    service = "Google Cloud Secret Manager"


class AzureKeyVault(_NotYet):
    """Azure's Key Vault."""

    service = "Azure Key Vault"
