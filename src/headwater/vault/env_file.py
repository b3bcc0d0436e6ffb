"""Secrets in a file of `NAME=value` lines, as tools that start programs read it.

    # a comment
    export DB_USER=ada
    DB_PASSWORD="with \\"quotes\\", a line end \\n and a # that is no comment"
    PATTERN='as it stands, $HOME too'
    KEY="-----BEGIN KEY-----
    over several lines
    -----END KEY-----"

Nothing is replaced in a value: a `$` is a `$`. An unquoted value ends at ` #` or at the end of its line.
"""

import os
import re
from collections.abc import Mapping
from typing import Any

from headwater.errors import SecretsError
from headwater.vault.base import SecretsBackend

_BLANK = re.compile(r"[ \t]*(?:#[^\n]*)?(?:\n|\Z)")
_NAME = re.compile(r"[ \t]*(?:export[ \t]+)?([A-Za-z_][A-Za-z0-9_]*)[ \t]*=[ \t]*")
_SINGLE = re.compile(r"'([^']*)'")
_DOUBLE = re.compile(r'"((?:[^"\\]|\\.)*)"', re.DOTALL)
_BARE = re.compile(r"[^\n]*")
_ESCAPED = re.compile(r"\\(.)", re.DOTALL)
_MEANT = {"n": "\n", "r": "\r", "t": "\t"}


class EnvFile(SecretsBackend):
    """A file of this machine: the id is its path, relative to the working directory."""

    def fetch(self, secret_id: str, options: Mapping[str, Any], role: str | None) -> dict[str, str]:
        path = os.path.abspath(os.path.expanduser(secret_id))
        try:
            with open(path, encoding="utf-8-sig") as file:
                text = file.read()
        except OSError as exc:
            raise SecretsError(
                f"The secrets in {path} cannot be read: {exc.strerror}. Make the file, or correct its path."
            ) from exc
        except UnicodeDecodeError as exc:
            raise SecretsError(f"{path} is no text in UTF-8: see byte {exc.start}. Write it as UTF-8.") from None
        return parse(text, path)


def parse(text: str, path: str) -> dict[str, str]:
    """The variables of a file's text, the later of two of one name; SecretsError with the line that is none."""
    found: dict[str, str] = {}
    place = 0
    while place < len(text):
        blank = _BLANK.match(text, place)
        if blank is not None:
            place = blank.end()
            continue
        name = _NAME.match(text, place)
        if name is None:
            raise _wrong(path, text, place, "it has no NAME=value")
        found[name[1]], place = _value(text, name.end(), path)
    return found


def _value(text: str, start: int, path: str) -> tuple[str, int]:
    """A value, and where the next line begins."""
    quote = text[start : start + 1]
    if quote not in ("'", '"') or not quote:
        bare = _BARE.match(text, start)
        assert bare is not None
        return re.split(r"(?:^|[ \t])#", bare[0], maxsplit=1)[0].strip(), bare.end() + 1
    quoted = (_SINGLE if quote == "'" else _DOUBLE).match(text, start)
    if quoted is None:
        raise _wrong(path, text, start, "its quote is not closed")
    rest = _BLANK.match(text, quoted.end())
    if rest is None:
        raise _wrong(path, text, quoted.end(), "something stands behind the closing quote")
    value = quoted[1] if quote == "'" else _ESCAPED.sub(_unescape, quoted[1])
    return value, rest.end()


def _unescape(found: "re.Match[str]") -> str:
    sign = found[1]
    return _MEANT.get(sign, sign if sign in '"\\$`' else f"\\{sign}")


def _wrong(path: str, text: str, place: int, reason: str) -> SecretsError:
    line = text.count("\n", 0, place) + 1
    return SecretsError(f'Line {line} of {path} cannot be read: {reason}. Write NAME=value or NAME="value".')
