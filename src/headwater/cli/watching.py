"""`run --watch`: a run for every change of the flow's source, from the first step that the change touches.

    source ─► fingerprints ─► run ─► waiting ─► a change ─┬─ touches nothing ─► waiting
                               ▲                          └─ touches steps ─► end what runs ─┐
                               └──────── a new run, with what still holds of the last ───────┘

Every run is a process of its own, which imports the source afresh. The files are looked at every 0.3 s: a handful of
calls of stat. Ctrl-C ends the run that goes on, and the watch.
"""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterable, Mapping
from contextlib import suppress
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, NamedTuple

import click

from headwater.artifacts.telling import shown_path
from headwater.cli.commands import Shared
from headwater.cli.errors import INTERRUPTED, say
from headwater.flow.config import configs_of, declared
from headwater.flow.config_reading import sources_of_environment
from headwater.flow.derived import origin_of
from headwater.flow.fingerprints import Fingerprints, fingerprints
from headwater.flow.include_file import IncludedFile, IncludeFile
from headwater.flow.parameters import parameters_of
from headwater.flow.spec import FlowSpec
from headwater.wording import clock, counted

_EVERY_S = 0.3
_SETTLES_S = 0.05  # an editor may write a file in several goes
_MISSING = (0, 0)  # the stamp of a file that is not there
_LISTED = 6  # steps that are named


class Moment(NamedTuple):
    """The source as it was at one moment."""

    prints: Fingerprints
    stamps: Mapping[Path, tuple[int, int]]  # of its files, of those that are missing, and of what is given


class Base(NamedTuple):
    """A run that the next one goes on from, and the source that it had."""

    run_id: str
    source: Moment


class Unreadable(NamedTuple):
    """Source that cannot be parsed."""

    problem: str
    stamps: Mapping[Path, tuple[int, int]]


def watch_flow(cls: type[FlowSpec], shared: Shared, values: Mapping[str, Any]) -> int:
    """Run the flow for every change, until Ctrl-C."""
    if shared.json:
        raise click.UsageError("--watch is for a person who looks, and --json for a program. Leave one of them out.")
    file = Path(os.path.abspath(str(sys.modules[cls.__module__].__file__)))
    given = [Path(os.path.abspath(path)) for path in _given_files(cls, file.parent, values)]
    with TemporaryDirectory(prefix="headwater-watch-") as folder:
        watch = _Watch(file, cls.__name__, given, Path(folder) / "run.json")
        with suppress(KeyboardInterrupt):
            watch.forever()
        return watch.end()


def _given_files(cls: type[FlowSpec], folder: Path, values: Mapping[str, Any]) -> Iterable[str]:
    """Files of configs and of parameters: those that were named, and those that are defaults."""
    for config in configs_of(origin_of(cls)).values():
        default = declared(config).default
        if isinstance(default, str):
            yield from (default, str(folder / default))  # looked for in this order
    for source in sources_of_environment(os.environ).values():
        if isinstance(source.file, str):
            yield from (source.file, str(folder / source.file))
    for name, parameter in parameters_of(cls).items():
        path = values.get(name, parameter.default) if isinstance(parameter, IncludeFile) else None
        if isinstance(path, IncludedFile):
            yield path.path
        elif isinstance(path, str):
            yield os.path.expanduser(path)
    ctx = click.get_current_context()
    for given in (*values.values(), *ctx.find_root().params.values()):
        for one in given if isinstance(given, tuple) else ():
            if isinstance(one, tuple) and len(one) == 2 and os.path.isfile(str(one[1])):
                yield str(one[1])


