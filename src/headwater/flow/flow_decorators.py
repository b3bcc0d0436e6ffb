"""The flow decorators: they stand above a flow's class, and say something about the flow as a whole.

`@schedule` and `@schedule(hourly=True)` both work. What they say is kept with each run; `@project` and `@exit_hook` act
on this machine, `@conda_base` and `@pypi_base` put their like on every step, the others wait for a deployment.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Protocol, TypeVar, cast, overload

from headwater.errors import DecoratorError
from headwater.flow.attached import Written, attach, attached_to, own_names, places_of
from headwater.flow.cron import cron_problem
from headwater.flow.decoration import make_record
from headwater.flow.delayed import is_delayed
from headwater.flow.derived import origin_of
from headwater.flow.source import find_class
from headwater.flow.spec import FlowSpec
from headwater.flow.trigger_rules import clean_trigger, clean_trigger_on_finish, function_name
from headwater.graph.draft import Problem
from headwater.records.base import Record
from headwater.records.flow_decorators import (
    AirflowExternalTaskSensor,
    AirflowS3KeySensor,
    AnyFlowDecorator,
    CondaBase,
    ExitHook,
    Project,
    PypiBase,
    Schedule,
    Trigger,
    TriggerOnFinish,
)

C = TypeVar("C", bound=type)

KINDS: Mapping[str, type[Record]] = {
    "project": Project,
    "schedule": Schedule,
    "trigger": Trigger,
    "trigger_on_finish": TriggerOnFinish,
    "exit_hook": ExitHook,
    "conda_base": CondaBase,
    "pypi_base": PypiBase,
    "airflow_s3_key_sensor": AirflowS3KeySensor,
    "airflow_external_task_sensor": AirflowExternalTaskSensor,
}
#: Those that may hold for a flow more than once.
MULTIPLE = frozenset({"exit_hook", "airflow_s3_key_sensor", "airflow_external_task_sensor"})
#: Those that act on a flow that was deployed, and not before.
DEPLOYED = (Schedule, Trigger, TriggerOnFinish, AirflowS3KeySensor, AirflowExternalTaskSensor)

#: What a decorator lets be said when a run starts.
OPTIONS: Mapping[str, tuple[str, ...]] = {"project": ("branch", "production"), "trigger_on_finish": ("trigger",)}

_NAME = re.compile(r"[a-z0-9_]{1,128}", re.ASCII)
NAME_RULE = "at most 128 lower-case letters, digits and _"


def is_project_name(text: str) -> bool:
    """Whether a project or a branch can be called so."""
    return _NAME.fullmatch(text) is not None


def make_flow_decorator(name: str, options: Mapping[str, Any]) -> AnyFlowDecorator:
    """The record of a flow decorator by its name; DecoratorError for an unknown name, option or value."""
    record: AnyFlowDecorator = make_record(name, options, KINDS, _CLEAN.get(name, dict), _refusal)
    return record


def flow_decorators_of(cls: type) -> tuple[AnyFlowDecorator, ...]:
    """The records of a flow's decorators; of a class that was not resolved, those that wait for nothing."""
    written = [one for one in attached_to(cls) if not is_delayed(dict(one.options))]
    return tuple(make_flow_decorator(one.name, one.options) for one in written)


def flow_decorator_problems(cls: type) -> Iterator[Problem]:
    """A decorator that stands on a flow and on one of its bases, though it can hold once."""
    first: dict[str, type] = {}
    for base, one in places_of(origin_of(cls)):
        other = first.setdefault(one.name, base)
        if other is not base and one.name not in MULTIPLE:
            file, line = find_class(base)
            yield Problem(
                *find_class(other),
                f"@{one.name} stands on {other.__name__} and on its base {base.__name__} ({file}:{line}).",
                "Keep one of the two.",
            )


class FlowDecoratorFunction(Protocol):
    """`@name` and `@name(option=value)`."""

    @overload
    def __call__(self, cls: C, /) -> C: ...
    @overload
    def __call__(self, /, **options: Any) -> Callable[[C], C]: ...


def _decorator(name: str, doc: str) -> FlowDecoratorFunction:
    def decorate(cls: Any = None, /, **options: Any) -> Any:
        if not is_delayed(options):
            make_flow_decorator(name, options)  # what is wrong is said where it stands
        if cls is None:
            return lambda cls: _attach(cls, Written(name, options))
        return _attach(cls, Written(name, options))

    decorate.__name__ = decorate.__qualname__ = name
    decorate.__doc__ = doc
    decorate.decorator_name = name  # type: ignore[attr-defined]  # mutators may name it by the function
    return cast(FlowDecoratorFunction, decorate)


