"""A flow as it runs: its class once the configs are known.

    class as written ─► configs ─► what waited for them ─► mutators ─► class of the same name

A flow that leaves nothing open is its own result, and costs nothing.
"""

import os
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple, TypeVar, cast

from headwater.flow.attached import attached_to
from headwater.flow.authored import Authored
from headwater.flow.decorators import KINDS, decorators_of
from headwater.flow.delayed import Delayed, Open, is_delayed
from headwater.flow.derived import origin_of
from headwater.flow.parameters import Parameter
from headwater.flow.withs import parse_with

CONFIGS = "_hw_configs"  # in a class that was resolved: the values of its configs, by Python name
MUTATORS = "_hw_mutators"  # in a class that mutators stand on

C = TypeVar("C", bound=type)


class Choices(NamedTuple):
    """What is said about a flow as a whole, before its parameters."""

    config_files: Mapping[str, str] = {}  # config's name -> path
    config_values: Mapping[str, Any] = {}  # config's name -> JSON text or a Python value
    options: Mapping[str, Any] = {}  # of flow decorators: {"branch": "x", "production": True}
    known_configs: Mapping[str, Any] = {}  # Python name -> value as a run keeps it: what another process has read
    with_: Sequence[str] = ()  # decorators for all steps, as text; mutators among them act here


NOTHING_CHOSEN = Choices()


def resolve_flow(cls: C, choices: Choices = NOTHING_CHOSEN) -> C:
    """The class that runs; the class itself when nothing in it is open, or when it was resolved before."""
    mutating = any(map(_is_mutator, choices.with_))
    if is_resolved(cls):
        if not mutating:
            return cls
        choices = choices._replace(known_configs=configs_in(cls), config_files={}, config_values={})
    elif not mutating and not is_open(cls):
        return cls
    from headwater.flow.resolving import close_flow

    found: Any = close_flow(origin_of(cls), choices, os.environ)
    return cast(C, found)


def is_open(cls: type) -> bool:
    """Whether a class has configs or mutators, or something that waits for configs."""
    if any(is_delayed(dict(one.options)) for one in attached_to(cls)):
        return True
    return any(
        MUTATORS in vars(base) or any(_leaves_open(value) for value in vars(base).values()) for base in cls.__mro__
    )


def configs_in(cls: type) -> Mapping[str, Any]:
    """The values of a resolved flow's configs, by Python name."""
    found: Mapping[str, Any] = getattr(cls, CONFIGS, {})
    return found


def is_resolved(cls: type) -> bool:
    """Whether `resolve_flow` has made the class."""
    return hasattr(cls, CONFIGS)


def _leaves_open(attribute: object) -> bool:
    # A constant may be large, and is not searched: where it holds something delayed, there is a config beside it.
    if isinstance(attribute, (Open, Delayed)):
        return True
    if isinstance(attribute, Parameter):
        return attribute.is_waiting
    return any(isinstance(one, Open) for one in decorators_of(attribute))


def _is_mutator(text: str) -> bool:
    if text.partition(":")[0].strip() in KINDS:
        return False
    one = parse_with(text)
    return isinstance(one, Authored) and hasattr(one, "pre_mutate")
