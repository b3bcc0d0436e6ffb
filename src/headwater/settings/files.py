"""Files of settings: where they are, and what stands on which line.

headwater.toml, or [tool.headwater] of pyproject.toml     the nearest upward from a folder
<XDG config folder>/headwater/headwater.toml              the user's own, with a table for each profile
"""

import re
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any, NamedTuple

from headwater.errors import SettingsError
from headwater.settings.table import SETTINGS, read_value, suggest

PROJECT_FILE = "headwater.toml"
PYPROJECT = "pyproject.toml"
PYPROJECT_TABLE = "tool.headwater"
PROFILES = "profiles"

HEADER = re.compile(r"^\s*\[\s*([^\[\]#]+?)\s*\]\s*(#.*)?$")
_SECTION = re.compile(rb"^\s*\[\s*tool\s*\.\s*headwater\s*\]", re.MULTILINE)


class Entry(NamedTuple):
    """A value as one table of a file has it."""

    value: Any
    file: Path
    line: int | None  # counted from 1; None where it could not be found


class Table(NamedTuple):
    """The settings of one table of a file, by their names."""

    file: Path
    name: str  # "" for the top of the file
    entries: Mapping[str, Entry]


class UserFile(NamedTuple):
    """The user's own file: what always holds, and what holds for each profile."""

    top: Table
    profiles: Mapping[str, Table]


def find_project_file(folder: Path) -> Path | None:
    """The nearest file upward from a folder that has project settings."""
    for place in (folder, *folder.parents):
        own, shared = place / PROJECT_FILE, place / PYPROJECT
        if own.is_file():
            return own
        if shared.is_file() and _SECTION.search(_read(shared)):
            return shared
    return None


def user_file_path(environ: Mapping[str, str]) -> Path:
    """Where the user's own file is, or would be."""
    home = environ.get("HOME")
    config = environ.get("XDG_CONFIG_HOME") or (Path(home) if home else Path.home()) / ".config"
    return Path(config) / "headwater" / PROJECT_FILE


def read_project_file(file: Path, table: str | None = None) -> Table:
    """The settings of a project; `table` says where in the file they stand when its name does not tell."""
    content = _content(file)
    if not (file.name == PYPROJECT if table is None else table):
        return _table(file, "", content)
    return _table(file, PYPROJECT_TABLE, content.get("tool", {}).get("headwater", {}))


def read_user_file(file: Path) -> UserFile:
    """An absent file is an empty one."""
    content = dict(_content(file)) if file.is_file() else {}
    profiles = content.pop(PROFILES, {})
    if not isinstance(profiles, dict) or not all(isinstance(one, dict) for one in profiles.values()):
        raise SettingsError(f"{file}: {PROFILES} has to hold a table for each profile. Write [{PROFILES}.NAME].")
    return UserFile(
        _table(file, "", content),
        {name: _table(file, f"{PROFILES}.{name}", values) for name, values in profiles.items()},
    )


def find_line(text: str, table: str, key: str) -> int | None:
    """The line on which a table of a TOML text has a key."""
    at = ""
    start = re.compile(rf"""^\s*["']?{re.escape(key)}["']?\s*[=.]""")
    inside = re.compile(rf"""^\s*\[\s*["']?{re.escape(key)}\b""")
    for number, line in enumerate(text.splitlines(), 1):
        header = HEADER.match(line)
        if header:
            at = plain_name(header[1])
        if (at == table and start.match(line)) or (not table and inside.match(line)):
            return number
    return None


def plain_name(header: str) -> str:
    """The name between the brackets of a header, without quotes and spaces."""
    return re.sub(r"""\s*\.\s*|["']""", lambda match: "." if "." in match[0] else "", header)


def _table(file: Path, name: str, content: Mapping[str, Any]) -> Table:
    """A table whose every key is a setting and whose every value is right; else SettingsError."""
    text = _read(file).decode("utf-8") if content else ""
    entries = {}
    for key, value in content.items():
        line = find_line(text, name, key)
        place = f"{file}:{line}" if line else str(file)
        if key == PROFILES:
            raise SettingsError(f"{place}: profiles stand in the user's own file. `headwater configure edit` opens it.")
        if key not in SETTINGS:
            raise SettingsError(f"{place}: there is no setting {key!r}. {suggest(key, SETTINGS)}")
        try:
            right = read_value(SETTINGS[key], value)
        except ValueError as exc:
            raise SettingsError(f"{place}: {key} = {value!r} cannot be used: {exc}.") from exc
        entries[key] = Entry(_rooted(right, file) if key == "datastore_root" else right, file, line)
    return Table(file, name, entries)


def _rooted(root: str, file: Path) -> str:
    """A folder in a file is relative to the file, and may begin with `~`."""
    return root if "://" in root else str((file.parent / Path(root).expanduser()).resolve())


def _read(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except OSError as exc:
        raise SettingsError(f"{file} cannot be read: {exc.strerror}. Mend its permissions, or remove it.") from exc


def _content(file: Path) -> dict[str, Any]:
    try:
        state = file.stat()
    except OSError as exc:
        raise SettingsError(f"{file} cannot be read: {exc.strerror}. Mend its permissions, or remove it.") from exc
    return _parse(file, state.st_mtime_ns, state.st_size)


@lru_cache(maxsize=64)
def _parse(file: Path, changed: int, size: int) -> dict[str, Any]:
    # Here, not above: most projects have no file of settings, and those that have none do not pay for the parser.
    from tomllib import TOMLDecodeError, loads

    try:
        return loads(_read(file).decode("utf-8"))
    except (TOMLDecodeError, UnicodeDecodeError) as exc:
        raise SettingsError(f"{file} is no TOML: {exc}. Mend it with an editor.") from exc
