"""Settings: whether their files can be used, what holds, and variables that nobody listens to."""

from collections.abc import Mapping
from pathlib import Path

from headwater.checkup.finding import Area, Finding, Level
from headwater.errors import SettingsError
from headwater.settings.resolve import Configuration, find_root, login_name, read_configuration
from headwater.settings.table import OTHER_VARIABLES, PARAMETER_PREFIX, PREFIX, SETTINGS, suggest
from headwater.wording import plain


def check_configured(environ: Mapping[str, str], folder: Path, asked_root: str | None) -> list[Finding]:
    try:
        said = read_configuration(environ, folder)
        findings = [_root(said, folder, asked_root), _user(said, environ), _files(said), *_others(said)]
    except SettingsError as exc:
        findings = [Finding(Area.CONFIGURED, Level.PROBLEM, str(exc), "Mend it: headwater configure edit")]
    return [*findings, *_unknown_variables(environ)]


def _root(said: Configuration, folder: Path, asked: str | None) -> Finding:
    found = said.all("datastore_root")
    if asked:
        return _ok(f"root {asked} (--datastore-root)")
    if found:
        return _ok(f"root {found[0].value} ({found[0].place})")
    root = find_root(folder)
    return _ok(f"root {root} ({'found upward from here' if root.is_dir() else 'to be made by the first run here'})")


def _user(said: Configuration, environ: Mapping[str, str]) -> Finding:
    found = said.all("user")
    name, place = (found[0].value, found[0].place) if found else (login_name(environ), "your login name")
    if name == "root" and not found:
        remedy = "Say who you are: headwater configure set user NAME"
        return Finding(Area.CONFIGURED, Level.NOTE, "user root (your login name), which says little", remedy)
    return _ok(f"user {plain(name)} ({place})")


def _files(said: Configuration) -> Finding:
    files = [str(file) for file in (said.project_file, said.user_file) if file and file.is_file()]
    profile = f"profile {plain(said.profile)}; " if said.profile else ""
    return _ok(f"{profile}settings from {' and '.join(files) or 'no file'}")


def _others(said: Configuration) -> list[Finding]:
    """What else is set, one finding for all; reading them finds wrong variables."""
    names = [name for name in SETTINGS if name not in ("datastore_root", "user")]
    lines = tuple(f"{name} = {found[0].value} ({found[0].place})" for name in names if (found := said.all(name)))
    return [Finding(Area.CONFIGURED, Level.OK, "other settings", details=lines)] if lines else []


def _unknown_variables(environ: Mapping[str, str]) -> list[Finding]:
    known = {setting.variable for setting in SETTINGS.values()} | OTHER_VARIABLES
    return [
        Finding(Area.CONFIGURED, Level.WARNING, f"{name} is set, and nothing reads it", suggest(name, known))
        for name in sorted(environ)
        if name.startswith(PREFIX) and not name.startswith(PARAMETER_PREFIX) and name not in known
    ]


def _ok(text: str) -> Finding:
    return Finding(Area.CONFIGURED, Level.OK, text)
