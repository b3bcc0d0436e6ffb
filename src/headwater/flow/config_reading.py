"""The values of a flow's configs: what was chosen, else what the environment says, else the defaults.

--config, --config-value, headwater.run(configs=)  >  HEADWATER_FLOW_CONFIG, HEADWATER_FLOW_CONFIG_VALUE  >  default
"""

import json
import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from headwater.errors import ConfigError, ParameterError
from headwater.flow.config import Config, Declared, configs_of, declared, value_of
from headwater.flow.parameter_values import ParameterContext
from headwater.flow.parser import Parser, find_parser
from headwater.settings import find_user
from headwater.wording import nearest

if TYPE_CHECKING:
    from headwater.flow.resolve import Choices

FILES_VARIABLE = "HEADWATER_FLOW_CONFIG"
VALUES_VARIABLE = "HEADWATER_FLOW_CONFIG_VALUE"
_MOST_SHOWN = 200  # letters of a value in an error


class _Source(NamedTuple):
    """Where a config is read from: a file, or a value that is there already."""

    file: Any = None
    value: Any = None
    where: str = ""  # "from a.json", "by HEADWATER_FLOW_CONFIG_VALUE"


def read_configs(cls: type, choices: "Choices", environ: Mapping[str, str]) -> dict[str, Any]:
    """The value of every config of a flow, by Python name; ConfigError names the config, and where it comes from."""
    configs = configs_of(cls)
    chosen = _match(cls, configs, _paired(choices.config_files, choices.config_values, ""))
    if chosen.keys() >= configs.keys() - choices.known_configs.keys():
        around: dict[str, _Source] = {}
    else:
        around = _match(cls, configs, sources_of_environment(environ))
    values: dict[str, Any] = {}
    for name, config in configs.items():
        if name in choices.known_configs and name not in chosen:
            values[name] = value_of(config, choices.known_configs[name])
            continue
        source = chosen.get(name) or around.get(name) or _default(cls, declared(config))
        values[name] = None if source is None else _read(cls, config, source)
    return values


def _paired(files: Mapping[str, Any], values: Mapping[str, Any], by: str) -> dict[str, _Source]:
    for name in files:
        if name in values:
            raise ConfigError(f"Config {name!r} was given both as a file and as a value{by}. Give one of the two.")
    return {name: _Source(file=file, where=f"from {file}{by}") for name, file in files.items()} | {
        name: _Source(value=value, where=by.strip() or "as its value") for name, value in values.items()
    }


def sources_of_environment(environ: Mapping[str, str]) -> dict[str, _Source]:
    """What the variables give, by the names that they use; ConfigError for what is no JSON object."""
    files, values = (_variable(environ, name) for name in (FILES_VARIABLE, VALUES_VARIABLE))
    return _paired(files, values, " by the environment")


def _variable(environ: Mapping[str, str], name: str) -> dict[str, Any]:
    text = environ.get(name)
    if not text:
        return {}
    try:
        found = json.loads(text)
    except ValueError as exc:
        found = exc
    if not isinstance(found, dict):
        raise ConfigError(
            f"{name} is no JSON object: {_short(text)}. Write the configs by their names, as in "
            f"{name}='{{\"config\": ...}}'."
        )
    return found


def _match(cls: type, configs: Mapping[str, Config], given: Mapping[str, _Source]) -> dict[str, _Source]:
    """What was given, by Python name. Case does not count, as on Metaflow's command line."""
    spellings = {name.lower(): name for name in configs}
    spellings |= {declared(config).name.lower(): name for name, config in configs.items()}
    matched: dict[str, _Source] = {}
    for name, source in given.items():
        found = spellings.get(name.lower())
        if found is None:
            names = [declared(config).name for config in configs.values()]
            close = nearest(name, names)
            hint = f" Did you mean {close!r}?" if close else ""
            raise ConfigError(
                f"{cls.__name__} has no config {name!r}.{hint} Its configs: {', '.join(names) or 'none'}."
            )
        if found in matched:
            raise ConfigError(f"Config {name!r} was given twice. Give it once.")
        matched[found] = source
    return matched


