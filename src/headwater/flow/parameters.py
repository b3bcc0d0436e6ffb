"""`Parameter`: an input of a flow, declared in its class, given on the command line, the environment or from Python."""

from collections.abc import Mapping
from copy import copy
from typing import Any

from headwater.errors import ParameterError
from headwater.flow.delayed import is_delayed, settle
from headwater.flow.derived import members_of
from headwater.flow.parameter_types import SCALARS, Foreign, Kind, is_structure, kind_of, read_json, reason_of

ENVIRONMENT_PREFIX = "HEADWATER_RUN_"

_RESERVED = (
    "params with tag namespace obj tags decospecs run-id-file max-num-splits max-workers max-log-size "
    "user-namespace run-id task-id runner-attribute-file"
)
RESERVED_NAMES = frozenset(_RESERVED.split()) | frozenset(_RESERVED.replace("-", "_").split())

_MOST_SHOWN = 200  # letters of a value in an error


class JSONTypeClass:
    """A value written as JSON, or as @FILE with it. A text is parsed; anything else is taken as it is."""

    name = "JSON"

    def convert(self, value: Any, param: Any = None, ctx: Any = None) -> Any:
        return read_json(value) if isinstance(value, str) else value

    def __call__(self, value: Any, param: Any = None, ctx: Any = None) -> Any:
        return self.convert(value, param, ctx)

    def __repr__(self) -> str:
        return "JSON"


JSONType = JSONTypeClass()


class Parameter:
    """An input of a flow: `alpha = Parameter("alpha", default=0.1, help="...")`.

    `type` is str, int, float or bool; an Enum or a Literal; a date, datetime, time, timedelta or Path; a list, tuple,
    set or dict of those; a dataclass or another class whose fields have types, written as JSON; any of these `| None`;
    JSONType; or an object with a `convert` method as click's types have it. Without it, the default says. A callable
    default is called once, when a run starts without a value. Inside a step, `self.alpha` is the run's value, of that
    type; the run keeps members of Enums and objects of classes as plain values, for which readers need no class.
    """

    _hw_owned = "a Parameter"

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
        self.has_own_type = type is not None
        self.type = _type_of_default(default) if type is None else type
        self.kind: Kind = kind_of(name, self.type)
        self.help = help
        self.required = bool(required)
        self.show_default = show_default is not False
        self.separator = separator
        self.options = options  # what is left for the command line: multiple, nargs, metavar, ...
        if separator is not None and self.type is not str:
            raise ParameterError(f"Parameter {name!r} has a separator and is no text. Give it the type str.")

    @property
    def is_waiting(self) -> bool:
        """Something of it is known only when the flow's configs are."""
        return any(map(is_delayed, vars(self).values()))

    def settled(self, configs: Mapping[str, Any]) -> "Parameter":
        """The same parameter, of which nothing waits any more."""
        made = copy(self)
        vars(made).update({name: settle(value, configs) for name, value in vars(self).items()})
        if not self.has_own_type:
            made.type = _type_of_default(made.default)
            made.kind = kind_of(made.name, made.type)
        return made

    def __set_name__(self, owner: type, name: str) -> None:
        self.python_name = name

    def __get__(self, instance: Any, owner: Any = None) -> Any:
        # a data descriptor, so that the value never stands in the instance, where artifacts stand
        return self if instance is None else self.from_plain(instance._hw_state.load(self.python_name))

    def __set__(self, instance: Any, value: Any) -> None:
        raise AttributeError(f"Flow level attributes and Parameters are not modifiable: {self.python_name!r}")

    def __repr__(self) -> str:
        return f"Parameter({self.name!r})"

    @property
    def type_name(self) -> str:
        """What the help and errors call the type."""
        return self.kind.name

    @property
    def environment_name(self) -> str:
        return ENVIRONMENT_PREFIX + self.name.upper().replace("-", "_")

    @property
    def is_computed(self) -> bool:
        """The default is a function, which is called when a run starts."""
        return callable(self.default) and not (isinstance(self.type, type) and isinstance(self.default, self.type))

    def show(self, value: Any) -> str:
        """A value as it would be written on the command line."""
        if self._takes_several or self.separator is not None:
            return repr(value)
        return self.kind.show(self.convert(value))

    def to_plain(self, value: Any) -> Any:
        """What a run keeps of a value."""
        if value is None:
            return None
        if self._takes_several:
            return value if self.kind.is_plain else [self.kind.to_plain(item) for item in value]
        return value if self.separator is not None else self.kind.to_plain(value)

    def from_plain(self, plain: Any) -> Any:
        """The value of which a run has kept this; ParameterError when the type has changed since."""
        if plain is None or self.kind.is_plain:
            return plain
        try:
            if self._takes_several:
                return tuple(self.kind.from_plain(item) for item in plain)
            return self.kind.from_plain(plain)
        except Exception as exc:  # the type may be the author's own, and raises what it likes
            raise ParameterError(
                f"Parameter {self.name!r} was kept as {_short(plain)}, which is no {self.type_name} any more: {exc}. "
                "Run with another value, or make the type take this one."
            ) from exc

    @property
    def _takes_several(self) -> bool:
        return bool(self.options.get("multiple")) or self.options.get("nargs", 1) != 1

    def convert(self, value: Any, source: str = "") -> Any:
        """A given value as the parameter's type; ParameterError names parameter, value and type."""
        if value is None:
            return None
        if self._takes_several:
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
            return self.kind.convert(value)
        except Exception as exc:  # noqa: BLE001  a type may be the author's own, and raises what it likes
            reason = f" ({reason})" if (reason := reason_of(exc)) else ""
            raise ParameterError(
                f"Parameter {self.name!r} was given {_short(value)}{source}, which is no {self.type_name}{reason}. "
                f"{self.kind.remedy}"
            ) from (exc if isinstance(self.kind, Foreign) else None)  # our own conversions have nothing to add


def parameters_of(cls: type) -> dict[str, Parameter]:
    """The parameters of a class by their Python names, inherited ones after its own."""
    return {name: value for name, value in members_of(cls).items() if isinstance(value, Parameter)}


def _type_of_default(default: Any) -> Any:
    """The type that a default says: its own where a parameter can have that, else text."""
    kind = type(default)
    if isinstance(default, (list, dict)):
        return JSONType
    if isinstance(default, tuple) and not is_structure(kind):
        kinds = {type(item) for item in default}
        return tuple[kinds.pop(), ...] if len(kinds) == 1 else tuple  # type: ignore[misc]  # a type that is a value
    if default is None or kind in SCALARS or (callable(default) and not is_structure(kind)):
        return kind if kind in SCALARS else str
    try:
        kind_of("", kind)
    except ParameterError:
        return str
    return kind


def _short(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= _MOST_SHOWN else f"{text[:_MOST_SHOWN]}..."
