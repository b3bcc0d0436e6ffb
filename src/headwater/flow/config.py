"""`Config`: values of a flow that are known before anything of it runs, so that its decorators can depend on them.

    config = Config("config", default="config.json")

    @retry(times=config.retries)            what is written in the class waits: a `ConfigExpression`
    @resources(**config.resources)
    @step
    def start(self):
        self.config.learning_rate           in a step it is the value: a `ConfigValue`

`resolve_flow` reads the configs and settles what waited for them.
"""

from collections.abc import Callable, Iterator, Mapping
from itertools import count
from typing import Any, NamedTuple, NoReturn

from headwater.errors import ConfigError
from headwater.flow.config_value import ConfigValue
from headwater.flow.delayed import Delayed, Open, Spread
from headwater.flow.derived import members_of

_LOADED = "_hw_configs_of_task"  # in the flow object: values that were read in this task

_spreads = count()


class Declared(NamedTuple):
    """What `Config(...)` was told."""

    name: str
    default: Any = None  # the path of a file, or a function that answers one
    default_value: Any = None  # a mapping, the text of one, or a function that answers either
    help: str | None = None
    required: bool = False
    parser: Callable[[str], Any] | str | None = None  # None: JSON
    plain: bool = False
    show_default: bool = True


class ConfigExpression(Delayed):
    """A value of a config, written where the config is not known yet; attributes and items of it are expressions too.

    It has no truth, text or length: those would be used long before the value is there.
    """

    def __init__(self, written: str, evaluate: Callable[[Mapping[str, Any]], Any]) -> None:
        self._hw_written = written
        self._hw_evaluate = evaluate

    def settle(self, configs: Mapping[str, Any]) -> Any:
        return self._hw_evaluate(configs)

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):  # what Python, a debugger or a notebook looks for
            raise AttributeError(name)
        return _attribute(self, name)

    def __getitem__(self, key: Any) -> Any:
        return _item(self, key)

    def keys(self) -> list[str]:
        """For `**config.part`: the items are told when they are known."""
        return [f"_hw_spread_{next(_spreads)}"]

    def __repr__(self) -> str:
        return f"<{self._hw_written}, known when the flow runs>"

    def _hw_refuse(self, *_: object) -> NoReturn:
        raise ConfigError(
            f"{self._hw_written} is not known yet while the class is defined, so it cannot be used like this. "
            f"Write what is to be made of it as text: config_expr({self._hw_written + '...'!r})."
        )

    __bool__ = __str__ = __len__ = __iter__ = __contains__ = __format__ = __int__ = __float__ = _hw_refuse
    __add__ = __radd__ = __sub__ = __mul__ = __rmul__ = __truediv__ = __mod__ = __lt__ = __gt__ = _hw_refuse


class Config(Open):
    """A config of a flow: `config = Config("config", default="config.json")`.

    It is read from the file at `default` (or what this function answers), or is `default_value` (a mapping, its text,
    or a function that answers either), unless `--config NAME FILE` or `--config-value NAME VALUE` says otherwise. The
    text is JSON, or what `parser` (a function, or its dotted name) makes a mapping of. `plain=True` leaves the value as
    it was parsed, whatever it is. A run keeps the value, and a resumed run has that of its origin.
    """

    _hw_owned = "a Config"

    def __init__(
        self,
        name: str,
        default: Any = None,
        default_value: Any = None,
        help: str | None = None,
        required: bool | None = None,
        parser: Callable[[str], Any] | str | None = None,
        plain: bool | None = False,
        show_default: bool | None = True,
    ) -> None:
        if default is not None and default_value is not None:
            raise ConfigError(f"Config {name!r} has both a default and a default_value. Keep one of the two.")
        self._hw_declared = Declared(
            name, default, default_value, help, bool(required), parser, bool(plain), show_default is not False
        )
        self._hw_name = name  # until the class body names it

    def __set_name__(self, owner: type, name: str) -> None:
        self._hw_name = name

    def __get__(self, instance: Any, owner: Any = None) -> Any:
        if instance is None:
            return self
        found: dict[str, Any] = instance.__dict__.setdefault(_LOADED, {})
        if self._hw_name not in found:
            found[self._hw_name] = value_of(self, instance._hw_state.load(self._hw_name))
        return found[self._hw_name]

    def __set__(self, instance: Any, value: Any) -> None:
        raise AttributeError(f"Flow level attributes and Parameters are not modifiable: {self._hw_name!r}")

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):
            raise AttributeError(name)
        return _attribute(_Whole(self), name)

    def __getitem__(self, key: Any) -> Any:
        return _item(_Whole(self), key)

    def keys(self) -> list[str]:
        """For `**config`."""
        return _Whole(self).keys()

    def __iter__(self) -> Iterator[Any]:
        _Whole(self)._hw_refuse()

    def __repr__(self) -> str:
        return f"Config({self._hw_declared.name!r})"


