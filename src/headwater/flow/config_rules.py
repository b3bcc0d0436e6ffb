"""What can be wrong with where a flow's configs stand and what they are called."""

import re
from collections.abc import Iterator

from headwater.flow.config import configs_of, declared
from headwater.flow.parameter_rules import place_problems
from headwater.flow.parameters import parameters_of
from headwater.flow.source import attribute_line
from headwater.graph.draft import Problem

_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_-]*", re.ASCII)
_OPTIONS = frozenset({"config", "config-value", "config_value"})


def config_problems(cls: type) -> Iterator[Problem]:
    """Every problem of a flow's configs."""
    configs = configs_of(cls)
    if not configs:
        return
    for name, config in configs.items():
        told = declared(config)
        for message, remedy in place_problems(cls, name, "config"):
            yield Problem(*attribute_line(cls, name), message, remedy)
        if not _NAME.fullmatch(told.name):
            message = f"{told.name!r} cannot be the name of a config."
            yield Problem(*attribute_line(cls, name), message, "Use letters, digits, '-' and '_', with a letter first.")
    yield from _twins(cls)
    for name, parameter in parameters_of(cls).items():
        if parameter.name.lower() in _OPTIONS:
            message = f"A flow with configs cannot have a parameter {parameter.name!r}: the command line needs it."
            yield Problem(*attribute_line(cls, name), message, "Rename the parameter.")


def _twins(cls: type) -> Iterator[Problem]:
    """Two configs, or a config and a parameter, of one name: case does not count."""
    seen = {one.name.lower(): f"the parameter {one.name!r}" for one in parameters_of(cls).values()}
    for name, config in configs_of(cls).items():
        own = declared(config).name
        if own.lower() in seen:
            message = f"The config {own!r} is called like {seen[own.lower()]}."
            yield Problem(*attribute_line(cls, name), message, "Rename one of them.")
        seen[own.lower()] = f"the config {own!r}"
