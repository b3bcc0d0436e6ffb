"""Groups whose commands are imported when they are named; options that stand before or after a command."""

import os
import sys
from collections.abc import Callable, Container, Mapping, Sequence
from importlib import import_module
from pathlib import Path
from typing import Any, NamedTuple

import click
from click.core import ParameterSource

from headwater.errors import SettingsError
from headwater.plugins import load
from headwater.runner.options import Isolation
from headwater.settings import resolve_settings
from headwater.storage.spins import spin_url
from headwater.wording import nearest

#: A shell sets it to ask for candidates; see `headwater completion`.
COMPLETE_VARIABLE = "_HEADWATER_COMPLETE"
#: An option of Metaflow's, which a flow takes before its commands.
NOT_QUIET = "hw_not_quiet"
#: ... and which further files are kept as its code.
PACKAGE_SUFFIXES = "hw_package_suffixes"
EMPTY: Mapping[str, Any] = {}


class Entry(NamedTuple):
    """One command: its module has a function `command(...)` that makes it."""

    module: str
    help: str
    needs_settings: bool = True  # False: it works where a file of settings is wrong, and helps to mend it
    needs_configs: bool = False  # True: it is about the flow as it runs, so that its configs have to be there


class LazyGroup(click.Group):
    """A group that imports a command's module when the command is used, and no other.

    `defaults` are the values of options that settings give, as click's `default_map`; or what is wrong with the
    settings, which is raised by the first command that needs them.
    """

    def __init__(
        self,
        table: Mapping[str, Entry],
        argument: Sequence[object],
        default: str = "",
        defaults: Mapping[str, Any] | SettingsError = EMPTY,
        **options: Any,
    ) -> None:
        super().__init__(invoke_without_command=bool(default), params=shared_options(with_environment=True), **options)
        self._table = table
        self._argument = argument
        self._default = default
        self._trouble = defaults if isinstance(defaults, SettingsError) else None
        if not isinstance(defaults, SettingsError):
            self.context_settings["default_map"] = dict(defaults)
        self.callback = self._without_command
        self._offer(self)

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(self._table)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        entry = self._table.get(cmd_name)
        if entry is None:
            return None
        make: Callable[..., click.Command] = import_module(entry.module).command
        return self._offer(make(*self.argument_for(ctx, entry)))

    def argument_for(self, ctx: click.Context, entry: Entry) -> Sequence[object]:
        """What a command is made from."""
        return self._argument

    def _offer(self, command: click.Command) -> click.Command:
        """The same command; while a shell completes, its arguments know what to offer."""
        if COMPLETE_VARIABLE in os.environ:
            load("face", "complete")(command, next(iter(self._argument), None))
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        if args and args[0] not in self._table and not args[0].startswith("-"):
            close = nearest(args[0], self._table)
            hint = f"Did you mean {close!r}?" if close else f"They are {', '.join(self._table)}."
            if args[0].endswith(".py"):
                hint = f"A flow is run with: {ctx.info_name} run {args[0]}"
            raise click.UsageError(f"There is no command {args[0]!r}. {hint}", ctx)
        found = super().resolve_command(ctx, args)
        self._need_settings(found[0] or "")
        return found

    def _need_settings(self, name: str) -> None:
        if self._trouble is not None and self._table[name].needs_settings:
            raise self._trouble

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(name, entry.help) for name, entry in self._table.items()])

    def _without_command(self, **_values: object) -> None:
        ctx = click.get_current_context()
        if ctx.invoked_subcommand is None:
            self._need_settings(self._default)
            command = self.get_command(ctx, self._default)
            if command is None:
                raise click.UsageError("Missing command.", ctx)
            with ctx.scope(), command.make_context(self._default, [], parent=ctx) as inner:
                ctx.exit(command.invoke(inner) or 0)


#: What `--mode` can be.
SPIN = "spin"


