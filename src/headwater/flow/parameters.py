"""`Parameter`: an input of a flow, declared in its class, given on the command line, the environment or from Python."""

import json
from collections.abc import Callable, Container, Mapping
from typing import Any, NamedTuple

from headwater.errors import ParameterError

ENVIRONMENT_PREFIX = "HEADWATER_RUN_"

_RESERVED = (
    "params with tag namespace obj tags decospecs run-id-file max-num-splits max-workers max-log-size "
    "user-namespace run-id task-id runner-attribute-file"
)
RESERVED_NAMES = frozenset(_RESERVED.split()) | frozenset(_RESERVED.replace("-", "_").split())

_WORDS = {
    **dict.fromkeys(("1", "true", "t", "yes", "y", "on"), True),
    **dict.fromkeys(("0", "false", "f", "no", "n", "off"), False),
}


class JSONTypeClass:
    """A value written as JSON. A text is parsed; anything else is taken as it is."""

    name = "JSON"

    def convert(self, value: Any, param: Any = None, ctx: Any = None) -> Any:
        if not isinstance(value, str):
            return value
        try:
            return json.loads(value)
        except ValueError as exc:
            raise ValueError(f"it is not JSON: {exc}") from exc

    def __call__(self, value: Any, param: Any = None, ctx: Any = None) -> Any:
        return self.convert(value, param, ctx)

    def __repr__(self) -> str:
        return "JSON"


JSONType = JSONTypeClass()


class ParameterContext(NamedTuple):
    """What a callable default is told."""

    flow_name: str
    user_name: str
    parameter_name: str
    logger: Callable[..., None]
    ds_type: str  # "file", "s3", ...
    configs: Any


class Parameter:
    """An input of a flow: `alpha = Parameter("alpha", default=0.1, help="...")`.

    `type` is str, int, float, bool, JSONType or an object with a `convert` method as click's types have it; without it,
    the default says. A callable default is called once, when a run starts without a value. Inside a step,
    `self.alpha` is the run's value.
    """

    def __init__(
        self,
        name: str,
        default: Any = None,
        type: Any = None,
        help: str | None = None,
        required: bool | None = None,
        show_default: bool | None = None,
        separator: str | None = None,
        **options: Any,
    ) -> None:
        self.name = name
        self.python_name = name  # until the class body names it
        self.default = default
        self.type = _resolve_type(name, type, default)
        self.help = help
        self.required = bool(required)
        self.show_default = show_default is not False
        self.separator = separator
        self.options = options  # what is left for the command line: multiple, nargs, metavar, ...
        if separator is not None and self.type is not str:
            raise ParameterError(f"Parameter {name!r} has a separator and is no text. Give it the type str.")

    def __set_name__(self, owner: type, name: str) -> None:
        self.python_name = name

    def __get__(self, instance: Any, owner: Any = None) -> Any:
        # a data descriptor, so that the value never stands in the instance, where artifacts stand
        return self if instance is None else instance._hw_state.load(self.python_name)

    def __set__(self, instance: Any, value: Any) -> None:
        raise AttributeError(f"Flow level attributes and Parameters are not modifiable: {self.python_name!r}")

    def __repr__(self) -> str:
        return f"Parameter({self.name!r})"

    @property
    def type_name(self) -> str:
        """What the help and errors call the type."""
        return str(getattr(self.type, "name", None) or getattr(self.type, "__name__", None) or self.type)

    @property
    def environment_name(self) -> str:
        return ENVIRONMENT_PREFIX + self.name.upper().replace("-", "_")

    def convert(self, value: Any, source: str = "") -> Any:
        """A given value as the parameter's type; ParameterError names parameter, value and type."""
        if value is None:
            return None
        if self.options.get("multiple") or self.options.get("nargs", 1) != 1:
            given = [value] if isinstance(value, str) else list(value)
            return tuple(self._convert_one(item, source) for item in given)
        if self.separator is not None:
            if isinstance(value, (list, tuple)):
                return list(value)
            text = self._convert_one(value, source)
            return text.split(self.separator) if text else text
        return self._convert_one(value, source)

    def _convert_one(self, value: Any, source: str) -> Any:
        try:
            return _convert(self.type, value)
        except Exception as exc:  # a type may be the author's own, and raises what it likes
            reason = f" ({exc})" if str(exc) and self.type not in _CONVERSIONS else ""
            raise ParameterError(
                f"Parameter {self.name!r} was given {value!r}{source}, which is no {self.type_name}{reason}. "
                f"Give it a value of type {self.type_name}."
            ) from exc


