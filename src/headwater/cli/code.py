"""`headwater code`: the code of any run, listed, printed or written out.

With --json one document: pathspec, script, hash, git_commit (null), git_dirty (null), files, saved (where to; null).
"""

import sys
from pathlib import Path

import click

from headwater.cli.commands import Shared, command_with
from headwater.cli.errors import say
from headwater.cli.json import to_line
from headwater.cli.reading import find, reader_of, with_run
from headwater.cli.saving import require_empty, writing
from headwater.cli.streams import Sink
from headwater.client.package import Code
from headwater.environments.archive import SUFFIXES, make_archive
from headwater.errors import NotFound
from headwater.wording import counted


def command() -> click.Command:
    return command_with(
        "code",
        show,
        [
            click.Argument(["pathspec"], metavar="FLOW[/RUN]"),
            click.Option(["file", "--file"], metavar="NAME", help="Print this file of it."),
            click.Option(["save", "--save"], metavar="PATH", help="Write it to a folder, or to an archive *.tgz."),
        ],
        shown={"--json", "--quiet", "--datastore-root"},
        help="List the code that a run was made with, print a file of it, or write it out.",
    )


def show(shared: Shared, pathspec: str, file: str | None, save: str | None) -> None:
    reader = reader_of(shared)
    place = with_run(reader, find(reader, pathspec))
    assert place.run is not None
    code = reader.code(place.flow, place.run)
    run = f"{place.flow}/{place.run}"
    if code.digest is None:
        raise NotFound(f"No code was kept with {run}. What is known of where it came from: headwater show {run}")
    out = Sink(sys.stdout)
    if file is not None:
        out.write(code.read_bytes(file))
    elif shared.json:
        if save is not None:
            _save(code, Path(save))
        document = {
            "pathspec": run,
            "script": code.script_name,
            "hash": code.digest,
            "git_commit": code.git_commit,
            "git_dirty": code.git_dirty,
            "files": code.files,
            "saved": save,
        }
        out.write(to_line(document))
    elif save is not None:
        _save(code, Path(save))
        if not shared.quiet:
            say(f"{counted(len(code.files), 'file')} in {save}.")
    else:
        for name in code.files:
            out.line(name)


def _save(code: Code, target: Path) -> None:
    require_empty(target)
    with writing(target):
        if target.name.endswith(SUFFIXES):
            target.write_bytes(make_archive((name, code.read_bytes(name)) for name in code.files))
        else:
            code.extract(target)
