"""`headwater configure show|get|set|unset|edit|profiles`: what holds here, who says so, and how to say it.

With --json `show` answers {profile, profiles, project_file, user_file, settings: [...]}; a setting has name, value,
source (option, environment, project, profile, user, default), place, help and overridden, the list of what is said in
vain: value, source, place. `get` answers with one setting; `set` and `unset` with {name, value, file, table};
`profiles` with {profile, file, profiles: {NAME: {setting: value}}}.
"""

import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click
from click.shell_completion import CompletionItem

from headwater.cli.commands import Shared, command_with
from headwater.cli.errors import say
from headwater.cli.json import to_line
from headwater.cli.streams import Sink
from headwater.errors import SettingsError
from headwater.settings.edit import Target, project_target, store, user_target, write_new
from headwater.settings.resolve import Configuration, Found, find_root, login_name, read_configuration
from headwater.settings.table import SETTINGS, Setting, read_value, suggest
from headwater.settings.write import toml
from headwater.wording import plain, table

_NEW_FILE = """\
# Settings of Headwater for everything that you run; `headwater configure show` says what holds where.

"""
_DEFAULTS_IN_WORDS = {"isolation": "fork where that is safe"}


def command() -> click.Command:
    group = click.Group("configure", help="Show and change settings: what holds here, and who says so.")
    name = click.Argument(["name"], metavar="NAME", shell_complete=_offer_names)
    group.add_command(_command("show", show, [], "Show every setting, and where its value comes from."))
    group.add_command(_command("get", get, [name], "Print the value of a setting."))
    values = click.Argument(["values"], nargs=-1, required=True, metavar="VALUE...")
    group.add_command(_command("set", set_setting, [name, values, *_where()], "Write a setting into a file."))
    group.add_command(_command("unset", unset, [name, *_where()], "Take a setting out of a file."))
    group.add_command(_command("edit", edit, _where()[:1], "Open the file of settings in an editor."))
    group.add_command(_command("profiles", profiles, [], "List your profiles; HEADWATER_PROFILE chooses one."))
    return group


def _command(name: str, callback: Any, params: list[click.Parameter], text: str) -> click.Command:
    return command_with(name, callback, params, shown={"--json"}, help=text)


def _offer_names(_ctx: click.Context, _param: click.Parameter, incomplete: str) -> list[CompletionItem]:
    return [CompletionItem(name, help=one.help) for name, one in SETTINGS.items() if name.startswith(incomplete)]


def _where() -> list[click.Parameter]:
    return [
        click.Option(
            ["project", "--project/--user"],
            default=False,
            help="In the project's file, for all who work on it; or in your own (the default).",
        ),
        click.Option(["profile", "--profile"], metavar="NAME", help="In this profile of your own file."),
    ]


def show(shared: Shared) -> None:
    said = read_configuration(os.environ, Path.cwd())
    documents = [_document(one, said, shared) for one in SETTINGS.values()]
    out = Sink(sys.stdout)
    if shared.json:
        files = {"project_file": said.project_file and str(said.project_file), "user_file": str(said.user_file)}
        out.write(to_line({"profile": said.profile, "profiles": said.profiles, **files, "settings": documents}))
        return
    rows = [(one["name"], _in_words(one["name"], one["value"]), _origin(one)) for one in documents]
    for line in table(("setting", "value", "from"), rows):
        out.line(line)
    out.line()
    out.line(f"project file  {_or_none(said.project_file, 'none upward from here')}")
    out.line(f"your file     {said.user_file}{'' if said.user_file.is_file() else ' (not there yet)'}")
    out.line(f"profile       {_or_none(said.profile, 'none')}{_others(said)}")


def get(shared: Shared, name: str) -> None:
    said = read_configuration(os.environ, Path.cwd())
    document = _document(_setting(name), said, shared)
    if shared.json:
        Sink(sys.stdout).write(to_line(document))
        return
    value = document["value"]
    for one in value if isinstance(value, list | tuple) else [value]:
        Sink(sys.stdout).line(plain(toml(one) if isinstance(one, bool) else "" if one is None else str(one)))


def set_setting(shared: Shared, name: str, values: Sequence[str], project: bool, profile: str | None) -> None:
    setting, target = _setting(name), _target(project, profile)
    said: Any = list(values) if setting.default == () else " ".join(values)
    try:
        value = read_value(setting, said)
    except ValueError as exc:
        raise SettingsError(f"{name} = {said!r} cannot be used: {exc}.") from exc
    if name == "datastore_root" and "://" not in value:
        value = target.relative(Path(value).expanduser().absolute())
    store(target, name, value)
    _tell_change(shared, target, name, value, f"{name} = {toml(value)}")


