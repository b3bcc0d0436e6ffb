"""`--config NAME FILE` and `--config-value NAME VALUE`: said before a command, or behind it like everything else."""

from collections.abc import Iterable
from itertools import islice
from typing import Any

import click

from headwater.errors import ConfigError
from headwater.flow.config import Config, configs_of, declared
from headwater.flow.spec import FlowSpec

_NAMES = ("--config", "--config-value")
_LONGEST = 60  # letters of a default in the help


def config_options(cls: type[FlowSpec]) -> list[click.Option]:
    """None for a flow without configs."""
    names = ", ".join(declared(config).name for config in configs_of(cls).values())
    if not names:
        return []
    return [
        click.Option(
            ["hw_config", "--config"],
            type=(str, str),
            multiple=True,
            metavar="NAME FILE",
            help=f"Read a config from FILE ({names}).",
        ),
        click.Option(
            ["hw_config_value", "--config-value"],
            type=(str, str),
            multiple=True,
            metavar="NAME JSON",
            help="The value of a config, as its file would have it.",
        ),
    ]


def configs_first(cls: type[FlowSpec], arguments: list[str]) -> list[str]:
    """The arguments with the configs before everything else: what a command is made from depends on them."""
    if not any(word.startswith("--config") for word in arguments) or not configs_of(cls):
        return arguments
    first: list[str] = []
    rest: list[str] = []
    words = iter(arguments)
    for word in words:
        if word == "--":
            rest += [word, *words]
        elif word in _NAMES:
            first += [word, *islice(words, 2)]
        else:
            rest.append(word)
    return [*first, *rest]


def read_config_options(ctx: click.Context) -> tuple[dict[str, str], dict[str, Any]]:
    """Files and values by the names of configs."""
    root = ctx.find_root().params
    return _each_once(root.get("hw_config") or ()), _each_once(root.get("hw_config_value") or ())


def config_lines(cls: type[FlowSpec]) -> list[tuple[str, str]]:
    """What the help tells of each config: its name, what it is, where it comes from."""
    return [(declared(config).name, _told(config)) for config in configs_of(cls).values()]


def _told(config: Config) -> str:
    told = declared(config)
    words = [told.help or ""]
    if told.required:
        words.append("[required]")
    default = told.default if told.default is not None else told.default_value
    if told.show_default and default is not None:
        shown = "computed" if callable(default) else str(default)
        shown = shown if len(shown) <= _LONGEST else f"{shown[:_LONGEST]}..."
        words.append(f"[{'file' if told.default is not None else 'default'}: {shown}]")
    return "  ".join(word for word in words if word)


def _each_once(pairs: Iterable[tuple[str, str]]) -> dict[str, str]:
    found: dict[str, str] = {}
    for name, value in pairs:
        if name in found:
            raise ConfigError(f"Config {name!r} was given twice. Give it once.")
        found[name] = value
    return found