class Shared(NamedTuple):
    """The options that every command takes."""

    quiet: bool = False
    json: bool = False
    datastore_root: str | None = None
    with_: tuple[str, ...] = ()
    isolation: Isolation | None = None


#: The options that stand before a command, and after it unless a parameter of the flow bears the name.
SHARED = frozenset({"--quiet", "--json", "--datastore-root", "--with", "--isolation"})


def shared_options(
    taken: Container[str] = (), with_environment: bool = False, shown: Container[str] = SHARED
) -> list[click.Parameter]:
    """Headwater's own options, less those whose names a parameter of the flow bears."""
    options = [
        click.Option(["hw_quiet", "--quiet"], is_flag=True, help="Only errors, what was asked for, and how it ended."),
        click.Option(["hw_json", "--json"], is_flag=True, help="Answer in JSON, one document a line."),
        click.Option(
            ["hw_datastore_root", "--datastore-root"], metavar="ROOT", help="Where runs are kept: a directory or a URL."
        ),
        click.Option(
            ["hw_with", "--with"],
            multiple=True,
            metavar="DECORATOR",
            help="Put a decorator on every step that has none of its kind: retry:times=2.",
        ),
        click.Option(
            ["hw_isolation", "--isolation"],
            type=click.Choice([kind.value for kind in Isolation]),
            help="What each attempt runs in: a fork, a fresh interpreter, or this process.",
        ),
    ]
    for option in options:
        option.hidden = option.opts[0] not in shown
        if with_environment:
            option.envvar = f"HEADWATER_{str(option.name)[3:].upper()}"
    return [option for option in options if option.opts[0] not in taken]


def read_shared(ctx: click.Context) -> Shared:
    """What was said before the command and after it; what stands after it wins."""
    before = ctx.find_root().params
    after = ctx.params
    isolation = after.get("hw_isolation") or before.get("hw_isolation")
    with_ = before.get("hw_with", ())
    if after.get("hw_with") and ctx.find_root().get_parameter_source("hw_with") != ParameterSource.COMMANDLINE:
        with_ = ()  # what is said replaces what the settings say
    return Shared(
        quiet=bool(before.get("hw_quiet") or after.get("hw_quiet")) and not before.get(NOT_QUIET),
        json=bool(before.get("hw_json") or after.get("hw_json")),
        datastore_root=_root_said(ctx, after.get("hw_datastore_root") or before.get("hw_datastore_root")),
        with_=(*after.get("hw_with", ()), *with_),  # of two of a kind the first counts
        isolation=Isolation(isolation) if isolation else None,
    )


def _root_said(ctx: click.Context, root: str | None) -> str | None:
    """The root that was named; with `--mode spin` that of the spins over it."""
    if ctx.find_root().params.get("hw_mode") != SPIN:
        return root
    if ctx.info_name in ("run", "resume"):
        raise click.UsageError(
            f"--mode {SPIN} is for reading spins, and {ctx.info_name} makes a run. Leave it out.", ctx
        )
    return spin_url(resolve_settings(os.environ, Path.cwd(), root).datastore_root)


def command_with(
    name: str,
    callback: Callable[..., int | None],
    params: Sequence[click.Parameter] = (),
    taken: Container[str] = (),
    kind: type[click.Command] = click.Command,
    shown: Container[str] = (),
    **options: Any,
) -> click.Command:
    """A command whose callback is called with the shared options as one value, then with its own by name."""

    def invoke(**values: object) -> int | None:
        shared = read_shared(click.get_current_context())
        own = {param.name: values[param.name] for param in params if param.name in values}
        return callback(shared, **own)

    shared_params = shared_options(taken, shown=shown)
    return kind(name, callback=invoke, params=[*params, *shared_params], **options)


def ask(question: str) -> bool:
    """Ask on the terminal; a usage error where nobody can answer."""
    if not sys.stdin or not sys.stdin.isatty():
        raise click.UsageError(f"{question} Nobody is here to answer: say --yes if you want it.")
    return click.confirm(question, err=True)
