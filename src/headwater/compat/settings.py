"""What Metaflow's environment variables mean here: THE table.

They are looked at in compatibility mode only: when a process has imported `metaflow` from our folder. Then each one
that has a meaning becomes the one of ours, where that is not set; the others are named once by whoever runs a flow.
What a variable does not say, Metaflow's own file of settings may: `config.json` of `~/.metaflowconfig`, or of
METAFLOW_HOME, and `config_<profile>.json` where METAFLOW_PROFILE says so.
"""

import os
from collections.abc import Iterator, Mapping, MutableMapping
from typing import Any, NamedTuple

_PREFIX = "METAFLOW_"
_RUNS = ("RUN_", "RESUME_", "SPIN_")

#: METAFLOW_<name> -> the variable of ours that has the same meaning.
SAME: Mapping[str, str] = {
    "USER": "HEADWATER_USER",
    "QUIET": "HEADWATER_QUIET",
    "WITH": "HEADWATER_WITH",
    "DECOSPECS": "HEADWATER_WITH",
    "DEFAULT_DECOSPECS": "HEADWATER_WITH",
    "FLOW_CONFIG": "HEADWATER_FLOW_CONFIG",
    "FLOW_CONFIG_VALUE": "HEADWATER_FLOW_CONFIG_VALUE",
    "BRANCH": "HEADWATER_BRANCH",
    "FLOW_BRANCH": "HEADWATER_BRANCH",
    "PRODUCTION": "HEADWATER_PRODUCTION",
    "FLOW_PRODUCTION": "HEADWATER_PRODUCTION",
    "ENVIRONMENT": "HEADWATER_ENVIRONMENT",
    "DEFAULT_ENVIRONMENT": "HEADWATER_ENVIRONMENT",
    "DEFAULT_SECRETS_BACKEND_TYPE": "HEADWATER_SECRETS_BACKEND",
    "DEFAULT_SECRETS_ROLE": "HEADWATER_SECRETS_ROLE",
    "CARD_NO_WARNING": "HEADWATER_CARD_NO_WARNING",
    "SPIN_PERSIST": "HEADWATER_SPIN_PERSIST",
}
#: METAFLOW_RUN_<name>, and the same of resume and spin; any other METAFLOW_RUN_<name> is a parameter of the flow.
RUN_OPTIONS: Mapping[str, str] = {
    "MAX_WORKERS": "HEADWATER_MAX_WORKERS",
    "MAX_NUM_SPLITS": "HEADWATER_MAX_NUM_SPLITS",
    "MAX_LOG_SIZE": "HEADWATER_MAX_LOG_SIZE",
    "USER_NAMESPACE": "HEADWATER_NAMESPACE",
    "NAMESPACE": "HEADWATER_NAMESPACE",
    "DECOSPECS": "HEADWATER_WITH",
    "WITH": "HEADWATER_WITH",
}
#: What is here as these values say, so that nobody needs to hear of it; any other value has no meaning.
FIXED: Mapping[str, str] = {
    "DATASTORE": "local",
    "DEFAULT_DATASTORE": "local",
    "METADATA": "local",
    "DEFAULT_METADATA": "local",
    "EVENT_LOGGER": "nullSidecarLogger",
    "DEFAULT_EVENT_LOGGER": "nullSidecarLogger",
    "MONITOR": "nullSidecarMonitor",
    "DEFAULT_MONITOR": "nullSidecarMonitor",
}
#: These choose which file of settings is read.
_OF_FILES = frozenset({"HOME", "PROFILE"})
_ROOT = "DATASTORE_SYSROOT_LOCAL"


class Translation(NamedTuple):
    """What Metaflow's variables come to."""

    ours: dict[str, str]  # to be set where they are not
    unused: tuple[str, ...]  # names without a meaning here


def translate(environ: Mapping[str, str], file: Mapping[str, Any]) -> Translation:
    """`file`: what Metaflow's own file of settings says, by the names of the variables."""
    said = {name: str(value) for name, value in file.items() if name.startswith(_PREFIX) and value is not None}
    said |= {name: value for name, value in environ.items() if name.startswith(_PREFIX)}
    ours: dict[str, str] = {}
    unused = []
    for variable, value in sorted(said.items()):
        found = dict(_meaning(variable.removeprefix(_PREFIX), value))
        if not found and not _is_silent(variable.removeprefix(_PREFIX), value):
            unused.append(variable)
        ours |= {name: one for name, one in found.items() if name not in ours}
    return Translation(ours, tuple(unused))


def _meaning(name: str, value: str) -> Iterator[tuple[str, str]]:
    if name == _ROOT:
        yield "HEADWATER_DATASTORE_ROOT", value if "://" in value else os.path.join(value, ".headwater")
    elif name in SAME:
        yield SAME[name], value
    for prefix in _RUNS:
        if name.startswith(prefix):
            option = name.removeprefix(prefix)
            if option in RUN_OPTIONS:
                yield RUN_OPTIONS[option], value
            elif prefix == "RUN_":
                yield f"HEADWATER_RUN_{option}", value


def _is_silent(name: str, value: str) -> bool:
    return not value or name in _OF_FILES or FIXED.get(name) == value


_applied = Translation({}, ())


def apply(environ: MutableMapping[str, str]) -> None:
    """Set our variables as Metaflow's say, where they are not set already."""
    global _applied
    _applied = translate(environ, _read_file(environ))
    for name, value in _applied.ours.items():
        if not environ.get(name):
            environ[name] = value


def unused_settings() -> tuple[str, ...]:
    """What was said to Metaflow in this process and has no meaning here."""
    return _applied.unused


def _read_file(environ: Mapping[str, str]) -> Mapping[str, Any]:
    """Metaflow's own file of settings, if there is one; one that cannot be read is as none."""
    folder = environ.get("METAFLOW_HOME") or os.path.expanduser("~/.metaflowconfig")
    profile = environ.get("METAFLOW_PROFILE")
    path = os.path.join(folder, f"config_{profile}.json" if profile else "config.json")
    try:
        with open(path, encoding="utf-8") as file:
            text = file.read()
    except OSError:
        return {}
    import json

    try:
        found = json.loads(text)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}
