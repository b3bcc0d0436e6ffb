"""What a flow's class is going to be: its parts, which mutators change, and the class that is made of them."""

import os
from collections.abc import Iterator, Mapping
from typing import Any

from headwater.errors import DecoratorError, MutatorError
from headwater.flow.attached import Written, as_attributes, attached_to
from headwater.flow.authored import Authored
from headwater.flow.decorators import Attached, decorators_of, make_decorator, with_decorators
from headwater.flow.delayed import Pending, is_delayed, settle
from headwater.flow.derived import REMOVED, derive, members_of
from headwater.flow.mutators import StepMutator, flow_mutators_of, package_suffixes
from headwater.flow.package import PACKAGE, Package
from headwater.flow.parameters import Parameter, parameters_of
from headwater.flow.resolve import CONFIGS
from headwater.flow.step import steps_of


class Blueprint:
    """The parts of one flow while it is resolved; nothing in them waits for configs."""

    def __init__(self, cls: type, configs: Mapping[str, Any]) -> None:
        self.cls = cls
        self.configs = dict(configs)
        self.parameters = {name: self._parameter(one) for name, one in parameters_of(cls).items()}
        self.flow_decorators = [Written(one.name, settle(dict(one.options), configs)) for one in attached_to(cls)]
        self.flow_mutators = [one._hw_settled(configs) for one in flow_mutators_of(cls)]
        self.steps = {
            name: [self._attached(one, name) for one in decorators_of(function)]
            for name, function in steps_of(cls).items()
        }

    def _parameter(self, parameter: Parameter) -> Parameter:
        return parameter.settled(self.configs) if parameter.is_waiting else parameter

    def _attached(self, one: Attached, step: str) -> Attached:
        if isinstance(one, Pending):
            try:
                return make_decorator(one.name, settle(one.options, self.configs))
            except DecoratorError as exc:
                raise DecoratorError(f"Step {step!r} of {self.cls.__name__}: {exc}") from exc
        return one._hw_settled(self.configs) if isinstance(one, Authored) else one

    def settled(self, one: Authored) -> Authored:
        """One that a mutator adds, ready to act."""
        return one._hw_settled(self.configs)

    def mutators_of(self, step: str) -> Iterator[StepMutator]:
        """Those of a step, the innermost first."""
        return (one for one in reversed(self.steps[step]) if isinstance(one, StepMutator))

    def build(self) -> type:
        """The class that runs."""
        changes: dict[str, Any] = {CONFIGS: self.configs, **self._constants(), **self._parameters()}
        changes |= as_attributes(self.flow_decorators)
        package = self._package()
        if package != Package():
            changes[PACKAGE] = package
        for name, function in steps_of(self.cls).items():
            attached = tuple(one for one in self.steps[name] if not _is_done(one))
            if attached != decorators_of(function):
                changes[name] = with_decorators(function, attached)
        return derive(self.cls, changes)

    def _constants(self) -> dict[str, Any]:
        members = members_of(self.cls).items()
        return {name: settle(value, self.configs) for name, value in members if is_delayed(value)}

    def _parameters(self) -> dict[str, Any]:
        before = parameters_of(self.cls)
        changed = {name: one for name, one in self.parameters.items() if before.get(name) is not one}
        return changed | {name: REMOVED for name in before if name not in self.parameters}

    def _package(self) -> Package:
        actors: list[Any] = [*self.flow_mutators, *(one for found in self.steps.values() for one in found)]
        suffixes = [one.suffixes for one in actors if isinstance(one, package_suffixes)]
        files = [
            _file_to_keep(entry, one)
            for one in actors
            if isinstance(one, Authored) and hasattr(one, "add_to_package")
            for entry in one.add_to_package() or ()
        ]
        return Package(frozenset().union(*suffixes), tuple(dict.fromkeys(files)))


def _file_to_keep(entry: Any, by: Authored) -> tuple[str, str]:
    """One answer of `add_to_package`, checked."""
    words = tuple(map(str, entry)) if isinstance(entry, (tuple, list)) else ()
    if len(words) < 2 or not os.path.isfile(words[0]):
        raise MutatorError(
            f"add_to_package of {type(by).__name__} answered {entry!r}, where it has to give pairs: "
            "(path of a file that is there, name in the package). Correct the method."
        )
    return os.path.abspath(words[0]), words[1].replace(os.sep, "/").lstrip("/")


def _is_done(one: Attached) -> bool:
    """A mutator, which has acted and does nothing in a task."""
    return isinstance(one, Authored) and not one._hw_wraps_steps