def _default(cls: type, told: Declared) -> _Source | None:
    if told.default is not None:
        path = _computed(cls, told, told.default)
        return _Source(file=path, where=f"from {path}, its default")
    if told.default_value is not None:
        return _Source(value=_computed(cls, told, told.default_value), where="by default")
    if told.required:
        raise ConfigError(
            f"Config {told.name!r} is required and was not given. "
            f"Give it with --config {told.name} FILE or --config-value {told.name} VALUE."
        )
    return None


def _computed(cls: type, told: Declared, default: Any) -> Any:
    if not callable(default):
        return default
    context = ParameterContext(cls.__name__, find_user(os.environ), told.name, _log, "local", {})
    try:
        return default(context)
    except Exception as exc:
        raise ConfigError(
            f"The default of config {told.name!r} raised {type(exc).__name__}: {exc}. "
            f"Correct the function, or give the config with --config {told.name} FILE."
        ) from exc


def _log(*words: object) -> None:
    sys.stderr.write(" ".join(map(str, words)) + "\n")


def _read(cls: type, config: Config, source: _Source) -> Any:
    told = declared(config)
    value = source.value
    if source.file is not None:
        value = _text_of(cls, told, source)
    if isinstance(value, (str, bytes)):
        value = _parse(told, value if isinstance(value, str) else value.decode(), source.where)
    if told.plain or value is None:
        return value
    if not isinstance(value, Mapping):
        raise ConfigError(
            f"Config {told.name!r}, given {source.where}, is {_short(repr(value))}, which is no mapping of names to "
            "values. Give one, or declare the config with plain=True to have any value."
        )
    return value_of(config, value)


def _text_of(cls: type, told: Declared, source: _Source) -> str:
    """What the file holds; a relative path is looked for in the working directory, then beside the flow's file."""
    try:
        path = Path(source.file)
    except TypeError:
        raise ConfigError(
            f"Config {told.name!r} is to be read from {_short(repr(source.file))}, which is no path. Give the path of "
            "a file, or a value with default_value."
        ) from None
    beside = getattr(sys.modules.get(cls.__module__), "__file__", None)
    if not path.exists() and not path.is_absolute() and beside and (found := Path(beside).parent / path).exists():
        path = found
    try:
        return path.read_text(encoding="utf-8")
    except UnicodeDecodeError as exc:
        reason = f"it is no UTF-8 text ({exc.reason} at byte {exc.start})"
    except OSError as exc:
        reason = exc.strerror or str(exc)
    raise ConfigError(
        f"Config {told.name!r} cannot be read {source.where}: {reason}. "
        f"Write the file, or name another: --config {told.name} FILE."
    )


def _parse(told: Declared, text: str, where: str) -> Any:
    if told.parser is None:
        try:
            return json.loads(text)
        except ValueError as exc:
            raise ConfigError(
                f"Config {told.name!r}, given {where}, is not valid JSON: {exc}. "
                f"Correct it, or name a parser in Config(..., parser=...): it begins {_short(text.strip()[:40])!r}."
            ) from None
    parser = _parser_of(told)
    try:
        return parser(text)
    except Exception as exc:
        said = str(exc) if isinstance(exc, ConfigError) else f"{type(exc).__name__}: {exc}"
        raise ConfigError(
            f"Config {told.name!r}, given {where}, could not be parsed by {_name_of(told.parser)}: {said}"
        ) from exc


def _parser_of(told: Declared) -> Parser:
    assert told.parser is not None
    try:
        return find_parser(told.parser, f"Config {told.name!r}")
    except ParameterError as exc:
        raise ConfigError(str(exc)) from exc


def _name_of(parser: Any) -> str:
    return parser if isinstance(parser, str) else str(getattr(parser, "__name__", repr(parser)))


def _short(text: str) -> str:
    return text if len(text) <= _MOST_SHOWN else f"{text[:_MOST_SHOWN]}..."
