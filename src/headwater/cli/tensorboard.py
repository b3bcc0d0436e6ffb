"""`headwater tensorboard PATHSPEC`: TensorBoard over the event files that tasks kept, from any root.

With --json one document: folder, files (relative to it).
"""

import os
import shutil
import signal
import sys
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import click

from headwater.artifacts.files import write_below
from headwater.artifacts.folder import Folder
from headwater.cli.commands import Shared, command_with
from headwater.cli.errors import say
from headwater.cli.json import to_line
from headwater.cli.reading import find, find_attempts, reader_of, with_run
from headwater.cli.saving import require_empty, writing
from headwater.cli.streams import Sink
from headwater.client.reader import Reader
from headwater.errors import HeadwaterError, NotFound
from headwater.names import Pathspec
from headwater.records.artifact import ArtifactRef
from headwater.wording import counted

_INTERRUPTED = 130
_MARK = "tfevents"  # in the name of every event file
_TYPES = frozenset({"headwater.artifacts.folder.Folder", "builtins.dict"})


def command() -> click.Command:
    return command_with(
        "tensorboard",
        show,
        [
            click.Argument(["pathspec"], metavar="FLOW[/RUN[/STEP[/TASK[/ARTIFACT]]]]"),
            click.Option(["save", "--save"], metavar="FOLDER", help="Write the event files there, and start nothing."),
            click.Option(["port", "--port"], type=int, metavar="PORT", help="Where TensorBoard listens."),
        ],
        shown={"--json", "--quiet", "--datastore-root"},
        help="Show the TensorBoard event files that tasks kept: artifacts that are a Folder, or a dict of file names "
        "and bytes.",
    )


def show(shared: Shared, pathspec: str, save: str | None, port: int | None) -> int:
    reader = reader_of(shared)
    place = with_run(reader, find(reader, pathspec))
    if save is not None:
        require_empty(Path(save))
    program = None if save is not None else _find_program()
    target = Path(save) if save is not None else Path(tempfile.mkdtemp(prefix="headwater-tensorboard-"))
    try:
        with writing(target):
            written = [str(path.relative_to(target)) for path in _write_all(reader, place, target)]
        if not written:
            raise NotFound(
                f"No task of {place} kept event files. Keep the folder that a writer wrote to: "
                "from headwater import Folder, then self.events = Folder(writer.log_dir)."
            )
        if shared.json:
            Sink(sys.stdout).write(to_line({"folder": str(target), "files": written}))
        elif not shared.quiet:
            say(f"{counted(len(written), 'event file')} of {place} in {target}.")
        return _start(program, target, port) if program is not None else 0
    finally:
        if save is None:
            shutil.rmtree(target, ignore_errors=True)


def _find_program() -> str:
    """TensorBoard, beside this Python or on the PATH."""
    beside = os.path.dirname(sys.executable)
    found = shutil.which("tensorboard", path=f"{beside}{os.pathsep}{os.environ.get('PATH', '')}")
    if found is None:
        raise HeadwaterError(
            "TensorBoard is not installed. Install it (pip install tensorboard), or write the event files out with "
            "--save FOLDER."
        )
    return found


def _start(program: str, target: Path, port: int | None) -> int:
    # Here, not above: only this command waits for a program of somebody else's.
    import subprocess

    options = ["--port", str(port)] if port is not None else []
    process = subprocess.Popen([program, "--logdir", str(target), *options])
    before = signal.signal(signal.SIGTERM, lambda *_: process.terminate())  # ours alone would leave it running
    try:
        code = process.wait()
    except KeyboardInterrupt:  # it has heard it too
        code = process.wait()
    finally:
        signal.signal(signal.SIGTERM, before)
    return 0 if code < 0 or code == _INTERRUPTED else code


def _write_all(reader: Reader, place: Pathspec, target: Path) -> Iterator[Path]:
    """Write the event files of each task below a folder that is named like it."""
    for task, ref, name in _candidates(reader, place):
        files = _event_files(reader.load(ref, name, task))
        for file, content in files.items():
            yield write_below(target / str(task.step) / str(task.task) / name, file, content, f"{task}/{name}")


def _candidates(reader: Reader, place: Pathspec) -> Iterator[tuple[Pathspec, ArtifactRef, str]]:
    """Artifacts that may hold event files, where they were written; inherited ones are met once."""
    assert place.run is not None
    if place.task is not None:
        rows = [find_attempts(reader, place._replace(artifact=None))[-1]]
    else:
        rows = reader.tasks(place.flow, place.run, place.step)
    for row in rows:
        view = reader.view(place.flow, row)
        task = Pathspec(place.flow, row.run_id, row.step, row.task_id)
        names = view.names() if place.task is not None else view.record.artifacts
        for name in sorted(names):
            ref = view.ref(name)
            if ref.type in _TYPES and place.artifact in (None, name):
                yield task, ref, name


def _event_files(value: Any) -> dict[str, bytes]:
    if isinstance(value, Folder):
        return {name: value[name] for name in value.files if _MARK in Path(name).name}
    if isinstance(value, Mapping):
        return {
            name: bytes(content)
            for name, content in value.items()
            if isinstance(name, str)
            and isinstance(content, bytes | bytearray | memoryview)
            and _MARK in Path(name).name
        }
    return {}
