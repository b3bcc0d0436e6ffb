"""What an author writes in `@secrets(sources=[...])`, as records.

A source is "[backend.]id", or {"type", "id", "options", "role"}.
"""

from collections.abc import Mapping
from typing import Any

from headwater import plugins
from headwater.errors import DecoratorError
from headwater.records.secrets import SecretSource

INLINE = "inline"
_FIELDS = ("type", "id", "options", "role")
_HOW = 'Write it as "backend.id" or {"type": ..., "id": ..., "options": {...}, "role": ...}.'


def clean_secrets(options: Mapping[str, Any]) -> dict[str, Any]:
    """The options of @secrets; DecoratorError, which never shows a value, for what cannot be."""
    cleaned = dict(options)
    if "sources" in cleaned:
        sources = cleaned["sources"]
        if isinstance(sources, str | Mapping) or not hasattr(sources, "__iter__"):
            raise DecoratorError("@secrets: sources takes a list. Write sources=[...], also around one.")
        cleaned["sources"] = tuple(source_of(source) for source in sources)
    if not isinstance(cleaned.get("role"), str | None):
        raise DecoratorError("@secrets: role takes a text.")
    if not isinstance(cleaned.get("allow_override", False), bool):
        raise DecoratorError("@secrets: allow_override takes True or False.")
    return cleaned


def source_of(written: Any) -> SecretSource:
    """One source as it was written."""
    if isinstance(written, SecretSource):
        return written
    if isinstance(written, str) and written:
        return _from_text(written)
    if not isinstance(written, Mapping):
        raise DecoratorError(f"@secrets has a source that is {_kind(written)}. {_HOW}")
    unknown = [str(field) for field in written if field not in _FIELDS]
    if unknown:
        raise DecoratorError(f"@secrets has a source with {unknown[0]!r}, which no source has. {_HOW}")
    return _from_fields(written)


def _from_text(text: str) -> SecretSource:
    kind, dot, rest = text.partition(".")
    if dot and rest and kind in plugins.TABLE["secrets"]:
        return SecretSource(type=kind, id=rest)
    return SecretSource(id=text)  # who fetches it looks whether the first part is a back end that was installed


def _from_fields(fields: Mapping[str, Any]) -> SecretSource:
    kind, name, role = fields.get("type", ""), fields.get("id", ""), fields.get("role")
    options = fields.get("options") or {}
    if not (isinstance(kind, str) and isinstance(name, str) and isinstance(role, str | None)):
        raise DecoratorError(f"@secrets has a source whose type, id or role is no text. {_HOW}")
    if not isinstance(options, Mapping):
        raise DecoratorError(f"@secrets has a source whose options are no dict. {_HOW}")
    if kind == INLINE:
        return SecretSource(type=kind, id=name, role=role).with_values(_inline_values(options))
    if not name:
        raise DecoratorError(f"@secrets has a source without an id. {_HOW}")
    return SecretSource(type=kind, id=name, role=role, options=dict(options))


def _inline_values(options: Mapping[str, Any]) -> dict[str, str]:
    values = options.get("env_vars")
    if not isinstance(values, Mapping) or len(options) != 1:
        raise DecoratorError('@secrets: an inline source has its values in options={"env_vars": {"NAME": "value"}}.')
    wrong = [str(name) for name, value in values.items() if not (isinstance(name, str) and isinstance(value, str))]
    if wrong:
        raise DecoratorError(f"@secrets: the inline variable {wrong[0]!r} is no text. Make it one with str(...).")
    return dict(values)


def _kind(written: Any) -> str:
    return "empty" if written == "" else f"of type {type(written).__name__}"
