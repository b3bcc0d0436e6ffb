"""Fetches what sources name: each once, through the back end that its type names."""

import re
from collections.abc import Iterable, Mapping
from typing import Any

from headwater import plugins
from headwater.errors import PluginError, SecretsError
from headwater.flow.secret_sources import INLINE
from headwater.records.secrets import SecretSource
from headwater.vault.base import SecretsBackend

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_OURS = ("HEADWATER_", "METAFLOW_")


class Fetcher:
    """What is known of secrets so far. `backend`, `role`: what the settings say for sources that say nothing."""

    def __init__(self, backend: str | None, role: str | None) -> None:
        self._backend = backend
        self._role = role
        self._backends: dict[str, SecretsBackend] = {}
        self._known: dict[object, dict[str, str]] = {}

    def fetch_all(self, sources: Iterable[SecretSource], role: str | None) -> dict[str, str]:
        """The variables of several sources; SecretsError when one cannot be had, or two give the same variable."""
        found: dict[str, str] = {}
        for source in sources:
            for name, value in self.fetch(source, role).items():
                if name in found:
                    raise SecretsError(
                        f"Two of the sources of @secrets give the variable {name!r}, the second of them {source}. "
                        "Remove one, or rename the variable where it is kept."
                    )
                found[name] = value
        return found

    def fetch(self, source: SecretSource, role: str | None = None) -> dict[str, str]:
        """The variables of one source; what was fetched once is known."""
        if source.values:
            return _checked(source, dict(source.values))
        settled = self._settled(source, role)
        key = (settled.type, settled.id, repr(sorted(settled.options.items())), settled.role)
        if key not in self._known:
            self._known[key] = self._fetch(settled)
        return self._known[key]

    def _fetch(self, source: SecretSource) -> dict[str, str]:
        backend = self._backend_of(source)
        unknown = [name for name in source.options if name not in backend.options]
        if unknown:
            takes = f"It takes {', '.join(backend.options)}." if backend.options else "It takes none."
            raise SecretsError(
                f"The secret {source} has the option {unknown[0]!r}, which {source.type} has not. {takes}"
            )
        try:
            return _checked(source, backend.fetch(source.id, source.options, source.role))
        except SecretsError:
            raise
        except Exception as exc:  # a back end of others may raise anything, and its words may hold a value
            raise SecretsError(
                f"The secret {source} cannot be fetched: {source.type} raised {type(exc).__name__}. "
                f"Try get_secret({str(source)!r}) at a prompt to see why."
            ) from exc

    def _settled(self, source: SecretSource, role: str | None) -> SecretSource:
        """The source with its back end and role."""
        kind, name = source.type, source.id
        if not kind:
            first, dot, rest = name.partition(".")
            if dot and rest and _is_installed(first):
                kind, name = first, rest
            elif self._backend:
                kind = self._backend
            else:
                raise SecretsError(
                    f'The source {name!r} names no back end, and no setting does. Write "BACKEND.{name}", with one of '
                    f"{_known_backends()}, or set secrets_backend."
                )
        return SecretSource(type=kind, id=name, options=source.options, role=source.role or role or self._role)

    def _backend_of(self, source: SecretSource) -> SecretsBackend:
        if source.type not in self._backends:
            try:
                self._backends[source.type] = plugins.load("secrets", source.type)()
            except PluginError as exc:
                raise SecretsError(f"The secret {source} cannot be fetched. {exc}") from exc
        return self._backends[source.type]


def _checked(source: SecretSource, variables: Mapping[str, Any]) -> dict[str, str]:
    """What a back end gave, if an environment can hold it."""
    for name, value in variables.items():
        if not _NAME.fullmatch(name):
            raise SecretsError(
                f"The secret {source} holds {name!r}, which cannot name a variable. Rename it where it is kept."
            )
        if name.startswith(_OURS):
            raise SecretsError(f"The secret {source} holds {name!r}, and names that begin so are settings. Rename it.")
        if not isinstance(value, str) or "\0" in value:
            raise SecretsError(
                f"The value of {name!r} in the secret {source} is no text without NUL. Store it as text."
            )
    return dict(variables)


def _is_installed(name: str) -> bool:
    return name in plugins.names("secrets")


def _known_backends() -> str:
    return ", ".join(sorted(plugins.names("secrets") - {INLINE}))
