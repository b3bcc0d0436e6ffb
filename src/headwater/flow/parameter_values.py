"""The values of a run's parameters: what was given, else what the environment says, else the defaults."""

from collections.abc import Callable, Container, Mapping
from typing import Any, NamedTuple

from headwater.errors import ParameterError
from headwater.flow.parameters import Parameter, parameters_of
from headwater.wording import nearest


class ParameterContext(NamedTuple):
    """What a callable default is told."""

    flow_name: str
    user_name: str
    parameter_name: str
    logger: Callable[..., None]
    ds_type: str  # "file", "s3", ...
    configs: Any


def resolve_parameters(
    cls: type,
    given: Mapping[str, object],
    environ: Mapping[str, str],
    context: ParameterContext,
    only: Container[str] | None = None,
) -> dict[str, Any]:
    """The value of every parameter of a run, by Python name; `only`: of these, as when a resumed run has new ones.

    `given` may call a parameter by its Python name or by its name on the command line. What is not given comes from
    `HEADWATER_RUN_<NAME>`, else from the default.
    """
    parameters = parameters_of(cls)
    chosen = match_names(cls, given)
    return {
        name: _value_of(parameter, chosen, environ, context._replace(parameter_name=parameter.name))
        for name, parameter in parameters.items()
        if only is None or name in only
    }


def match_names(cls: type, given: Mapping[str, object]) -> dict[str, object]:
    """What was given, by Python name; ParameterError for a name that no parameter has."""
    parameters = parameters_of(cls)
    names: dict[str, str] = {}
    for python_name, parameter in parameters.items():
        for spelling in (python_name, parameter.name.replace("-", "_"), parameter.name):
            names[spelling] = python_name if spelling == parameter.name else names.get(spelling, python_name)
    chosen: dict[str, object] = {}
    for name, value in given.items():
        if name not in names:
            raise ParameterError(_unknown(cls.__name__, name, [parameter.name for parameter in parameters.values()]))
        if names[name] in chosen:
            raise ParameterError(f"Parameter {name!r} was given twice. Give it once.")
        chosen[names[name]] = value
    return chosen


def _unknown(flow: str, name: str, known: list[str]) -> str:
    close = nearest(name, known)
    hint = f" Did you mean {close!r}?" if close else ""
    return f"{flow} has no parameter {name!r}.{hint} Its parameters: {', '.join(known) or 'none'}."


def _value_of(
    parameter: Parameter, chosen: Mapping[str, object], environ: Mapping[str, str], context: ParameterContext
) -> Any:
    if parameter.python_name in chosen:
        return parameter.convert(chosen[parameter.python_name])
    if parameter.environment_name in environ:
        return parameter.convert(environ[parameter.environment_name], f" by {parameter.environment_name}")
    if parameter.required and parameter.default is None:
        raise ParameterError(
            f"Parameter {parameter.name!r} is required and was not given. "
            f"Give it with --{parameter.name} or in {parameter.environment_name}."
        )
    if not parameter.is_computed:
        return parameter.convert(parameter.default, " as its default")
    try:
        value = parameter.default(context)
    except Exception as exc:
        raise ParameterError(
            f"The default of parameter {parameter.name!r} raised {type(exc).__name__}: {exc}. "
            "Correct the function, or give the parameter a value."
        ) from exc
    return parameter.convert(value, " by its default's function")


def plain_values(cls: type, values: Mapping[str, Any]) -> dict[str, Any]:
    """What a run keeps of the values of its parameters, by Python name."""
    parameters = parameters_of(cls)
    return {name: parameters[name].to_plain(value) for name, value in values.items()}
