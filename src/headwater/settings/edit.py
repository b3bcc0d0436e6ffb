"""Changing a file of settings on disk: the whole file or nothing, and only to one that can be read again."""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

from headwater.errors import SettingsError
from headwater.settings.files import (
    PROFILES,
    PROJECT_FILE,
    PYPROJECT,
    PYPROJECT_TABLE,
    find_line,
    find_project_file,
    read_project_file,
    read_user_file,
    user_file_path,
)
from headwater.settings.write import set_value, unset_value


class Target(NamedTuple):
    """A table of a file that settings are written into."""

    file: Path
    table: str  # "" for the top of the file
    own: bool  # the user's own file, not the project's

    @property
    def words(self) -> str:
        return f"[{self.table}] of {self.file}" if self.table else str(self.file)

    def relative(self, path: Path) -> str:
        """A folder as the file should name it: a project may be moved as a whole, a user's file stays where it is."""
        folder = self.file.parent
        return str(path.relative_to(folder)) if not self.own and path.is_relative_to(folder) else str(path)


def user_target(environ: Mapping[str, str], profile: str | None) -> Target:
    return Target(user_file_path(environ), f"{PROFILES}.{profile}" if profile else "", True)


def project_target(folder: Path) -> Target:
    """The nearest file upward that has project settings, else one to be made in the folder."""
    file = find_project_file(folder) or folder / PROJECT_FILE
    return Target(file, PYPROJECT_TABLE if file.name == PYPROJECT else "", False)


def store(target: Target, name: str, value: Any) -> bool:
    """Write a value, or take it out when it is None. False: it did not stand there."""
    before = target.file.read_text("utf-8") if target.file.is_file() else ""
    if before:
        _check(target, target.file)
    if value is None:
        if find_line(before, target.table, name) is None:
            return False
        after = unset_value(before, target.table, name)
    else:
        after = set_value(before, target.table, name, value)
    _replace(target, after)
    return True


def write_new(file: Path, text: str) -> None:
    _make_folder(file)
    file.write_text(text, "utf-8")


def _replace(target: Target, text: str) -> None:
    """The file with another text, once that was found to be right."""
    file = target.file
    _make_folder(file)
    draft = file.with_name(f".{os.getpid()}-{file.name}")
    try:
        draft.write_text(text, "utf-8")
        if file.is_file():
            draft.chmod(file.stat().st_mode)
        _check(target, draft)
        draft.replace(file)
    except OSError as exc:
        raise SettingsError(f"{file} cannot be written: {exc.strerror}. Check that its folder is yours.") from exc
    finally:
        draft.unlink(missing_ok=True)


def _check(target: Target, file: Path) -> None:
    if target.own:
        read_user_file(file)
    else:
        read_project_file(file, target.table)


def _make_folder(file: Path) -> None:
    try:
        file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as exc:
        raise SettingsError(f"{file.parent} cannot be made: {exc.strerror}. Check that its folder is yours.") from exc