def _attach(cls: C, one: Written) -> C:
    if not (isinstance(cls, type) and issubclass(cls, FlowSpec)):
        where = getattr(cls, "__qualname__", repr(cls))
        raise DecoratorError(f"@{one.name} stands on {where}, which is no flow. Put it above the class of the flow.")
    if one.name not in MULTIPLE and one.name in own_names(cls):
        raise DecoratorError(f"@{one.name} stands twice on {cls.__name__}. Keep one of the two.")
    attach(cls, one)
    return cls


def _clean_exit_hook(options: Mapping[str, Any]) -> dict[str, Any]:
    """Functions by name: they are called in a process of their own, which finds them so."""
    cleaned = dict(options)
    for when in ("on_success", "on_error"):
        given = options.get(when)
        if given is None:
            cleaned.pop(when, None)
        else:
            cleaned[when] = [_hook_name(when, one) for one in (given if isinstance(given, list | tuple) else [given])]
    return cleaned


def _hook_name(when: str, function: Any) -> str:
    if not callable(function):
        raise DecoratorError(f"@exit_hook was given {when}={function!r}. Give a list of functions: {when}=[tell].")
    name = function_name(function)
    if "<" in name or not getattr(function, "__qualname__", ""):
        raise DecoratorError(
            f"@exit_hook was given {when}={function!r}, which no other process can find by a name. "
            "Define it with def at the top level of a file."
        )
    return name


def _clean_sensor(options: Mapping[str, Any]) -> dict[str, Any]:
    seconds = getattr(options.get("execution_delta"), "total_seconds", None)  # of a timedelta
    return {**options, "execution_delta": seconds()} if seconds else dict(options)


_CLEAN: Mapping[str, Callable[[Mapping[str, Any]], dict[str, Any]]] = {
    "trigger": clean_trigger,
    "trigger_on_finish": clean_trigger_on_finish,
    "exit_hook": _clean_exit_hook,
    "airflow_external_task_sensor": _clean_sensor,
}


def _refusal(record: AnyFlowDecorator) -> str:
    """Why a record that has the right types still cannot be; "" when it can."""
    match record:
        case Project(name=name) if not is_project_name(name):
            return f"a project's name is {NAME_RULE}. Rename it."
        case Project(branch=str(branch)) if not is_project_name(branch):
            return f"a branch's name is {NAME_RULE}. Rename it."
        case Schedule(cron=str(cron)) if cron_problem(cron):
            return cron_problem(cron)
        case Schedule(timezone=str(timezone)):
            return _timezone_problem(timezone)
        case Schedule() if not record.expression:
            return "it says no time. Give cron=, weekly=True, daily=True or hourly=True."
        case ExitHook(on_success=(), on_error=()):
            return "it calls nothing. Give on_success=[...] or on_error=[...]."
        case AirflowS3KeySensor() | AirflowExternalTaskSensor() if min(record.timeout, record.poke_interval) <= 0:
            return "timeout and poke_interval are numbers of seconds above 0."
    return ""


def _timezone_problem(name: str) -> str:
    from zoneinfo import ZoneInfo

    try:
        ZoneInfo(name)
    except (LookupError, ValueError, OSError):
        return f"there is no time zone {name!r}. Give one like 'Europe/Berlin' or 'UTC'."
    return ""


project = _decorator("project", "The flow belongs to a project: `name`, `branch=None`, `production=False`.")
schedule = _decorator(
    "schedule", "When a deployed flow runs: `cron=None`, `weekly=False`, `daily=True`, `hourly=False`, `timezone=None`."
)
trigger = _decorator("trigger", "Events that start a deployed flow: `event=None`, `events=[]`, `options={}`.")
trigger_on_finish = _decorator(
    "trigger_on_finish", "Flows whose success starts a deployed flow: `flow=None`, `flows=[]`, `options={}`."
)
exit_hook = _decorator("exit_hook", "Functions to call when a run has ended: `on_success=[]`, `on_error=[]`.")
conda_base = _decorator("conda_base", "`@conda` on every step: `packages={}`, `python=None`, `disabled=None`.")
pypi_base = _decorator("pypi_base", "`@pypi` on every step: `packages={}`, `python=None`, `disabled=None`.")
airflow_s3_key_sensor = _decorator(
    "airflow_s3_key_sensor", "In Airflow, wait for keys of a bucket: `bucket_key`, `bucket_name=None`, `timeout=3600`."
)
airflow_external_task_sensor = _decorator(
    "airflow_external_task_sensor", "In Airflow, wait for another DAG: `external_dag_id`, `external_task_ids=None`."
)
