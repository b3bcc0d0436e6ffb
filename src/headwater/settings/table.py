"""THE table of settings: what can be set, which values are right, and what holds when nothing is said."""

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from headwater.wording import nearest

PREFIX = "HEADWATER_"
#: What @project reads, by its options.
PROJECT_VARIABLES = {"branch": "HEADWATER_BRANCH", "production": "HEADWATER_PRODUCTION"}
#: Variables of ours that name no setting: they choose among settings, or hold for one process.
OTHER_VARIABLES = frozenset(
    {"HEADWATER_PROFILE", "HEADWATER_JSON", "HEADWATER_ENVIRONMENT", *PROJECT_VARIABLES.values()}
)
PARAMETER_PREFIX = "HEADWATER_RUN_"

Rule = Callable[[Any], Any]


class Setting(NamedTuple):
    """One thing that can be set. `read` makes the value from text or TOML, or raises ValueError with the rule."""

    name: str
    read: Rule
    default: Any  # None: worked out from where the process is
    help: str
    in_run: bool = False  # an option of `run` and `resume`

    @property
    def variable(self) -> str:
        return f"{PREFIX}{self.name.upper()}"


def _text(value: Any) -> str:
    if not isinstance(value, str) or not value.strip():
        raise ValueError("it has to be text")
    return value


def _texts(value: Any) -> tuple[str, ...]:
    if isinstance(value, str):
        value = value.split()
    if not isinstance(value, list | tuple) or not all(isinstance(one, str) for one in value):
        raise ValueError('it has to be a list of texts, ["retry:times=2"]')
    return tuple(value)


def _whole(value: Any) -> int:
    if isinstance(value, str) and value.strip().isdecimal():
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, int) or value < 1:
        raise ValueError("it has to be a whole number from 1 on")
    return value


def _seconds(value: Any) -> float:
    rule = "it has to be a number of seconds from 0 on"
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        raise ValueError(rule)
    try:
        number = float(value)
    except ValueError:
        raise ValueError(rule) from None
    if not 0 <= number < float("inf"):
        raise ValueError(rule)
    return number


_SWITCH = {"1": True, "true": True, "yes": True, "on": True, "0": False, "false": False, "no": False, "off": False}


def yes_no(value: Any) -> bool:
    """A switch as text or TOML has it; ValueError says what would be right."""
    if isinstance(value, str):
        value = _SWITCH.get(value.strip().lower())
    if not isinstance(value, bool):
        raise ValueError("it has to be true or false")
    return value


def _one_of(*choices: str) -> Rule:
    def read(value: Any) -> str:
        if value not in choices:
            raise ValueError(f"it has to be one of {', '.join(choices)}")
        return str(value)

    return read


_ALL = (
    Setting("datastore_root", _text, None, "Where runs are kept: a folder or a URL."),
    Setting("user", _text, None, "The name that runs are kept under."),
    Setting("namespace", _text, None, "Whose runs the client sees: user:NAME, or a tag."),
    Setting("secrets_backend", _text, None, "The back end of secrets whose source names none."),
    Setting("secrets_role", _text, None, "The role that secrets are fetched in when nothing else is said."),
    Setting("quiet", yes_no, False, "Only results and errors; no progress."),
    Setting("with", _texts, (), "Decorators for every step that has none of their kind.", True),
    Setting("isolation", _one_of("fork", "spawn", "none"), None, "What each attempt runs in.", True),
    Setting("max_workers", _whole, 16, "Attempts that run at once.", True),
    Setting("max_num_splits", _whole, 100_000, "The widest foreach.", True),
    Setting("max_log_size", _whole, 1024, "What is kept of the output of an attempt, in MB.", True),
    Setting("on_failure", _one_of("stop", "finish"), "stop", "What becomes of the tasks beside a failed one.", True),
    Setting("grace_s", _seconds, 5.0, "How long what is to end may take to end by itself, in seconds.", True),
    Setting("deadlock_s", _seconds, 10.0, "How long a fork may sleep on a lock nobody can release, in seconds.", True),
    Setting("hook_timeout_s", _seconds, 600.0, "How long a function of @exit_hook may take, in seconds.", True),
)
SETTINGS: Mapping[str, Setting] = {setting.name: setting for setting in _ALL}


def read_value(setting: Setting, value: Any) -> Any:
    """The value of a setting from text or TOML; ValueError says what would be right."""
    return setting.read(value)


def suggest(name: str, known: Mapping[str, object] | frozenset[str] | set[str]) -> str:
    """A sentence that names the nearest of the known names, or all of them."""
    near = nearest(name, known)
    return f"Did you mean {near}?" if near else f"There are: {', '.join(sorted(known))}."