def unset(shared: Shared, name: str, project: bool, profile: str | None) -> None:
    setting, target = _setting(name), _target(project, profile)
    if not store(target, setting.name, None):
        places = [found.place for found in read_configuration(os.environ, Path.cwd()).all(name)]
        where = f" It is said by {', '.join(places)}." if places else " Nothing says it: the default holds."
        raise SettingsError(f"{name} does not stand in {target.words}.{where}")
    _tell_change(shared, target, name, None, f"{name} is no longer said")


def edit(shared: Shared, project: bool) -> None:
    target = _target(project, None)
    if not target.file.is_file():
        write_new(target.file, _NEW_FILE)
    click.edit(filename=str(target.file))
    read_configuration(os.environ, Path.cwd())
    if shared.json:
        Sink(sys.stdout).write(to_line({"file": str(target.file)}))
    else:
        say(f"{target.file} can be used as it is.")


def profiles(shared: Shared) -> None:
    said = read_configuration(os.environ, Path.cwd())
    found = {name: said.profile_values(name) for name in said.profiles}
    out = Sink(sys.stdout)
    if shared.json:
        out.write(to_line({"profile": said.profile, "file": str(said.user_file), "profiles": found}))
        return
    if not found:
        say(f"There are no profiles in {said.user_file}. `headwater configure set --profile NAME ...` begins one.")
    for name, values in found.items():
        out.line(f"{plain(name)}{'  (chosen)' if name == said.profile else ''}")
        for key, value in values.items():
            out.line(f"  {key} = {plain(toml(value))}")


def _setting(name: str) -> Setting:
    if name not in SETTINGS:
        raise SettingsError(f"There is no setting {name!r}. {suggest(name, SETTINGS)}")
    return SETTINGS[name]


def _target(project: bool, profile: str | None) -> Target:
    if project and profile:
        raise click.UsageError("Profiles stand in your own file: leave --project or --profile out.")
    return project_target(Path.cwd()) if project else user_target(os.environ, profile)


def _document(setting: Setting, said: Configuration, shared: Shared) -> dict[str, Any]:
    found = said.all(setting.name)
    if setting.name == "datastore_root" and _from_line(shared):
        found.insert(0, Found(shared.datastore_root, "option", "--datastore-root"))
    holds = found[0] if found else _default(setting, said)
    return {
        "name": setting.name,
        **holds._asdict(),
        "help": setting.help,
        "overridden": [one._asdict() for one in found[1:]],
    }


def _from_line(shared: Shared) -> bool:
    """Whether the root was given on the command line, rather than by what is shown here anyway."""
    ctx = click.get_current_context()
    name = "hw_datastore_root"
    line = click.core.ParameterSource.COMMANDLINE
    return bool(shared.datastore_root) and line in (
        ctx.get_parameter_source(name),
        ctx.find_root().get_parameter_source(name),
    )


def _default(setting: Setting, said: Configuration) -> Found:
    match setting.name:
        case "datastore_root":
            root = find_root(said.folder)
            return Found(str(root), "default", "found upward" if root.is_dir() else "made by the first run")
        case "user":
            return Found(login_name(os.environ), "default", "login name")
        case "namespace":
            user = said.said("user") or login_name(os.environ)
            return Found(f"user:{user}", "default", "your own runs")
    return Found(setting.default, "default", "")


def _tell_change(shared: Shared, target: Target, name: str, value: Any, text: str) -> None:
    if shared.json:
        document = {"name": name, "value": value, "file": str(target.file), "table": target.table}
        Sink(sys.stdout).write(to_line(document))
    say(f"{plain(text)} in {target.words}.")
    said = read_configuration(os.environ, Path.cwd())
    holds = said.all(name)
    if value is not None and holds and not holds[0].place.startswith(str(target.file)):
        say(f"Here {holds[0].place} says {plain(toml(holds[0].value))}, and that holds.")


def _in_words(name: str, value: Any) -> str:
    if value is None:
        return _DEFAULTS_IN_WORDS.get(name, "none")
    if isinstance(value, list | tuple):
        return plain(", ".join(value)) or "none"
    return plain(toml(value) if isinstance(value, bool) else str(value))


def _origin(document: dict[str, Any]) -> str:
    source, place = document["source"], document["place"]
    words = f"{source}: {place}" if place and source == "default" else place or source
    others = ", ".join(one["place"] for one in document["overridden"])
    return f"{words} (over {others})" if others else words


def _or_none(value: object, otherwise: str) -> str:
    return otherwise if value is None else str(value)


def _others(said: Configuration) -> str:
    others = [plain(name) for name in said.profiles if name != said.profile]
    return f" (others: {', '.join(others)})" if others else ""
