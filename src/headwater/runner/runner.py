"""`Runner`: the command line of a flow's file from Python, waited for or not.

    Runner(file) ── python FILE [options] run ... ──► process ──► run
         ▲                                               │
         └── ExecutingRun ◄── file of attributes, logs ──┘

The flow runs as it would from a terminal, in a process of its own: nothing of it is imported here.
"""

import atexit
import inspect
import os
import shutil
import sys
import tempfile
import weakref
from collections.abc import Coroutine, Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any, Generic, NamedTuple, Self, TypeVar

from headwater.errors import CommandFailed, UsageError
from headwater.runner.arguments import command_line, parameters_json
from headwater.runner.executing import Executing, ExecutingRun, ExecutingTask, Identity, end_quietly
from headwater.runner.flow_file import FlowFile
from headwater.runner.flow_process import FlowProcess, file_is_there, wait_for_file
from headwater.runner.signatures import Told, signature_of

E = TypeVar("E", bound=Executing)
R = TypeVar("R")

PARAMS = "params.json"
_USAGE = 2  # the exit code of a command line that was not understood
_running: "weakref.WeakSet[FlowProcess]" = weakref.WeakSet()


class Runner(FlowFile):
    """Runs the flow in a file, again and again, with what is said here in common.

    `show_output`: what a run prints that is waited for is printed here too. `profile`: the profile of settings.
    `env`: environment variables on top of this process's. `cwd`: where the run is started. `file_read_timeout`: seconds
    that a run may take to begin. Further keywords are options that stand before the command: `config=[("name", file)]`,
    `config_value`, `branch`, `production`, `decospecs`...

    As a context manager it ends what still runs and removes the files of output when the block ends; `cleanup` does so
    too. `run` returns when the run has ended; `await async_run(...)` as soon as it has begun.
    """

    def __init__(
        self,
        flow_file: str | os.PathLike[str],
        show_output: bool = True,
        profile: str | None = None,
        env: Mapping[str, str] | None = None,
        cwd: str | os.PathLike[str] | None = None,
        file_read_timeout: float = 3600,
        **top_level_kwargs: Any,
    ) -> None:
        super().__init__(flow_file, show_output, profile, env, cwd, file_read_timeout, **top_level_kwargs)
        self._begun: list[tuple[FlowProcess, Folder]] = []

    @cached_property
    def run(self) -> "Blocking[ExecutingRun]":
        """Run the flow to its end: options and parameters of its `run` are keywords."""
        return Blocking(self, Kind("run", ExecutingRun))

    @cached_property
    def async_run(self) -> "Awaited[ExecutingRun]":
        """Begin a run, and return when it has begun."""
        return Awaited(self, Kind("run", ExecutingRun))

    @cached_property
    def resume(self) -> "Blocking[ExecutingRun]":
        """Resume a run to its end: `origin_run_id`, `step_to_rerun`, and the options of `resume`."""
        return Blocking(self, Kind("resume", ExecutingRun))

    @cached_property
    def async_resume(self) -> "Awaited[ExecutingRun]":
        """Begin to resume a run, and return when that has begun."""
        return Awaited(self, Kind("resume", ExecutingRun))

    @cached_property
    def spin(self) -> "Blocking[ExecutingTask]":
        """Run one step on the inputs of a past task: `spin("train")`, `spin("12/train/3")`."""
        return Blocking(self, Kind("spin", ExecutingTask))

    @cached_property
    def async_spin(self) -> "Awaited[ExecutingTask]":
        """Begin to run one step, and return when it has begun."""
        return Awaited(self, Kind("spin", ExecutingTask))

    @property
    def program(self) -> list[str]:
        """How the flow's command line is called."""
        return [sys.executable, self.flow_file]

    def cleanup(self) -> None:
        """End what still runs, and remove the files of output."""
        while self._begun:
            process, folder = self._begun.pop()
            end_quietly(process)
            folder.remove()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc: object) -> None:
        self.cleanup()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *exc: object) -> None:
        self.cleanup()

    def _start(self, command: str, words: Sequence[str], given: Mapping[str, Any]) -> "Started":
        folder = Folder()
        attributes = folder.path / "attributes.json"
        before, after, parameters = command_line(self.top_level_kwargs, given)
        if parameters and command != "run":
            names = ", ".join(map(repr, parameters))
            raise UsageError(f"{command} takes no {names}: it has the parameters of its origin.")
        if parameters:
            file = folder.path / PARAMS
            file.write_bytes(parameters_json(parameters))
            after += ["--params", str(file)]
        after += ["--runner-attribute-file", str(attributes)]
        line = [*self.program, *before, command, *words, *after]
        process = FlowProcess(line, folder.path, self.cwd, self.env)
        self._begun.append((process, folder))
        _running.add(process)
        return Started(process, attributes, folder)


class Folder:
    """Where one process's output is, as long as somebody may look."""

    def __init__(self) -> None:
        self.path = Path(tempfile.mkdtemp(prefix="headwater-runner-"))
        self.remove = weakref.finalize(self, shutil.rmtree, self.path, ignore_errors=True)


class Kind(NamedTuple, Generic[E]):
    """A command, and what it makes."""

    command: str
    makes: type[E]


class Started(NamedTuple):
    """A process of which nothing is known yet."""

    process: FlowProcess
    attributes: Path
    folder: object

    def identified(self, kind: "Kind[E]") -> E:
        """What it executes; the error that it ended with where there is nothing."""
        if not self.attributes.exists():
            raise self._error(kind.command)
        return kind.makes(self.process, Identity.read(self.attributes), self.folder)

    def _error(self, command: str) -> Exception:
        code = self.process.returncode
        if code is None:
            self.process.end()
            return CommandFailed(command, None, "", "It was ended: it did not begin in time. See file_read_timeout.")
        said = self.process.printed("stderr").strip()
        if code == _USAGE:
            return UsageError(said.rpartition("Error: ")[2].replace(f" by {self.attributes.with_name(PARAMS)}", ""))
        return CommandFailed(command, code, said)


class Command(Generic[E, R]):
    """One command of a flow, to be called with its options as keywords; its signature is made from the flow's own."""

    def __init__(self, runner: Runner, kind: Kind[E]) -> None:
        self._runner = runner
        self._kind = kind
        self.__name__ = kind.command

    @property
    def __signature__(self) -> inspect.Signature:
        runner = self._runner
        before = command_line(runner.top_level_kwargs, {}).before
        stamp = os.stat(runner.flow_file).st_mtime_ns
        return signature_of(self._kind.command, Told((*runner.program, *before), stamp, runner.cwd, runner.env))


class Blocking(Command[E, E]):
    """Returns when the process has ended."""

    def __call__(self, *words: str, **given: Any) -> E:
        started = self._runner._start(self._kind.command, words, given)
        if wait_for_file(started.process, started.attributes, self._runner.file_read_timeout):
            started.process.wait(self._runner.show_output)
        return started.identified(self._kind)


class Awaited(Command[E, Coroutine[Any, Any, E]]):
    """Returns when the process has told who it is."""

    async def __call__(self, *words: str, **given: Any) -> E:
        started = self._runner._start(self._kind.command, words, given)
        await file_is_there(started.process, started.attributes, self._runner.file_read_timeout)
        return started.identified(self._kind)


@atexit.register
def _end_all() -> None:
    """A program that ends leaves no run behind that nobody watches."""
    for process in list(_running):
        end_quietly(process)
