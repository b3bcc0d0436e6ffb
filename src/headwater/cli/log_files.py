"""Which logs a pathspec means."""

from collections.abc import Iterator
from contextlib import suppress
from typing import NamedTuple

import click

from headwater.client.reader import Reader
from headwater.errors import InvalidName
from headwater.metadata.positions import sort_key
from headwater.names import Pathspec, validate_task_id
from headwater.records.log import Stream
from headwater.storage import layout
from headwater.storage.base import Storage

_BOTH = frozenset({Stream.STDOUT, Stream.STDERR})


def stream_options() -> list[click.Option]:
    """Which of the streams are meant; `read_streams` says what they come to."""
    return [
        click.Option(["out", "--stdout/--no-stdout"], default=None, help="Only what went to stdout."),
        click.Option(["err", "--stderr/--no-stderr"], default=None, help="Only what went to stderr."),
        click.Option(["both", "--both/--no-both"], default=None, help="Both (the default)."),
    ]


def read_streams(out: bool | None, err: bool | None, both: bool | None) -> frozenset[Stream]:
    """stdout and stderr, or one of them."""
    if both:
        return _BOTH
    said = {Stream.STDOUT: out, Stream.STDERR: err}
    named = frozenset(stream for stream, flag in said.items() if flag)
    left = named or frozenset(stream for stream, flag in said.items() if flag is None)
    if not left or (both is False and not named):
        raise click.UsageError("Nothing is left to show. Say --stdout, --stderr or --both.")
    return left


class Log(NamedTuple):
    """The log of one attempt."""

    key: str
    step: str
    task_id: str
    attempt: int


def find_logs(reader: Reader, place: Pathspec, attempt: int | None) -> Iterator[Log]:
    """Logs in the order of steps, positions and attempts; those of tasks that were taken over stand with the origin.

    `attempt` None: all. An attempt that printed nothing has none.
    """
    assert place.run is not None
    run = reader.run_record(place.flow, place.run)
    for step in [place.step] if place.step else [node.name for node in run.nodes]:
        found = list(_own_logs(reader.documents, place.flow, place.run, step))
        for origin, taken in _taken_over(reader, place, step).items():
            found += [log for log in _own_logs(reader.storage, place.flow, origin, step) if log.task_id in taken]
        chosen = [log for log in found if place.task in (None, log.task_id) and attempt in (None, log.attempt)]
        yield from sorted(chosen, key=lambda log: (sort_key(log.task_id), log.attempt))


def newest_attempts(logs: Iterator[Log]) -> list[Log]:
    """Of each task the last attempt that printed; `logs` come in order."""
    return list({(log.step, log.task_id): log for log in logs}.values())


def _own_logs(storage: Storage, flow: str, run_id: str, step: str) -> Iterator[Log]:
    for name in storage.list_names(layout.logs(flow, run_id, step)):
        with suppress(InvalidName, ValueError):  # a file that is not ours
            task_id, attempt = layout.split_name(name)
            validate_task_id(task_id)
            if attempt is not None:
                yield Log(layout.log(flow, run_id, step, task_id, attempt), step, task_id, attempt)


def _taken_over(reader: Reader, place: Pathspec, step: str) -> dict[str, set[str]]:
    """Task ids by the run that really executed them, when that is another."""
    assert place.run is not None
    taken: dict[str, set[str]] = {}
    if reader.run_record(place.flow, place.run).origin_run_id is not None:
        for task in reader.tasks(place.flow, place.run, step):
            if task.run_id != place.run:
                taken.setdefault(task.run_id, set()).add(task.task_id)
    return taken