class _Watch:
    """The source, the run that goes on, and the one to go on from."""

    def __init__(self, file: Path, flow: str, given: list[Path], attributes: Path) -> None:
        self._file = file
        self._flow = flow
        self._given = given
        self._attributes = attributes
        self._command = [sys.executable, *(word for word in sys.orig_argv[1:] if word != "--watch")]
        self._base: Base | None = None
        self._process: subprocess.Popen[bytes] | None = None
        self._failed = False  # the last run did

    def forever(self) -> None:
        source = self._look(())
        while True:
            if isinstance(source, Moment):
                source = self._run(source)
            else:
                say(f"{source.problem}\nWaiting until it is corrected.")
                source = self._next(source)

    def end(self) -> int:
        """After Ctrl-C, which what runs has heard as well."""
        process = self._process
        if process is None or process.poll() is not None:
            return 0
        process.wait()
        return INTERRUPTED

    # One run

    def _run(self, source: Moment) -> Moment | Unreadable:
        """Run what the source needs; the source that comes after it."""
        words = self._words(source)
        if words is None:
            return self._next(source)
        self._attributes.unlink(missing_ok=True)
        self._process = subprocess.Popen([*self._command, "--runner-attribute-file", str(self._attributes), *words])
        later = self._wait(self._process, source)
        self._failed = self._process.returncode != 0
        self._note_run(source)
        if later is not None:
            return later
        files = counted(sum(stamp != _MISSING for stamp in source.stamps.values()), "file")
        say(f"{clock(time.time())}  Waiting for a change of {shown_path(str(self._file))} ({files}); Ctrl-C ends.")
        return self._next(source)

    def _words(self, source: Moment) -> list[str] | None:
        """What the run is told; None when nothing needs to run."""
        base = self._base
        if base is None:
            return []
        before, after = base.source, source
        files = [file for file, stamp in after.stamps.items() if before.stamps.get(file, _MISSING) != stamp]
        where = ", ".join(shown_path(str(file)) for file in files) or shown_path(str(self._file))
        if before.prints.given != after.prints.given or any(file in files for file in self._given):
            say(f"\n{clock(time.time())}  {where} changed: parameters or configs, so everything runs again.")
            return []
        touched = before.prints.changed_in(after.prints)
        same_steps = before.prints.steps.keys() == after.prints.steps.keys()
        if not touched and same_steps and not self._failed:
            say(f"{clock(time.time())}  {where} changed, but nothing that a step does.")
            self._base = Base(base.run_id, after)
            return None
        say(f"\n{clock(time.time())}  {where} changed: {_what(touched, same_steps)}.")
        return ["--continue-run", base.run_id, *(["--again", ",".join(touched)] if touched else [])]

    def _note_run(self, source: Moment) -> None:
        """From here on the run is the one to go on from, if it began."""
        try:
            told = json.loads(self._attributes.read_text("utf-8"))
        except (OSError, ValueError):
            return
        self._base = Base(told["run_id"], source)

    def _wait(self, process: "subprocess.Popen[bytes]", source: Moment) -> Moment | Unreadable | None:
        """Until the run ends (None), or the source asks for another, for which this one is ended."""
        seen: Moment | Unreadable = source
        while process.poll() is None:
            time.sleep(_EVERY_S)
            later = self._look(source.stamps) if self._moved(seen) else None
            if later is None:
                continue
            seen = later
            if isinstance(later, Unreadable):
                say(f"{later.problem}\nThe run goes on.")
            elif later.prints != source.prints and self._is_right():
                say(f"{clock(time.time())}  The source changed: this run is ended.")
                process.send_signal(signal.SIGINT)
                process.wait()
                return later
        return None if seen is source else seen

    def _is_right(self) -> bool:
        """Whether the flow can run as it is now; what is wrong is shown, and the run goes on."""
        command = [*self._command, "--only-check"]
        done = subprocess.run(command, stdin=subprocess.DEVNULL, check=False)
        return done.returncode == 0

    # The source

    def _next(self, before: Moment | Unreadable) -> Moment | Unreadable:
        """The source once a file has changed."""
        while not self._moved(before):
            time.sleep(_EVERY_S)
        time.sleep(_SETTLES_S)
        return self._look(before.stamps)

    def _moved(self, before: Moment | Unreadable) -> bool:
        return any(_stamp(file) != stamp for file, stamp in before.stamps.items())

    def _look(self, known: Iterable[Path]) -> Moment | Unreadable:
        files = {self._file, *known}
        stamps = {file: _stamp(file) for file in files}  # before reading: what is written meanwhile is another change
        try:
            prints = fingerprints(self._file, self._flow)
        except SyntaxError as exc:
            return Unreadable(f"{shown_path(exc.filename or '')}:{exc.lineno} is not valid Python: {exc.msg}.", stamps)
        except KeyError:
            return Unreadable(f"{shown_path(str(self._file))} has no class {self._flow} now.", stamps)
        except OSError as exc:
            return Unreadable(f"{shown_path(str(exc.filename))} cannot be read: {exc.strerror}.", stamps)
        found = {*prints.files, *prints.awaited, *self._given}
        return Moment(prints, {file: stamps.get(file) or _stamp(file) for file in sorted(found)})


def _what(touched: tuple[str, ...], same_steps: bool) -> str:
    if not touched:
        return "what failed runs again" if same_steps else "the steps that there are"
    more = f" and {len(touched) - _LISTED} more" if len(touched) > _LISTED else ""
    return f"{'step' if len(touched) == 1 else 'steps'} {', '.join(touched[:_LISTED])}{more}"


def _stamp(file: Path) -> tuple[int, int]:
    try:
        found = file.stat()
    except OSError:  # an editor may be putting another in its place
        return _MISSING
    return found.st_mtime_ns, found.st_size
