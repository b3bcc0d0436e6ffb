"""What a step said with `self.next`, and which calls of it can be followed."""

from collections.abc import Mapping
from typing import Any, NamedTuple

from headwater.errors import InvalidNext
from headwater.flow.step import is_step, mark_of
from headwater.wording import nearest

_OPTIONS = ("foreach", "num_parallel", "condition")


class NextCall(NamedTuple):
    """One call of `self.next` that can be followed."""

    targets: tuple[str, ...]  # in the order written; a switch: each arm once
    foreach: str | None = None  # the artifact to iterate
    num_parallel: int | None = None  # the size of a gang
    condition: str | None = None  # the artifact that a switch looks at
    cases: tuple[tuple[Any, str], ...] | None = None  # of a switch: value, step

    def arm(self, value: object) -> str:
        """The step that a switch takes for a value; InvalidNext when no case fits."""
        cases: dict[Any, str] = dict(self.cases or ())
        try:
            return cases[value]
        except (KeyError, TypeError):  # TypeError: the value cannot be hashed, so it equals no case
            raise InvalidNext(
                f"No case of the switch fits {self.condition} = {value!r} (a {type(value).__name__}); "
                f"the cases are {', '.join(map(repr, cases))}. Add a case for it, or set another value."
            ) from None


def read_next(flow: Any, arguments: tuple[Any, ...], options: Mapping[str, Any]) -> NextCall:
    """Check the arguments of `self.next` as far as running code can tell; InvalidNext says what is wrong."""
    unknown = sorted(options.keys() - set(_OPTIONS))
    if unknown:
        raise InvalidNext(f"self.next knows no option {unknown[0]!r}. It takes {', '.join(_OPTIONS)}.")
    given = {name: value for name, value in options.items() if value is not None}
    if not arguments:
        raise InvalidNext("self.next was called without a step. Name one: self.next(self.some_step).")
    if len(given) > 1 and ("foreach" in given or "num_parallel" in given):
        raise InvalidNext(f"self.next was given {' and '.join(given)} together. Use one of them.")
    if "condition" in given or isinstance(arguments[0], dict):
        return _switch(flow, arguments, given)
    targets = tuple(_target(flow, argument) for argument in arguments)
    if given and len(targets) != 1:
        raise InvalidNext(f"self.next with {next(iter(given))} leads to {len(targets)} steps. Name exactly one step.")
    if "foreach" in given:
        return NextCall(targets, foreach=_attribute(flow, "foreach", given["foreach"]))
    if "num_parallel" in given:
        return NextCall(targets, num_parallel=_size(given["num_parallel"]))
    return NextCall(targets)


def _switch(flow: Any, arguments: tuple[Any, ...], given: Mapping[str, Any]) -> NextCall:
    if len(given) != 1 or "condition" not in given or len(arguments) != 1 or not isinstance(arguments[0], dict):
        raise InvalidNext(
            "A switch needs a dict of cases and a condition, and nothing else. "
            'Write it as self.next({"a": self.x, "b": self.y}, condition="some_attribute").'
        )
    cases = tuple((value, _target(flow, target)) for value, target in arguments[0].items())
    if not cases:
        raise InvalidNext("The switch has no cases. Give it at least two.")
    call = NextCall(
        targets=tuple(dict.fromkeys(target for _, target in cases)),
        condition=_attribute(flow, "condition", given["condition"]),
        cases=cases,
    )
    call.arm(getattr(flow, str(call.condition)))
    return call


def _target(flow: Any, target: Any) -> str:
    name = getattr(target, "__name__", None)
    if mark_of(target) is None or not is_step(type(flow), str(name)):
        raise InvalidNext(f"self.next was given {target!r}, which is no step of {flow}. Name a step as self.some_step.")
    return str(name)


def _attribute(flow: Any, option: str, name: Any) -> str:
    if not isinstance(name, str):
        raise InvalidNext(
            f"{option}= was given a {type(name).__name__}. Store the value as an attribute and give its name, "
            f'as in {option}="items".'
        )
    if not hasattr(flow, name):
        close = nearest(name, [*vars(flow), *flow._hw_state.names()])
        remedy = f"Did you mean {close!r}?" if close else f"Set self.{name} in this step or before it."
        raise InvalidNext(f"{option}={name!r} names an attribute that is not set. {remedy}")
    return name


def _size(value: Any) -> int:
    # numpy integers count too; bool does not
    if isinstance(value, bool) or not hasattr(value, "__index__") or int(value) < 1:
        raise InvalidNext(f"num_parallel={value!r} is not a number of tasks. Give an integer of at least 1.")
    return int(value)