def parameters_of(cls: type) -> dict[str, Parameter]:
    """The parameters of a class by their Python names, inherited ones after its own."""
    seen: dict[str, Any] = {}
    for base in cls.__mro__:
        for name, value in vars(base).items():
            seen.setdefault(name, value)
    return {name: value for name, value in seen.items() if isinstance(value, Parameter)}


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
    chosen = _match(cls.__name__, parameters, given)
    return {
        name: _value_of(parameter, chosen, environ, context._replace(parameter_name=parameter.name))
        for name, parameter in parameters.items()
        if only is None or name in only
    }


def _match(flow: str, parameters: Mapping[str, Parameter], given: Mapping[str, object]) -> dict[str, object]:
    """What was given, by Python name."""
    names: dict[str, str] = {}
    for python_name, parameter in parameters.items():
        for spelling in (python_name, parameter.name.replace("-", "_"), parameter.name):
            names[spelling] = python_name if spelling == parameter.name else names.get(spelling, python_name)
    chosen: dict[str, object] = {}
    for name, value in given.items():
        if name not in names:
            known = ", ".join(parameter.name for parameter in parameters.values()) or "none"
            raise ParameterError(f"{flow} has no parameter {name!r}. Its parameters: {known}.")
        if names[name] in chosen:
            raise ParameterError(f"Parameter {name!r} was given twice. Give it once.")
        chosen[names[name]] = value
    return chosen


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
    if not callable(parameter.default):
        return parameter.convert(parameter.default, " as its default")
    try:
        value = parameter.default(context)
    except Exception as exc:
        raise ParameterError(
            f"The default of parameter {parameter.name!r} raised {type(exc).__name__}: {exc}. "
            "Correct the function, or give the parameter a value."
        ) from exc
    return parameter.convert(value, " by its default's function")


def _resolve_type(name: str, declared: Any, default: Any) -> Any:
    if declared is None:
        if isinstance(default, (list, dict)):
            return JSONType
        return type(default) if type(default) in _CONVERSIONS else str
    if declared in _CONVERSIONS:
        return declared
    if isinstance(declared, type) and hasattr(declared, "convert"):
        declared = declared()  # the class of a type stands for its instance, as in click
    if not callable(getattr(declared, "convert", None)):
        raise ParameterError(
            f"Parameter {name!r} has the type {declared!r}. Use str, int, float, bool, JSONType or a click type."
        )
    return declared


def _convert(kind: Any, value: Any) -> Any:
    conversion = _CONVERSIONS.get(kind) if isinstance(kind, type) else None
    return conversion(value) if conversion is not None else kind.convert(value, None, None)


def _to_str(value: Any) -> str:
    if isinstance(value, (str, int, float)):
        return str(value)
    raise TypeError


def _to_int(value: Any) -> int:
    if isinstance(value, bool):
        raise TypeError
    if isinstance(value, str):
        return int(value)
    return int(value.__index__())


def _to_float(value: Any) -> float:
    if isinstance(value, bool):
        raise TypeError
    return float(value)


def _to_bool(value: Any) -> bool:
    if isinstance(value, str):
        return _WORDS[value.strip().lower()]
    if isinstance(value, bool) or value in (0, 1):
        return bool(value)
    raise TypeError


_CONVERSIONS: dict[Any, Callable[[Any], Any]] = {str: _to_str, int: _to_int, float: _to_float, bool: _to_bool}
