"""What can be wrong with the parameters of a flow: one function a rule, as in `graph.lint`."""

import re
from collections.abc import Iterator

from headwater.errors import ParameterError
from headwater.flow.include_file import IncludeFile
from headwater.flow.parameters import RESERVED_NAMES, Parameter, parameters_of
from headwater.flow.source import attribute_line
from headwater.flow.spec import FlowSpec
from headwater.flow.step import mark_of
from headwater.graph.draft import Problem

_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_-]*", re.ASCII)


def parameter_problems(cls: type) -> Iterator[Problem]:
    """Every problem of a flow's parameters."""
    for name, parameter in parameters_of(cls).items():
        for message, remedy in (*_name_problems(parameter), *place_problems(cls, name), *_default_problems(parameter)):
            yield Problem(*attribute_line(cls, name), message, remedy)
    yield from _twins(cls)


def _name_problems(parameter: Parameter) -> Iterator[tuple[str, str]]:
    if parameter.name.lower() in RESERVED_NAMES:
        yield f"A parameter cannot be called {parameter.name!r}: the command line needs the name.", "Rename it."
    if not _NAME.fullmatch(parameter.name):
        yield (
            f"{parameter.name!r} cannot be the name of a parameter.",
            "Use letters, digits, '-' and '_', with a letter first.",
        )


def place_problems(cls: type, name: str, what: str = "parameter") -> Iterator[tuple[str, str]]:
    """A parameter, or a config, that hides what a base class, or Headwater itself, calls by its Python name."""
    for base in cls.__mro__:
        found = vars(base).get(name)
        if mark_of(found) is not None:
            yield f"The {what} {name!r} hides a step of {base.__name__}.", "Rename the attribute."
            return
    if name.startswith("_") or hasattr(FlowSpec, name) or name == "name":
        yield f"A {what} cannot stand in the attribute {name!r}.", "Rename the attribute."


def _default_problems(parameter: Parameter) -> Iterator[tuple[str, str]]:
    """A default that is no value of the type; what stands in a file is looked at when a run starts."""
    default = parameter.default
    if isinstance(parameter, IncludeFile):
        yield from _parser_problems(parameter)
    in_file = parameter.kind.reads_files or (isinstance(default, str) and default.startswith("@"))
    if parameter.is_computed or in_file:
        return
    try:
        parameter.convert(default, " as its default")
    except ParameterError as exc:
        remedy = parameter.kind.remedy
        yield str(exc).removesuffix(remedy).rstrip(), remedy


def _parser_problems(parameter: IncludeFile) -> Iterator[tuple[str, str]]:
    try:
        parameter.find_parser()
    except ParameterError as exc:
        message, _, remedy = str(exc).rpartition(". ")
        yield f"{message}.", remedy


def _twins(cls: type) -> Iterator[Problem]:
    first: dict[str, Parameter] = {}
    for name, parameter in parameters_of(cls).items():
        folded = parameter.name.lower().replace("-", "_")
        other = first.setdefault(folded, parameter)
        if other is not parameter:
            yield Problem(
                *attribute_line(cls, name),
                f"The parameters {other.name!r} and {parameter.name!r} differ only in case, '-' or '_', or not at all.",
                "Rename one of them.",
            )
