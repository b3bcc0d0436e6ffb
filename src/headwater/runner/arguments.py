"""What a program says in keywords, as the words of a flow's command line and a file of parameters. Pure."""

import enum
import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

import msgspec

from headwater.errors import UsageError

#: Options of the flow as a whole: they stand before the command.
TOP_LEVEL = frozenset(
    [
        "config",
        "config_value",
        "branch",
        "production",
        "trigger",
        "metadata",
        "environment",
        "datastore",
        "event_logger",
        "monitor",
        "package_suffixes",
        "pylint",
    ]
)
#: Options of every command, and those of `run`, `resume` and `spin`.
_OPTIONS = frozenset(
    [
        "quiet",
        "json",
        "datastore_root",
        "with",
        "isolation",
        "tag",
        "max_workers",
        "max_num_splits",
        "max_log_size",
        "run_id_file",
        "on_failure",
        "grace_s",
        "deadlock_s",
        "full_traceback",
        "namespace",
        "origin_run_id",
        "skip_decorators",
        "artifacts_module",
        "persist",
        "code_folder",
    ]
)
#: Keywords whose option is called otherwise.
_CALLED = {"tags": "tag", "with_": "with", "decospecs": "with", "user_namespace": "namespace"}
#: Options that are said, or not.
_FLAGS = frozenset(["quiet", "json", "production", "full_traceback", "skip_decorators", "persist", "pylint"])
_PAIRS = frozenset({"config", "config_value"})
#: Names of arguments that stand behind the command without an option.
_POSITIONAL = frozenset({"step_to_rerun"})


class Line(NamedTuple):
    """What a command line is made of."""

    before: list[str]  # in front of the command
    after: list[str]  # behind it
    parameters: dict[str, Any]  # of the flow, by the names they were given


def command_line(common: Mapping[str, Any], given: Mapping[str, Any]) -> Line:
    """`common`: what holds for every command of a flow; `given`: what is said about one. None says nothing."""
    line = Line([], [], {})
    for keyword, value in {**common, **given}.items():
        name = _CALLED.get(keyword, keyword)
        if value is None:
            continue
        if name in TOP_LEVEL:
            line.before.extend(_option(name, value))
        elif keyword in _POSITIONAL:
            line.after.append(str(value))
        elif name in _OPTIONS:
            line.after.extend(_option(name, value))
        elif keyword in common:
            raise UsageError(f"There is no option {keyword!r}. There are: {', '.join(sorted(TOP_LEVEL | _OPTIONS))}.")
        else:
            line.parameters[keyword] = value
    return line


def parameters_json(parameters: Mapping[str, Any]) -> bytes:
    """Values for `--params`; UsageError for one that has no JSON."""
    try:
        return msgspec.json.encode(dict(parameters), enc_hook=_plain)
    except (TypeError, ValueError, NotImplementedError) as exc:
        raise UsageError(
            f"A parameter cannot be handed to the flow's process: {exc}. Give text, numbers, lists, dicts, "
            "dates, paths, members of an Enum or objects of a dataclass."
        ) from exc


def _option(name: str, value: Any) -> Iterator[str]:
    flag = f"--{name.replace('_', '-')}"
    if name in _FLAGS and isinstance(value, bool):
        if value:
            yield flag
        elif name == "pylint":
            yield "--no-pylint"
    elif name in _PAIRS:
        for first, second in value.items() if isinstance(value, Mapping) else value:
            yield from (flag, str(first), _text(second))
    elif isinstance(value, Iterable) and not isinstance(value, str | bytes | Mapping):
        for one in value:
            yield from (flag, _text(one))
    else:
        yield from (flag, _text(value))


def _text(value: Any) -> str:
    if isinstance(value, str | os.PathLike):
        return os.fspath(value)
    if isinstance(value, Mapping | Sequence):
        return msgspec.json.encode(value).decode()
    return str(value)


def _plain(value: Any) -> Any:
    if isinstance(value, os.PathLike):
        return os.fspath(value)
    if isinstance(value, enum.Enum):
        return value.name
    raise TypeError(f"{value!r:.100} is a {type(value).__name__}")
