"""`dump`: the values of a task, or of all tasks of a step.

With --json an object a line, for each task: pathspec, artifacts: NAME -> type, serializer, size (bytes), hash, summary.
"""

import pickle
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click

from headwater.artifacts.describe import describe, type_of
from headwater.artifacts.view import ArtifactView
from headwater.cli import values
from headwater.cli.commands import Shared, command_with
from headwater.cli.errors import say
from headwater.cli.json import to_line
from headwater.cli.reading import find, find_attempts, reader_of
from headwater.cli.saving import writing
from headwater.cli.streams import Sink
from headwater.client.reader import Reader
from headwater.errors import NotFound
from headwater.flow.spec import FlowSpec
from headwater.names import Pathspec
from headwater.wording import counted, plain, size


def command(cls: type[FlowSpec]) -> click.Command:
    def dump(
        shared: Shared, input_path: str, private: bool, max_value_size: int, include: str, file: str | None
    ) -> None:
        reader = reader_of(shared)
        wanted = frozenset(name.strip() for name in include.split(",") if name.strip())
        tasks = list(_tasks(reader, _place(reader, input_path, cls.__name__)))
        chosen = [(place, view, _choose(view, wanted, private)) for place, view in tasks]
        missing = wanted - {name for _, _, names in chosen for name in names}
        if missing:
            raise NotFound(f"There is no artifact {', '.join(map(repr, sorted(missing)))} in {input_path}.")
        if file is not None:
            _write(reader, chosen, Path(file), shared)
            return
        out = Sink(sys.stdout)
        for place, view, names in chosen:
            if shared.json:
                known = {name: values.document(view.ref(name)) for name in names}
                out.write(to_line({"pathspec": str(place), "artifacts": known}))
            else:
                for line in _lines(reader, place, view, names, max_value_size):
                    out.line(line)

    return command_with(
        "dump",
        dump,
        [
            click.Argument(["input_path"], metavar="RUN/STEP[/TASK]"),
            click.Option(
                ["private", "--private/--no-private"], default=False, help="Also artifacts whose names begin with _."
            ),
            click.Option(
                ["max_value_size", "--max-value-size"],
                type=click.IntRange(min=0),
                default=1000,
                show_default=True,
                metavar="BYTES",
                help="A larger value is described, not printed.",
            ),
            click.Option(["include", "--include"], default="", metavar="NAME,NAME", help="Only these artifacts."),
            click.Option(
                ["file", "--file"], metavar="FILE", help="Write a pickle of {pathspec: {name: value}} instead."
            ),
        ],
        shown={"--json", "--datastore-root"},
        help="Print the artifacts of a task, or of all tasks of a step. RUN may be `latest` or `latest-success`.",
    )


def _place(reader: Reader, text: str, flow: str) -> Pathspec:
    place = find(reader, text, flow)
    if place.step is None or place.artifact is not None:
        raise click.UsageError(f"{text} names no step and no task. Give RUN/STEP or RUN/STEP/TASK.")
    return place


def _tasks(reader: Reader, place: Pathspec) -> Iterator[tuple[Pathspec, ArtifactView]]:
    """The tasks that a pathspec means, and what can be read from the attempt that counts."""
    assert place.run is not None
    if place.task is not None:
        yield place, reader.view(place.flow, find_attempts(reader, place)[-1])
        return
    reader.run_row(place.flow, place.run)
    rows = reader.tasks(place.flow, place.run, place.step)
    if not rows:
        raise NotFound(f"{place} has no task. See the run's steps: headwater show {place.flow}/{place.run}")
    for row in rows:
        yield place._replace(task=row.task_id), reader.view(place.flow, row)


def _choose(view: ArtifactView, wanted: frozenset[str], private: bool) -> list[str]:
    if wanted:
        return sorted(wanted & view.names())
    return sorted(name for name in view.names() if private or not name.startswith("_"))


def _lines(reader: Reader, place: Pathspec, view: ArtifactView, names: list[str], max_value_size: int) -> Iterator[str]:
    yield f"{place}"
    width = max(map(len, names), default=0)
    for name in names:
        ref = view.ref(name)
        if ref.size <= max_value_size:
            shown = plain(repr(reader.load(ref, name, place)))
        else:
            shown = describe(ref)
        yield f"  {name:<{width}}  {type_of(ref)}, {size(ref.size)}  {shown}"


def _write(reader: Reader, chosen: list[tuple[Pathspec, ArtifactView, list[str]]], file: Path, shared: Shared) -> None:
    loaded: dict[str, dict[str, Any]] = {
        str(place): {name: reader.load(view.ref(name), name, place) for name in names} for place, view, names in chosen
    }
    with writing(file), file.open("wb") as stream:
        pickle.dump(loaded, stream, protocol=pickle.HIGHEST_PROTOCOL)
    if not shared.quiet:
        count = counted(sum(len(names) for names in loaded.values()), "artifact")
        say(f"{count} of {counted(len(loaded), 'task')} in {file}: a pickle of {{pathspec: {{name: value}}}}.")
