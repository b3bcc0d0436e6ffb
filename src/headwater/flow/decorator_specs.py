"""Decorators as mutators see them, and as they name those that are to be added: by text, function or class."""

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from headwater.errors import DecoratorError, MutatorError
from headwater.flow.attached import Written
from headwater.flow.authored import Authored, classpath, find_authored
from headwater.flow.blueprint import Blueprint
from headwater.flow.decorators import KINDS, Attached, make_decorator, name_of
from headwater.flow.delayed import settle
from headwater.flow.flow_decorators import KINDS as FLOW_KINDS
from headwater.flow.flow_decorators import make_flow_decorator
from headwater.flow.mutators import FlowMutator
from headwater.flow.user_decorators import OnStep
from headwater.flow.withs import Spec, make_attached, read_spec

#: name, where it is defined, arguments by position, options
DecoratorSpec = tuple[str, str, list[Any], dict[str, Any]]


def spec_of(one: Attached) -> DecoratorSpec:
    """What stands on a step, told; a built-in one with all of its options."""
    if isinstance(one, Authored):
        return authored_spec(one)
    name = name_of(one)
    options = msgspec.structs.asdict(one) if isinstance(one, msgspec.Struct) else dict(one.options)
    return name, f"headwater.{name}", [], options


def authored_spec(one: Authored) -> DecoratorSpec:
    """What an author has written, told with what it was given."""
    return type(one).__name__, classpath(type(one)), list(one._hw_arguments), dict(one._hw_options)


def is_called(one: Attached, name: str) -> bool:
    """Whether a name means a decorator: its own, all of its classpath, or the end of that."""
    spec = spec_of(one)
    return name == spec[0] or name == spec[1] or (isinstance(one, Authored) and spec[1].endswith(f".{name}"))


def was_given(spec: DecoratorSpec, arguments: Sequence[Any] | None, options: Mapping[str, Any] | None) -> bool:
    """Whether a decorator has just these arguments; those that were not asked about do not count."""
    if arguments is not None and list(arguments) != spec[2]:
        return False
    return options is None or all(name in spec[3] and spec[3][name] == value for name, value in options.items())


def _read(deco_type: Any, arguments: tuple[Any, ...], options: dict[str, Any]) -> Spec:
    """A decorator by its text or its function, with the arguments that go with it."""
    if not isinstance(deco_type, str):
        return Spec(str(deco_type.decorator_name), arguments, options)
    spec = read_spec(deco_type, "the decorator")
    if (arguments or options) and (spec.arguments or spec.options):
        raise MutatorError(f"The decorator {deco_type!r} has options, and was given others. Give them in one way.")
    return Spec(spec.name, spec.arguments or arguments, spec.options or options)


def step_decorator(
    deco_type: Any, arguments: tuple[Any, ...], options: dict[str, Any], blueprint: Blueprint
) -> Attached:
    """What is to stand on a step; DecoratorError or MutatorError for what cannot."""
    if isinstance(deco_type, type) and issubclass(deco_type, OnStep):
        return deco_type._hw_written(arguments, options)
    if not isinstance(deco_type, str) and getattr(deco_type, "decorator_name", None) not in KINDS:
        raise MutatorError(
            f"{deco_type!r} is no decorator of a step. Give its name, as in 'retry:times=2', its function or its class."
        )
    spec = _read(deco_type, arguments, options)
    if spec.name in KINDS and not spec.arguments:
        return make_decorator(spec.name, settle(spec.options, blueprint.configs))
    found = make_attached(spec)
    if isinstance(found, FlowMutator):
        raise MutatorError(f"@{spec.name} is a mutator of flows. Add it to the flow instead of the step.")
    return found


def flow_decorator(
    deco_type: Any, arguments: tuple[Any, ...], options: dict[str, Any], blueprint: Blueprint
) -> Written | FlowMutator:
    """What is to stand on a flow; DecoratorError or MutatorError for what cannot."""
    if isinstance(deco_type, type) and issubclass(deco_type, FlowMutator):
        return deco_type._hw_written(arguments, options)
    if not isinstance(deco_type, str) and getattr(deco_type, "decorator_name", None) not in FLOW_KINDS:
        raise MutatorError(
            f"{deco_type!r} is no decorator of a flow. Give its text ('project:name=fraud'), function or class."
        )
    spec = _read(deco_type, arguments, options)
    if spec.name not in FLOW_KINDS:
        kind = find_authored(spec.name)
        if kind is None or not issubclass(kind, FlowMutator):
            raise DecoratorError(
                f"There is no decorator of flows called {spec.name!r}. Known: {', '.join(FLOW_KINDS)}, and mutators."
            )
        return kind._hw_written(spec.arguments, spec.options)
    settled = settle(spec.options, blueprint.configs)
    make_flow_decorator(spec.name, settled)  # what is wrong is said here
    return Written(spec.name, settled)
