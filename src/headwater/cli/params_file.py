"""`run --params FILE`: parameters from a JSON file, beside those of the command line, which win."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click

from headwater.errors import ParameterError
from headwater.flow.parameter_values import match_names
from headwater.flow.parameters import parameters_of
from headwater.flow.spec import FlowSpec

NAME = "hw_params"


class ParameterOption(click.Option):
    """An option that a file may have the value of."""

    def process_value(self, ctx: click.Context, value: Any) -> Any:
        if isinstance(ctx.params.get(NAME), str) and self.value_is_missing(value):
            return None  # the flow itself looks whether the file has it
        return super().process_value(ctx, value)


def params_option(parameters: Sequence[click.Option]) -> list[click.Option]:
    """For a flow that has some. It is read before the others, since it may have what they require."""
    option = click.Option(
        [NAME, "--params"],
        metavar="FILE",
        is_eager=True,
        help="Take parameters from this JSON file: an object, by their names.",
    )
    return [option] if parameters else []


def read_params(path: str | None, cls: type[FlowSpec], ctx: click.Context) -> dict[str, Any]:
    """The values in the file, by Python name; UsageError for a file or a value that cannot be."""
    if not path:
        return {}
    try:
        values = json.loads(Path(path).read_text("utf-8"))
    except OSError as exc:
        raise click.UsageError(f"--params {path} cannot be read: {exc.strerror}. Give a file.", ctx) from exc
    except ValueError as exc:  # also bytes that are no text
        raise click.UsageError(f"--params {path} is no JSON: {exc}. Correct the file.", ctx) from exc
    if not isinstance(values, dict):
        raise click.UsageError(f'--params {path} holds no object. Write it as {{"name": value}}.', ctx)
    try:
        given = match_names(cls, values)
        for name, value in given.items():
            parameters_of(cls)[name].convert(value, f" by {path}")
    except ParameterError as exc:
        raise click.UsageError(str(exc), ctx) from exc
    return given
