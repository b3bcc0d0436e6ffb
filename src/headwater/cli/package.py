"""`package`: the code that a run of the flow would keep.

With --json `list` writes an object a line: path, size (bytes); `info` answers with one document: folder, script, files
(how many), size, hash; `save` with file, files, size of the archive, hash.
"""

import os
import sys
from pathlib import Path

import click

from headwater.cli.commands import PACKAGE_SUFFIXES, Shared, command_with
from headwater.cli.errors import say
from headwater.cli.json import to_line
from headwater.cli.metaflow_options import granted
from headwater.cli.saving import writing
from headwater.cli.streams import Sink
from headwater.environments.archive import make_archive
from headwater.environments.code import code_digest, list_code
from headwater.environments.tree import SourceFile
from headwater.errors import FlowLoadError
from headwater.flow.package import package_of
from headwater.flow.spec import FlowSpec
from headwater.settings import resolve_settings
from headwater.wording import counted, size, table

_OTHERS = (".zip", ".tar", ".tar.bz2", ".tar.xz", ".whl")


def command(cls: type[FlowSpec]) -> click.Command:
    text = "Look at the code that a run of the flow would keep."
    group = click.Group("package", help=text, params=[*granted("--timeout")])

    def show_list(shared: Shared) -> None:
        out = Sink(sys.stdout)
        for file in _files(cls, shared):
            if shared.json:
                out.write(to_line({"path": file.relative, "size": file.size}))
            else:
                out.line(file.relative)

    def show_info(shared: Shared) -> None:
        files = _files(cls, shared)
        script = _script(cls)
        document = {
            "folder": str(script.parent),
            "script": script.name,
            "files": len(files),
            "size": sum(file.size for file in files),
            "hash": code_digest(files),
        }
        out = Sink(sys.stdout)
        if shared.json:
            out.write(to_line(document))
            return
        largest = sorted(files, key=lambda file: -file.size)[:5]
        total = size(sum(file.size for file in files))
        out.line(f"{counted(len(files), 'file')}, {total}, of {script.parent}  (hash {document['hash']})")
        for line in table(("largest", "size"), [(file.relative, size(file.size)) for file in largest]):
            out.line(f"  {line}")

    def save(shared: Shared, file: str) -> None:
        if file.endswith(_OTHERS):
            raise click.UsageError(f"{file} is named as another kind of archive. It is a gzipped tar: FILE.tgz.")
        files = _files(cls, shared)
        packed = make_archive((one.relative, Path(one.path).read_bytes()) for one in files)
        with writing(file):
            Path(file).write_bytes(packed)
        if shared.json:
            document = {"file": file, "files": len(files), "size": len(packed), "hash": code_digest(files)}
            Sink(sys.stdout).write(to_line(document))
        elif not shared.quiet:
            say(f"{counted(len(files), 'file')} in {file}, {size(len(packed))}.")

    shown = {"--json", "--datastore-root"}
    idle = granted("--archive/--no-archive")
    group.add_command(command_with("list", show_list, idle, shown=shown, help="List the files."))
    group.add_command(command_with("info", show_info, shown=shown, help="Say how much it is, and of what."))
    group.add_command(
        command_with(
            "save",
            save,
            [click.Argument(["file"], metavar="FILE")],
            shown={"--json", "--quiet", "--datastore-root"},
            help="Write the files into a gzipped tar archive. Equal files make equal bytes.",
        )
    )
    return group


def _script(cls: type[FlowSpec]) -> Path:
    file = getattr(sys.modules[cls.__module__], "__file__", None)
    if file is None:
        raise FlowLoadError(f"{cls.__name__} was not defined in a file, so it has no package.")
    return Path(os.path.abspath(file))


def _files(cls: type[FlowSpec], shared: Shared) -> list[SourceFile]:
    root = resolve_settings(os.environ, Path.cwd(), shared.datastore_root).datastore_root
    more = click.get_current_context().find_root().params.get(PACKAGE_SUFFIXES)
    package = package_of(cls).with_suffixes(more)
    return list_code(_script(cls), None if "://" in root else Path(root), say, package=package)
