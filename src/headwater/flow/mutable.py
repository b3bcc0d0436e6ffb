"""`MutableFlow` and `MutableStep`: what a mutator is given, to look at a flow that is not yet and to change it."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from headwater.errors import MutatorError
from headwater.flow.attached import Written
from headwater.flow.authored import Authored
from headwater.flow.blueprint import Blueprint
from headwater.flow.decorator_specs import (
    DecoratorSpec,
    authored_spec,
    flow_decorator,
    is_called,
    spec_of,
    step_decorator,
    was_given,
)
from headwater.flow.decorators import MULTIPLE, Attached, name_of
from headwater.flow.flow_decorators import MULTIPLE as FLOW_MULTIPLE
from headwater.flow.mutators import StepMutator
from headwater.flow.parameters import Parameter


class _Mutable:
    """What both share: how duplicates are treated, and which phase it is."""

    IGNORE = 1  # what is there already stays, and nothing is added
    ERROR = 2  # it is an error when it is there already
    OVERRIDE = 3  # what is there is replaced

    def __init__(self, blueprint: Blueprint, actor: str, first_phase: bool) -> None:
        self._hw_blueprint = blueprint
        self._hw_actor = actor
        self._hw_first_phase = first_phase

    def _hw_only_first(self, what: str) -> None:
        if not self._hw_first_phase:
            raise MutatorError(
                f"{self._hw_actor} {what} in mutate, where decorators of steps alone can be changed. "
                "Do it in pre_mutate."
            )

    def _hw_room_for(self, name: str, there: bool, several: bool, duplicates: int, where: str) -> bool:
        """Whether one of a name is to be added; True also where what is there has to go first."""
        if duplicates not in (self.IGNORE, self.ERROR, self.OVERRIDE):
            raise MutatorError(f"duplicates={duplicates!r} is none of IGNORE, ERROR and OVERRIDE. Give one of them.")
        if not there or several:
            return True
        if duplicates == self.ERROR:
            raise MutatorError(
                f"{self._hw_actor} adds @{name} to {where}, which bears it already. "
                "Remove it first, or give duplicates=OVERRIDE."
            )
        return duplicates == self.OVERRIDE


class MutableStep(_Mutable):
    """One step of a flow that is not yet: its decorators can be looked at and changed."""

    def __init__(self, blueprint: Blueprint, step: str, actor: str, first_phase: bool) -> None:
        super().__init__(blueprint, actor, first_phase)
        self.name = step

    @property
    def flow(self) -> "MutableFlow":
        """The flow of the step."""
        return MutableFlow(self._hw_blueprint, self._hw_actor, self._hw_first_phase)

    @property
    def decorator_specs(self) -> Iterator[DecoratorSpec]:
        """(name, where it is defined, arguments, options) of each decorator, the innermost first."""
        return iter([spec_of(one) for one in reversed(self._hw_attached)])

    def has_decorator(self, name: str) -> bool:
        return any(is_called(one, name) for one in self._hw_attached)

    def get_decorator_specs(self, name: str) -> list[DecoratorSpec]:
        """Those of one name."""
        return [spec_of(one) for one in reversed(self._hw_attached) if is_called(one, name)]

    def add_decorator(
        self,
        deco_type: Any,
        deco_args: Sequence[Any] | None = None,
        deco_kwargs: Mapping[str, Any] | None = None,
        duplicates: int = _Mutable.IGNORE,
    ) -> None:
        """Add a decorator as the outermost: `add_decorator("retry:times=2")`, or its class or function with options.

        `duplicates`: what happens where the step bears one of the name. Mutators can be added in pre_mutate alone.
        """
        one = step_decorator(deco_type, tuple(deco_args or ()), dict(deco_kwargs or {}), self._hw_blueprint)
        if isinstance(one, StepMutator):
            self._hw_only_first(f"adds the mutator {type(one).__name__}")
        name = name_of(one)
        there = [other for other in self._hw_attached if name_of(other) == name]
        if not self._hw_room_for(name, bool(there), name in MULTIPLE, duplicates, f"step {self.name!r}"):
            return
        if duplicates == self.OVERRIDE:
            self._hw_attached[:] = [other for other in self._hw_attached if name_of(other) != name]
        self._hw_attached.insert(0, self._hw_blueprint.settled(one) if isinstance(one, Authored) else one)

    def remove_decorator(
        self, deco_name: str, deco_args: Sequence[Any] | None = None, deco_kwargs: Mapping[str, Any] | None = None
    ) -> bool:
        """Remove all decorators of a name, or those that were given just these arguments; whether there was one."""
        kept = [
            one
            for one in self._hw_attached
            if not (is_called(one, deco_name) and was_given(spec_of(one), deco_args, deco_kwargs))
        ]
        removed = len(kept) < len(self._hw_attached)
        self._hw_attached[:] = kept
        return removed

    @property
    def _hw_attached(self) -> list[Attached]:
        return self._hw_blueprint.steps[self.name]

    def __repr__(self) -> str:
        return f"<step {self.name!r} of {self._hw_blueprint.cls.__name__}, which is being made>"


class MutableFlow(_Mutable):
    """A flow that is not yet: its parameters, decorators and steps can be looked at and changed.

    Its steps, configs and parameters are attributes too: `mutable_flow.start.add_decorator("retry")`.
    """

    @property
    def name(self) -> str:
        return self._hw_blueprint.cls.__name__

    @property
    def configs(self) -> Iterator[tuple[str, Any]]:
        """(name, value) of each config."""
        return iter(list(self._hw_blueprint.configs.items()))

    @property
    def parameters(self) -> Iterator[tuple[str, Parameter]]:
        """(name, Parameter) of each parameter."""
        return iter(list(self._hw_blueprint.parameters.items()))

    @property
    def steps(self) -> Iterator[tuple[str, MutableStep]]:
        """(name, step) of each step."""
        return iter([(name, self._hw_step(name)) for name in self._hw_blueprint.steps])

    @property
    def decorator_specs(self) -> Iterator[DecoratorSpec]:
        """(name, where it is defined, arguments, options) of each decorator and mutator of the flow."""
        written: list[DecoratorSpec] = [
            (one.name, f"headwater.{one.name}", [], dict(one.options))
            for one in reversed(self._hw_blueprint.flow_decorators)
        ]
        return iter([*written, *map(authored_spec, self._hw_blueprint.flow_mutators)])

    def has_decorator(self, name: str) -> bool:
        return bool(self.get_decorator_specs(name))

    def get_decorator_specs(self, name: str) -> list[DecoratorSpec]:
        """Those of one name."""
        return [spec for spec in self.decorator_specs if spec[0] == name or spec[1] == name]

    def add_parameter(self, name: str, value: Parameter, overwrite: bool = False) -> None:
        """Give the flow a parameter; `overwrite`: instead of the one that has the name."""
        self._hw_only_first(f"adds the parameter {name!r}")
        if not isinstance(value, Parameter):
            raise MutatorError(
                f"{self._hw_actor} adds {value!r} as the parameter {name!r}. Give a Parameter: "
                f"add_parameter({name!r}, Parameter({name!r}, default=...))."
            )
        if not str(name).isidentifier():
            raise MutatorError(f"{self._hw_actor} adds a parameter as {name!r}, which can be no attribute. Rename it.")
        parameters, cls = self._hw_blueprint.parameters, self._hw_blueprint.cls
        taken = name in parameters if overwrite else name in parameters or hasattr(cls, name)
        if taken and not overwrite:
            raise MutatorError(
                f"{self._hw_actor} adds the parameter {name!r}, and {cls.__name__} has an attribute of that name. "
                "Give overwrite=True to replace a parameter, or another name."
            )
        if overwrite and name not in parameters and hasattr(cls, name):
            raise MutatorError(f"{self._hw_actor} would overwrite {name!r}, which is no parameter. Give another name.")
        value = value.settled(self._hw_blueprint.configs) if value.is_waiting else value
        value.python_name = name
        parameters[name] = value

    def remove_parameter(self, name: str) -> bool:
        """Take a parameter from the flow; whether there was one."""
        self._hw_only_first(f"removes the parameter {name!r}")
        return self._hw_blueprint.parameters.pop(name, None) is not None

    def add_decorator(
        self,
        deco_type: Any,
        deco_args: Sequence[Any] | None = None,
        deco_kwargs: Mapping[str, Any] | None = None,
        duplicates: int = _Mutable.IGNORE,
    ) -> None:
        """Add a decorator or mutator to the flow: `add_decorator("project:name=fraud")`, or its class or function.

        `duplicates`: what happens where the flow bears one of the name.
        """
        arguments, options = tuple(deco_args or ()), dict(deco_kwargs or {})
        found = flow_decorator(deco_type, arguments, options, self._hw_blueprint)
        name = found.name if isinstance(found, Written) else type(found).__name__
        self._hw_only_first(f"adds @{name} to the flow")
        there, several = self.has_decorator(name), name in FLOW_MULTIPLE
        if not self._hw_room_for(name, there, several, duplicates, f"the flow {self.name}"):
            return
        if there and duplicates == self.OVERRIDE:
            self.remove_decorator(name)
        if isinstance(found, Written):
            self._hw_blueprint.flow_decorators.insert(0, found)
        else:
            self._hw_blueprint.flow_mutators.append(found._hw_settled(self._hw_blueprint.configs))

    def remove_decorator(
        self, deco_name: str, deco_args: Sequence[Any] | None = None, deco_kwargs: Mapping[str, Any] | None = None
    ) -> bool:
        """Remove all decorators of a name, or those that were given just these arguments; whether there was one."""
        self._hw_only_first(f"removes @{deco_name} from the flow")
        before = len(list(self.decorator_specs))
        mutators, decorators = self._hw_blueprint.flow_mutators, self._hw_blueprint.flow_decorators
        mutators[:] = [
            one
            for one in mutators
            if not (is_called(one, deco_name) and was_given(authored_spec(one), deco_args, deco_kwargs))
        ]
        decorators[:] = [
            one
            for one in decorators
            if not (one.name == deco_name and was_given((one.name, "", [], dict(one.options)), deco_args, deco_kwargs))
        ]
        return len(list(self.decorator_specs)) < before

    def _hw_step(self, name: str) -> MutableStep:
        return MutableStep(self._hw_blueprint, name, self._hw_actor, self._hw_first_phase)

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):
            raise AttributeError(name)
        blueprint = self._hw_blueprint
        if name in blueprint.steps:
            return self._hw_step(name)
        for group in (blueprint.configs, blueprint.parameters):
            if name in group:
                return group[name]
        known = ", ".join([*blueprint.steps, *blueprint.configs, *blueprint.parameters])
        raise AttributeError(
            f"{blueprint.cls.__name__} has no step, config or parameter {name!r}. It has {known}.", name=name, obj=self
        )

    def __repr__(self) -> str:
        return f"<flow {self.name}, which is being made>"
