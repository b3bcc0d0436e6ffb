"""From the places where something can be said to one value for each setting.

Order: command line, then `HEADWATER_<NAME>`, then the project's file (the nearest upward), then the user's own file
(the profile's table before the top), then the default. What a higher place says replaces what a lower one says.
"""

import os
import pwd
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

from headwater.errors import SettingsError
from headwater.settings.files import UserFile, find_project_file, read_project_file, read_user_file, user_file_path
from headwater.settings.table import SETTINGS, read_value, suggest

ROOT_NAME = ".headwater"
PROFILE_VARIABLE = "HEADWATER_PROFILE"
GIVEN_NAMESPACE = "HEADWATER_RUN_WITH_NAMESPACE"  # in a task of a run that was given a namespace: the run's id


class Settings(NamedTuple):
    """What a process was told about where and how to work."""

    datastore_root: str  # a directory or a URL
    user: str
    namespace: str | None = None  # None: the user's own
    run: Mapping[str, Any] = {}  # options of `run` that were set in the environment or a file, by their setting's name
    secrets_backend: str | None = None  # of sources that name none
    secrets_role: str | None = None


class Found(NamedTuple):
    """A value, and who says so."""

    value: Any
    source: str  # environment, project, profile, user, default
    place: str  # the variable, or file:line; empty for a default


class Configuration:
    """What the environment and the files say, the higher place first."""

    def __init__(self, environ: Mapping[str, str], folder: Path) -> None:
        self.environ = environ
        self.folder = folder
        self.profile = environ.get(PROFILE_VARIABLE) or None
        self.project_file = find_project_file(folder)
        self.user_file = user_file_path(environ)
        self._project = read_project_file(self.project_file) if self.project_file else None
        self._user = read_user_file(self.user_file)
        _check_profile(self.profile, self._user, self.user_file)

    @property
    def profiles(self) -> tuple[str, ...]:
        return tuple(sorted(self._user.profiles))

    def profile_values(self, profile: str) -> dict[str, Any]:
        """What a profile says, by the names of the settings."""
        return {name: entry.value for name, entry in self._user.profiles[profile].entries.items()}

    def all(self, name: str) -> list[Found]:
        """Everything that is said about a setting; the first is what holds. Defaults are not among it."""
        setting, found = SETTINGS[name], []
        text = self.environ.get(setting.variable)
        if text:
            try:
                found.append(Found(read_value(setting, text), "environment", setting.variable))
            except ValueError as exc:
                raise SettingsError(f"{setting.variable}={text!r} cannot be used: {exc}.") from exc
        tables = [("project", self._project), ("user", self._user.top)]
        if self.profile:
            tables.insert(1, ("profile", self._user.profiles[self.profile]))
        for source, table in tables:
            entry = table.entries.get(name) if table else None
            if entry is not None:
                place = f"{entry.file}:{entry.line}" if entry.line else str(entry.file)
                found.append(Found(entry.value, source, place))
        return found

    def said(self, name: str) -> Any | None:
        """What holds, or None where nothing is said."""
        found = self.all(name)
        return found[0].value if found else None


def read_configuration(environ: Mapping[str, str], folder: Path) -> Configuration:
    """What holds in a folder; SettingsError for a file that cannot be used, with its line."""
    return Configuration(environ, folder)


def resolve_settings(
    environ: Mapping[str, str],
    working_directory: Path,
    datastore_root: str | None = None,
    flow_folder: Path | None = None,
) -> Settings:
    """The settings of a process; an option that was not given is None.

    The project's file is looked for upward from the folder of the flow, or of the process when there is no flow; a root
    that nobody names is looked for upward from the working directory.
    """
    said = read_configuration(environ, flow_folder or working_directory)
    options = {name: value for name, one in SETTINGS.items() if one.in_run and (value := said.said(name)) is not None}
    return Settings(
        datastore_root=datastore_root or said.said("datastore_root") or str(find_root(working_directory)),
        user=said.said("user") or login_name(environ),
        namespace=said.said("namespace"),
        run=options,
        secrets_backend=said.said("secrets_backend"),
        secrets_role=said.said("secrets_role"),
    )


def find_root(working_directory: Path) -> Path:
    """The nearest `.headwater` upward from a directory, else the one to be made there."""
    for directory in (working_directory, *working_directory.parents):
        if (directory / ROOT_NAME).is_dir():
            return directory / ROOT_NAME
    return working_directory / ROOT_NAME


def find_user(environ: Mapping[str, str]) -> str:
    """The user that the settings of the working directory name, else the login name."""
    user: str | None = environ.get("HEADWATER_USER") or read_configuration(environ, Path.cwd()).said("user")
    return user or login_name(environ)


def login_name(environ: Mapping[str, str]) -> str:
    for name in ("SUDO_USER", "USER", "LOGNAME", "USERNAME"):
        if environ.get(name):
            return environ[name]
    try:
        return pwd.getpwuid(os.getuid()).pw_name
    except KeyError:  # a container whose user has no entry
        return f"uid{os.getuid()}"


def _check_profile(profile: str | None, user: UserFile, file: Path) -> None:
    if profile is None or profile in user.profiles:
        return
    known = suggest(profile, set(user.profiles)) if user.profiles else f"{file} has no profiles."
    raise SettingsError(f"{PROFILE_VARIABLE} names {profile!r}, which is no profile of yours. {known}")
