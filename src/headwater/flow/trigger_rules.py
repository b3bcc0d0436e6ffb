"""The forms in which `@trigger` and `@trigger_on_finish` take what they wait for, as the records have it."""

from collections.abc import Callable, Mapping
from typing import Any

from headwater.errors import DecoratorError
from headwater.flow.event_name import EventName

_EVENT = (
    'Write "name", {"name": "name", "parameters": {"parameter": "field"}}, or a function that returns one of these.'
)
_FLOW = (
    'Write "Flow", "project.branch.Flow", {"name": "Flow", "project": "p", "project_branch": "b"}, '
    "or a function that returns one of these."
)


def clean_trigger(options: Mapping[str, Any]) -> dict[str, Any]:
    """Its options as the record has them."""
    rest = {name: value for name, value in options.items() if name not in ("event", "events")}
    awaited = _one_or_several("trigger", options, "event", "events", (str, dict, EventName))
    return {**rest, "events": _without_twins("trigger", [_event(one) for one in awaited], "name")}


def clean_trigger_on_finish(options: Mapping[str, Any]) -> dict[str, Any]:
    """Its options as the record has them."""
    rest = {name: value for name, value in options.items() if name not in ("flow", "flows")}
    awaited = _one_or_several("trigger_on_finish", options, "flow", "flows", (str, dict))
    return {**rest, "flows": _without_twins("trigger_on_finish", [_flow(one) for one in awaited], "flow")}


def function_name(function: Callable[..., Any]) -> str:
    """A function as data."""
    return f"{getattr(function, '__module__', '')}:{getattr(function, '__qualname__', type(function).__name__)}"


def _one_or_several(
    name: str, options: Mapping[str, Any], one: str, several: str, kinds: tuple[type, ...]
) -> list[Any]:
    strange = next((option for option in options if option not in (one, several, "options")), None)
    if strange is not None:
        raise DecoratorError(f"@{name} has no option {strange!r}. It takes {one}, {several}, options.")
    single, many = options.get(one), options.get(several)
    if single is not None and many:
        raise DecoratorError(f"@{name} was given both {one} and {several}. Give one of them.")
    if single is not None:
        return [single]
    if not many:
        raise DecoratorError(f"@{name} waits for nothing. Give {one}= or {several}=.")
    if isinstance(many, kinds) or callable(many):  # a function may tell several
        return [many]
    if not isinstance(many, list | tuple | set):
        raise DecoratorError(f"@{name} was given {several}={many!r}: it takes a list. For one alone use {one}=.")
    return list(many)


def _event(one: Any) -> dict[str, Any]:
    if isinstance(one, str) and one:
        return {"name": one}
    if isinstance(one, EventName):
        return {"name": one.name, "namespaced": True}
    if callable(one):
        return {"told_by": [function_name(one)]}
    if not isinstance(one, Mapping) or "name" not in one:
        raise DecoratorError(f"@trigger was given {one!r}, which is no event. {_EVENT}")
    strange = sorted(set(one) - {"name", "parameters"})
    if strange:
        raise DecoratorError(f"@trigger was given {one!r}: an event has no {strange[0]!r}. {_EVENT}")
    found = _event(one["name"])
    parameters = one.get("parameters") or {}
    if callable(parameters):
        return {**found, "told_by": [*found.get("told_by", ()), function_name(parameters)]}
    return {**found, "parameters": _parameters(parameters)}


def _parameters(given: Any) -> dict[str, str]:
    """The flow's parameters by name, with the field of the event that each gets."""
    pairs: list[tuple[Any, ...]]
    if isinstance(given, Mapping):
        pairs = [(name, field) for name, field in given.items()]
    elif isinstance(given, list | tuple):
        pairs = [(one, one) if isinstance(one, str) else tuple(one) for one in given]
    else:
        pairs = [(given,)]
    for pair in pairs:
        if len(pair) != 2 or not all(isinstance(part, str) for part in pair):
            raise DecoratorError(
                f"@trigger was given the parameters {given!r}. "
                'Give {"parameter": "field"}, or a list of names and of pairs ("parameter", "field").'
            )
    return dict(pairs)


def _flow(one: Any) -> dict[str, Any]:
    if isinstance(one, str) and one:
        return _flow_of_text(one)
    if callable(one):
        return {"told_by": [function_name(one)]}
    if not isinstance(one, Mapping) or "name" not in one:
        raise DecoratorError(f"@trigger_on_finish was given {one!r}, which is no flow. {_FLOW}")
    strange = sorted(set(one) - {"name", "project", "project_branch"})
    if strange:
        raise DecoratorError(f"@trigger_on_finish was given {one!r}: a flow has no {strange[0]!r}. {_FLOW}")
    found: dict[str, Any] = {**_flow(one["name"])}
    for field in ("project", "project_branch"):
        value = one.get(field)
        if callable(value):
            found["told_by"] = [*found.get("told_by", ()), function_name(value)]
        elif value is not None:
            found[field] = value
    return found


def _flow_of_text(text: str) -> dict[str, Any]:
    """`Flow`, or `project.branch.Flow`, whose branch may have a dot of its own."""
    parts = text.split(".")
    if len(parts) == 1:
        return {"flow": text}
    if len(parts) == 2 or not all(parts):
        raise DecoratorError(
            f"@trigger_on_finish was given {text!r}. "
            f"With a project the name is project.branch.Flow, as in p.prod.{parts[-1] or 'Flow'}."
        )
    return {"project": parts[0], "project_branch": ".".join(parts[1:-1]), "flow": parts[-1]}


def _without_twins(decorator: str, awaited: list[dict[str, Any]], name: str) -> list[dict[str, Any]]:
    for place, one in enumerate(awaited):
        if one.get(name) and one in awaited[:place]:
            raise DecoratorError(f"@{decorator} names {one[name]!r} twice. Keep one of the two.")
    return awaited
