"""The step decorators: each puts a record on the step's function, and the rooms below act on it.

`@retry` and `@retry(times=2)` both work. They stand above `@step`.
"""

from collections.abc import Callable, Mapping
from typing import Any, Protocol, TypeVar, cast, overload

import msgspec

from headwater.errors import DecoratorError
from headwater.flow import card_rules, platform_rules
from headwater.flow.authored import Authored
from headwater.flow.decoration import make_record
from headwater.flow.delayed import Pending, is_delayed
from headwater.flow.derived import copy_function
from headwater.flow.secret_sources import clean_secrets
from headwater.flow.step import mark_of
from headwater.records.base import Record, tag_of
from headwater.records.decorators import AnyDecorator, Card, Catch, Environment, Parallel, Resources, Retry, Timeout
from headwater.records.platforms import Batch, Conda, Kubernetes, Pypi, PytorchParallel
from headwater.records.secrets import Secrets

_ATTACHED = "_hw_decorators"

F = TypeVar("F", bound=Callable[..., Any])

#: What stands on a step: a record, one that waits for configs, or what an author has written.
Attached = AnyDecorator | Pending | Authored

KINDS: Mapping[str, type[Record]] = {
    "retry": Retry,
    "catch": Catch,
    "timeout": Timeout,
    "environment": Environment,
    "resources": Resources,
    "parallel": Parallel,
    "card": Card,
    "batch": Batch,
    "conda": Conda,
    "kubernetes": Kubernetes,
    "pypi": Pypi,
    "pytorch_parallel": PytorchParallel,
    "secrets": Secrets,
}
#: Those that may stand on a step more than once.
MULTIPLE = frozenset({"card"})


def make_decorator(name: str, options: Mapping[str, Any]) -> AnyDecorator:
    """The record of a decorator by its name; DecoratorError for an unknown name, option or value."""
    record: AnyDecorator = make_record(name, options, KINDS, _CLEAN.get(name, dict), _refusal)
    return record


def decorators_of(function: object) -> tuple[Attached, ...]:
    """What stands on a step, the outermost first; `resolve_flow` leaves none that is pending, and no mutator."""
    attached: tuple[Attached, ...] = getattr(function, _ATTACHED, ())
    return attached


def with_decorators(function: Any, attached: tuple[Attached, ...]) -> Any:
    """The step with other decorators than it bears; the step itself stays as it is."""
    copy = copy_function(function)
    setattr(copy, _ATTACHED, attached)
    return copy


def name_of(one: Attached) -> str:
    """What a decorator is called behind its @."""
    if isinstance(one, Authored):
        return type(one).__name__
    return one.name if isinstance(one, Pending) else tag_of(one)


class StepDecorator(Protocol):
    """`@name` and `@name(option=value)`."""

    @overload
    def __call__(self, function: F, /) -> F: ...
    @overload
    def __call__(self, /, **options: Any) -> Callable[[F], F]: ...


def _decorator(name: str, doc: str) -> StepDecorator:
    def decorate(function: Any = None, /, **options: Any) -> Any:
        one = Pending(name, options) if is_delayed(options) else make_decorator(name, options)
        if function is None:
            return lambda function: attach(function, one)
        return attach(function, one)

    decorate.__name__ = decorate.__qualname__ = name
    decorate.__doc__ = doc
    decorate.decorator_name = name  # type: ignore[attr-defined]  # mutators may name it by the function
    return cast(StepDecorator, decorate)


def attach(function: F, one: Attached) -> F:
    """Put one above those that a step bears; DecoratorError where that cannot be."""
    name = name_of(one)
    if mark_of(function) is None:
        where = getattr(function, "__qualname__", repr(function))
        raise DecoratorError(
            f"@{name} stands on {where}, which is not yet a step. Put @step directly above its def, below @{name}."
        )
    attached = decorators_of(function)
    several = name in MULTIPLE or isinstance(one, Authored)
    if not several and any(name_of(other) == name for other in attached):
        raise DecoratorError(
            f"@{name} stands twice on step {getattr(function, '__name__', '')!r}. Keep one of the two."
        )
    setattr(function, _ATTACHED, (one, *attached))
    return function


def _clean_environment(options: Mapping[str, Any]) -> dict[str, Any]:
    variables = options.get("vars", {})
    if not isinstance(variables, Mapping):
        return dict(options)
    return {**options, "vars": {str(key): str(value) for key, value in variables.items()}}


_CLEAN: Mapping[str, Callable[[Mapping[str, Any]], dict[str, Any]]] = {
    "environment": _clean_environment,
    "card": card_rules.clean,
    "secrets": clean_secrets,
    **platform_rules.CLEAN,
}


def _refusal(record: AnyDecorator) -> str:
    """Why a record that has the right types still cannot be; "" when it can."""
    match record:
        case Retry(times=times, minutes_between_retries=minutes):
            if times < 0 or minutes < 0:
                return "it cannot be negative. Give 0 or more."
        case Catch(var=str(var)) if not var.isidentifier() or var.startswith("_"):
            return "var is not a public attribute's name. Give one, as in var='failure'."
        case Timeout():
            if min(record.seconds, record.minutes, record.hours) < 0 or record.total_s <= 0:
                return "it adds up to no time. Give seconds, minutes or hours above 0."
        case Environment(vars=variables):
            bad = next((key for key in variables if not key or "=" in key or "\0" in key + variables[key]), None)
            if bad is not None:
                return f"{bad!r} cannot be an environment variable. Use a name without '=', and no NUL."
        case Resources():
            if any(amount is not None and amount < 0 for amount in msgspec.structs.astuple(record)):
                return "it cannot be negative. Give 0 or more."
        case Card():
            return card_rules.refusal(record)
    return platform_rules.refusal(record)


retry = _decorator("retry", "Run a failed attempt again: `times=3`, `minutes_between_retries=2`.")
catch = _decorator("catch", "Let the run go on when the step failed for good: `var=None`, `print_exception=True`.")
timeout = _decorator("timeout", "End an attempt after `seconds=0`, `minutes=0` and `hours=0`, added up.")
environment = _decorator("environment", "Environment variables for the step's process: `vars={}`.")
resources = _decorator("resources", "What a task needs: `cpu`, `gpu`, and in MB `memory`, `disk`, `shared_memory`.")
parallel = _decorator("parallel", "The step is one node of a gang, entered with `num_parallel`.")
card = _decorator("card", "Keep a report of each task: `type='default'`, `id=None`, `options={}`, `timeout=45`.")
secrets = _decorator(
    "secrets", "Variables with secrets, masked in output: `sources=[]`, `role=None`, `allow_override=False`."
)
conda = _decorator("conda", "Packages of conda: `packages={}`, `python=None`, `disabled=None`.")
pypi = _decorator("pypi", "Packages of PyPI: `packages={}`, `python=None`, `disabled=None`.")
batch = _decorator(
    "batch", "Run on AWS Batch: `cpu`, `gpu`, in MB `memory`, `image`, `queue` and what else a job takes."
)
kubernetes = _decorator(
    "kubernetes", "Run on Kubernetes: `cpu`, `gpu`, in MB `memory`, `image` and what else a pod takes."
)
pytorch_parallel = _decorator("pytorch_parallel", "The step is one node of torch.distributed: `master_port=None`.")
