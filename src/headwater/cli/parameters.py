"""The parameters of a flow as options of `run`. Values stay text here: the flow itself converts them."""

from collections.abc import Mapping
from typing import Any

import click
from click.core import ParameterSource
from click.shell_completion import CompletionItem

from headwater.cli.params_file import ParameterOption
from headwater.errors import ParameterError
from headwater.flow.parameters import Parameter, parameters_of
from headwater.flow.spec import FlowSpec

_PREFIX = "parameter_"
_WIDEST = 50  # letters of all choices that the help shows beside the option's name


class _Checked(click.ParamType):  # type: ignore[type-arg]  # generic for type checkers only, and only of late
    """Any text that the parameter can convert."""

    def __init__(self, parameter: Parameter) -> None:
        self._parameter = parameter
        self.name = parameter.type_name

    def get_metavar(self, param: click.Parameter, ctx: click.Context | None = None) -> str:
        choices = "|".join(self._parameter.kind.choices)
        return f"[{choices}]" if choices and len(choices) <= _WIDEST else self.name.upper()

    def shell_complete(self, ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:
        if self.name in ("path", "file"):
            return [CompletionItem(incomplete, type="file")]
        return [CompletionItem(choice) for choice in self._parameter.kind.choices if choice.startswith(incomplete)]

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        try:
            self._parameter.convert(value)
        except ParameterError as exc:
            raise click.UsageError(str(exc), ctx) from exc
        return value


def parameter_options(cls: type[FlowSpec]) -> list[click.Option]:
    return [_option(name, parameter) for name, parameter in parameters_of(cls).items()]


def told_parameters(cls: type[FlowSpec]) -> dict[str, dict[str, Any]]:
    """What a program needs to know to give the parameters, by their names on the command line."""
    return {
        parameter.name: {
            "type": parameter.type_name,
            "required": parameter.required and parameter.default is None,
            "default": _plain_default(parameter),
            "help": parameter.help,
        }
        for parameter in parameters_of(cls).values()
    }


def given_values(ctx: click.Context, cls: type[FlowSpec]) -> dict[str, Any]:
    """What the command line or the environment gave, by Python name; defaults are the flow's affair."""
    return {
        name: ctx.params[_PREFIX + name]
        for name in parameters_of(cls)
        if ctx.get_parameter_source(_PREFIX + name) in (ParameterSource.COMMANDLINE, ParameterSource.ENVIRONMENT)
    }


def _option(python_name: str, parameter: Parameter) -> click.Option:
    extra: Mapping[str, Any] = {"envvar": parameter.environment_name, **parameter.options}
    try:
        return ParameterOption(
            [_PREFIX + python_name, f"--{parameter.name}"],
            type=_Checked(parameter),
            required=parameter.required and parameter.default is None,
            help=_help(parameter),
            **extra,
        )
    except TypeError as exc:
        raise ParameterError(
            f"Parameter {parameter.name!r} has an option that the command line does not know: {exc}. Remove it."
        ) from exc


def _help(parameter: Parameter) -> str:
    """What the author says, the choices where they are too many for the option's first line, the default."""
    words = [parameter.help or ""]
    choices = ", ".join(parameter.kind.choices)
    if len(choices) > _WIDEST:
        words.append(f"One of {choices}.")
    if parameter.show_default and parameter.default is not None:
        words.append(f"[default: {_default(parameter)}]")
    return "  ".join(word for word in words if word)


def _plain_default(parameter: Parameter) -> Any:
    """The default as a run would keep it, where JSON can say it; None where it is computed."""
    if parameter.is_computed:
        return None
    try:
        value = parameter.to_plain(parameter.convert(parameter.default))
    except ParameterError:  # running says what is wrong with it
        return None
    return value if isinstance(value, (str, int, float, bool, list, tuple, dict)) else str(value) if value else None


def _default(parameter: Parameter) -> str:
    if parameter.is_computed:
        return "computed"
    if isinstance(parameter.default, str):
        return repr(parameter.default)
    try:
        return parameter.show(parameter.default)
    except ParameterError:  # running says what is wrong with it
        return repr(parameter.default)
