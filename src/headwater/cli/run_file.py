"""`headwater run FILE[:Class] ...`: the flow's own `run`, for a file that is not run as a script; so are others."""

from contextlib import redirect_stdout
from io import StringIO
from pathlib import Path

import click
from click.core import ParameterSource
from click.shell_completion import CompletionItem, ShellComplete

from headwater.cli.flow import make_group, run_flow_command
from headwater.cli.flow_options import flow_options
from headwater.cli.metaflow_options import idle_options
from headwater.cli.parameters import parameter_options
from headwater.errors import HeadwaterError
from headwater.flow.load import load_flow
from headwater.flow.spec import FlowSpec


def command() -> click.Command:
    return file_command("run", "Run the flow in FILE. The options are those of its own `run`.")


def file_command(name: str, text: str) -> click.Command:
    """The command of a flow, for a flow that is named by its file."""
    return _FileCommand(
        name,
        callback=lambda file, arguments: run_file(name, file, arguments),
        params=[
            click.Argument(["file"], metavar="FILE[:CLASS]"),
            click.Argument(
                ["arguments"], nargs=-1, type=click.UNPROCESSED, metavar="[OPTIONS]...", shell_complete=_offer
            ),
        ],
        context_settings={"ignore_unknown_options": True, "allow_interspersed_args": False},
        help=text,
    )


class _FileCommand(click.Command):
    """A command whose options are known when its flow is."""

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[CompletionItem]:
        param = self.params[-1]
        return _offer(ctx, param, incomplete) if ctx.params.get("file") else super().shell_complete(ctx, incomplete)


def _offer(ctx: click.Context, _param: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """What a shell is offered behind the file: the words of the flow's own `run`."""
    path, _, class_name = ctx.params["file"].partition(":")
    try:
        group = make_group(load_quietly(Path(path), class_name or None))
    except HeadwaterError:
        return []
    words = [str(ctx.info_name), *ctx.params.get("arguments", ())]
    return ShellComplete(group, {}, path, "").get_completions(words, incomplete)


def complete_line(path: Path, arguments: list[str]) -> int:
    """Offer a shell what can stand in the line of a flow's file."""
    return run_flow_command(load_quietly(path), arguments, str(path))


def load_quietly(path: Path, class_name: str | None = None) -> type[FlowSpec]:
    """The flow of a file, while a shell reads our stdout."""
    with redirect_stdout(StringIO()):
        return load_flow(path, class_name)


def run_file(name: str, file: str, arguments: tuple[str, ...]) -> int:
    path, _, class_name = file.partition(":")
    cls = load_flow(Path(path), class_name or None)
    shared = _shared_arguments(click.get_current_context())
    before, after = _divide(cls, arguments)
    program = f"python {path}"  # in the usage: the options are those of the script
    code: int | None = make_group(cls).main(
        [*shared, *before, name, *after], program, standalone_mode=False, obj=f"headwater resume {file}"
    )
    return code or 0


def _divide(cls: type[FlowSpec], arguments: tuple[str, ...]) -> tuple[list[str], list[str]]:
    """What the flow's own command line takes before its commands, and what behind them: here all stands behind."""
    counts: dict[str, int] = {}
    for one in (*flow_options(cls), *idle_options()):
        counts |= dict.fromkeys((*one.opts, *one.secondary_opts), 0 if one.is_flag else one.nargs)
    for own in parameter_options(cls):
        counts.pop(own.opts[0], None)
    before: list[str] = []
    after: list[str] = []
    words = list(arguments)
    while words:
        name, equals, _ = words[0].partition("=")
        if name in counts:
            taken = 1 if equals else 1 + counts[name]
            before += words[:taken]
        else:
            taken = 1
            after += words[:taken]
        del words[:taken]
    return before, after


def _shared_arguments(ctx: click.Context) -> list[str]:
    """What was said before the command, said again to the flow. It asks the settings itself, from its own folder."""
    root = ctx.find_root()
    given = {
        name: value
        for name, value in root.params.items()
        if root.get_parameter_source(name) == ParameterSource.COMMANDLINE
    }
    arguments = [f"--{name}" for name in ("quiet", "json") if given.get(f"hw_{name}")]
    for name in ("datastore_root", "isolation"):
        if given.get(f"hw_{name}"):
            arguments += [f"--{name.replace('_', '-')}", given[f"hw_{name}"]]
    for decorator in given.get("hw_with", ()):
        arguments += ["--with", decorator]
    return arguments