class _Whole(ConfigExpression):
    """All of a config; found by its declaration, whose attribute is named only when the class body is over."""

    def __init__(self, config: Config) -> None:
        super().__init__(config._hw_declared.name, lambda configs: _found(configs, config._hw_name))


def config_expr(expression: str) -> ConfigExpression:
    """A value that is computed from the configs: `config_expr("config.name.lower()")`.

    The text is Python; each config of the flow is there by the name of its attribute. It is evaluated when the configs
    are known, so that what it needs has to be a config or built in.
    """
    try:
        code = compile(expression.strip(), f"<config_expr {expression!r}>", "eval")
    except SyntaxError as exc:
        raise ConfigError(f"config_expr({expression!r}) is no Python expression: {exc.msg}. Correct the text.") from exc

    def evaluate(configs: Mapping[str, Any]) -> Any:
        try:
            return eval(code, {}, dict(configs))
        except Exception as exc:
            raise ConfigError(_failed(f"config_expr({expression!r})", exc, configs)) from exc

    return ConfigExpression(expression.strip(), evaluate)


def configs_of(cls: type) -> dict[str, Config]:
    """The configs of a class by their Python names, inherited ones after its own."""
    return {name: value for name, value in members_of(cls).items() if isinstance(value, Config)}


def declared(config: Config) -> Declared:
    """What a config was told."""
    return config._hw_declared


def value_of(config: Config, plain: Any) -> Any:
    """What a flow sees of the value that a run has kept."""
    return ConfigValue(plain) if isinstance(plain, Mapping) and not config._hw_declared.plain else plain


def _found(configs: Mapping[str, Any], name: str) -> Any:
    if name not in configs:
        raise ConfigError(
            f"A config that is used here is no attribute {name!r} of this flow. Write it into the flow's class, as in "
            f"{name} = Config({name!r})."
        )
    return configs[name]


def _attribute(base: ConfigExpression, name: str) -> ConfigExpression:
    written = f"{base._hw_written}.{name}"
    return ConfigExpression(written, lambda configs: _reach(written, base, configs, lambda value: _get(value, name)))


def _get(value: Any, name: str) -> Any:
    """An item before a method: written in a class, `config.items` means what the config holds."""
    return value[name] if isinstance(value, Mapping) and name in value else getattr(value, name)


def _item(base: ConfigExpression, key: Any) -> Delayed:
    if isinstance(key, str) and key.startswith("_hw_spread_"):
        return _All(base)
    written = f"{base._hw_written}[{key!r}]"
    return ConfigExpression(written, lambda configs: _reach(written, base, configs, lambda value: value[key]))


def _reach(written: str, base: ConfigExpression, configs: Mapping[str, Any], get: Callable[[Any], Any]) -> Any:
    value = base.settle(configs)
    try:
        return get(value)
    except (AttributeError, LookupError, TypeError) as exc:
        raise ConfigError(_failed(written, exc, configs)) from exc


class _All(Spread):
    """All items of a mapping."""

    def __init__(self, base: ConfigExpression) -> None:
        self._base = base

    def settle(self, configs: Mapping[str, Any]) -> Any:
        value = self._base.settle(configs)
        if not isinstance(value, Mapping):
            raise ConfigError(
                f"**{self._base._hw_written} needs a mapping, and it is {value!r}. Give one, or leave out the '**'."
            )
        return dict(value)


def _failed(written: str, exc: Exception, configs: Mapping[str, Any]) -> str:
    reason = f"there is no {exc.args[0]!r}" if isinstance(exc, KeyError) and exc.args else str(exc)
    known = ", ".join(configs) or "none"
    return (
        f"{written} cannot be found: {reason.rstrip('.')}. "
        f"Correct the expression, or the value of the config (configs of the flow: {known})."
    )
