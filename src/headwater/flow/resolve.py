"""A flow as it runs: its class once the configs are known.

    class as written ─► configs ─► decorators whose options waited for them ─► class of the same name

A flow that leaves nothing open is its own result, and costs nothing.
"""

from collections.abc import Mapping
from typing import Any, NamedTuple, TypeVar

from headwater.flow.attached import settled_attributes
from headwater.flow.decorators import decorators_of, make_decorator, with_decorators
from headwater.flow.delayed import Pending, settle
from headwater.flow.derived import derive
from headwater.flow.step import steps_of
from headwater.records.decorators import AnyDecorator

C = TypeVar("C", bound=type)


class Choices(NamedTuple):
    """What is said about a flow as a whole, before its parameters."""

    config_files: Mapping[str, str] = {}  # config's name -> path
    config_values: Mapping[str, Any] = {}  # config's name -> JSON text or a Python value
    options: Mapping[str, Any] = {}  # of flow decorators: {"branch": "x", "production": True}


NOTHING_CHOSEN = Choices()


def resolve_flow(cls: C, choices: Choices = NOTHING_CHOSEN) -> C:
    """The class that runs; the class itself when nothing in it waits for configs."""
    configs: dict[str, Any] = {}
    changes: dict[str, Any] = settled_attributes(cls, configs)
    for name, function in steps_of(cls).items():
        attached = decorators_of(function)
        if any(isinstance(one, Pending) for one in attached):
            changes[name] = with_decorators(function, tuple(_settled(one, configs) for one in attached))
    return derive(cls, changes) if changes else cls


def _settled(one: AnyDecorator | Pending, configs: Mapping[str, Any]) -> AnyDecorator:
    return make_decorator(one.name, settle(one.options, configs)) if isinstance(one, Pending) else one
