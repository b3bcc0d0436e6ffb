"""How a flow that leaves something open is closed: its configs are read, what waited for them is settled, mutators act.

Only flows that need it pay for it: `resolve_flow` imports this file when it has found something open.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

from headwater.errors import ConfigError, DecoratorError, HeadwaterError, MutatorError
from headwater.flow.authored import Authored, place_in_authors_file
from headwater.flow.blueprint import Blueprint
from headwater.flow.config_reading import read_configs
from headwater.flow.mutable import MutableFlow, MutableStep
from headwater.flow.mutators import FlowMutator, StepMutator
from headwater.flow.withs import parse_with

if TYPE_CHECKING:
    from headwater.flow.resolve import Choices

_MOST_MUTATORS = 100  # on one flow or step, those that others have added included


def close_flow(cls: type, choices: "Choices", environ: Mapping[str, str]) -> type:
    """The class that runs; ConfigError, DecoratorError and MutatorError say what keeps it from being made."""
    blueprint = Blueprint(cls, read_configs(cls, choices, environ))
    _add_mutators(blueprint, choices.with_)
    _in_turn(lambda: blueprint.flow_mutators, partial(_pre_mutate_flow, blueprint), cls.__name__)
    for step in blueprint.steps:
        where = f"step {step!r} of {cls.__name__}"
        _in_turn(partial(blueprint.mutators_of, step), partial(_pre_mutate_step, blueprint, step), where)
    for flow_mutator in blueprint.flow_mutators:
        mutable = MutableFlow(blueprint, _called(flow_mutator, "mutate", blueprint), first_phase=False)
        _act(flow_mutator, "mutate", mutable, blueprint)
    for step in blueprint.steps:
        for step_mutator in list(blueprint.mutators_of(step)):
            mutable_step = MutableStep(blueprint, step, _called(step_mutator, "mutate", blueprint), first_phase=False)
            _act(step_mutator, "mutate", mutable_step, blueprint)
    return blueprint.build()


def _add_mutators(blueprint: Blueprint, withs: Sequence[str]) -> None:
    """Those that `--with` names, on every step that has none of their kind."""
    for text in withs:
        one = parse_with(text)
        if isinstance(one, FlowMutator):
            raise DecoratorError(f"--with {text!r} names a mutator of flows. Put it above the class of the flow.")
        if not isinstance(one, StepMutator):
            continue
        for attached in blueprint.steps.values():
            if not any(type(other) is type(one) for other in attached):
                attached.insert(0, blueprint.settled(one))


def _in_turn(now: Callable[[], Iterable[Any]], act: Callable[[Any], None], where: str) -> None:
    """Let each mutator that is there act once, those too that are added meanwhile; MutatorError where none is the last.

    `now`: those that are there at the moment.
    """
    done: list[Any] = []
    while True:
        waiting = [one for one in now() if not any(one is other for other in done)]
        if not waiting:
            return
        if len(done) >= _MOST_MUTATORS:
            raise MutatorError(
                f"{type(waiting[0]).__name__} keeps adding mutators to {where}: {_MOST_MUTATORS} have acted. "
                "Let pre_mutate add a mutator only where it is not there yet."
            )
        done.append(waiting[0])
        act(waiting[0])


def _pre_mutate_flow(blueprint: Blueprint, one: FlowMutator) -> None:
    mutable = MutableFlow(blueprint, _called(one, "pre_mutate", blueprint), first_phase=True)
    _act(one, "pre_mutate", mutable, blueprint)


def _pre_mutate_step(blueprint: Blueprint, step: str, one: StepMutator) -> None:
    mutable = MutableStep(blueprint, step, _called(one, "pre_mutate", blueprint), first_phase=True)
    _act(one, "pre_mutate", mutable, blueprint)


def _called(one: Authored, phase: str, blueprint: Blueprint) -> str:
    return f"{type(one).__name__}.{phase}, on {blueprint.cls.__name__},"


def _act(one: Any, phase: str, mutable: Any, blueprint: Blueprint) -> None:
    """Call a mutator; whatever it raises is told with its name and the author's line."""
    actor = _called(one, phase, blueprint)
    try:
        getattr(one, phase)(mutable)
    except ConfigError:
        raise
    except Exception as exc:
        if isinstance(exc, MutatorError) and str(exc).startswith(actor):
            raise
        said = str(exc) if isinstance(exc, HeadwaterError) else f"{type(exc).__name__}: {exc}"
        raise MutatorError(f"{actor} could not go on{place_in_authors_file(exc)}: {said}") from exc
