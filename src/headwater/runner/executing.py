"""A run, or a task, that a process of its own executes, as the program that started it sees it."""

import asyncio
import json
import sys
from collections.abc import AsyncIterator
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, Self

from headwater import plugins
from headwater.errors import UsageError
from headwater.runner.flow_process import STREAMS, FlowProcess, Stream, Tail

if TYPE_CHECKING:
    from headwater.client.objects import Run
    from headwater.client.task import Task

_PAUSE_S = 0.05


class Identity(NamedTuple):
    """Who the run is, or the task."""

    pathspec: str
    root: str

    @classmethod
    def read(cls, path: Path) -> Self:
        """From the file of attributes."""
        told: dict[str, str] = json.loads(path.read_text("utf-8"))
        parts = [told[name] for name in ("flow_name", "run_id", "step_name", "task_id") if name in told]
        return cls("/".join(parts), told["metadata"])


class Executing:
    """What runs and tasks that are executed have in common."""

    def __init__(self, process: FlowProcess, identity: Identity, keep: object = None) -> None:
        self.command_obj = process
        self._identity = identity
        self._keep = keep  # the folder of the log files lives as long as this
        self._timed_out = False

    def __enter__(self) -> Self:
        """`with Runner(file).run() as running:` ends what still runs when the block does."""
        return self

    def __exit__(self, *_exc: object) -> None:
        end_quietly(self.command_obj)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_exc: object) -> None:
        await asyncio.to_thread(end_quietly, self.command_obj)

    @property
    def status(self) -> str:
        """`running`, `successful`, `failed`; `timeout` when `wait` ended it."""
        if self._timed_out:
            return "timeout"
        code = self.returncode
        return "running" if code is None else "failed" if code else "successful"

    @property
    def returncode(self) -> int | None:
        """The exit code of the command line; None while it runs."""
        return self.command_obj.returncode

    @property
    def stdout(self) -> str:
        """What was printed so far: by the steps, mostly."""
        return self.command_obj.printed("stdout")

    @property
    def stderr(self) -> str:
        """What was printed so far: progress and errors."""
        return self.command_obj.printed("stderr")

    async def wait(self, timeout: float | None = None, stream: Stream | None = None) -> Self:
        """Until it has ended; `stream`: print that meanwhile. After `timeout` seconds the run is ended."""
        printing = None if stream is None else asyncio.create_task(self._print(_checked(stream)))
        try:
            await asyncio.wait_for(self.command_obj.exited(), timeout)
        except TimeoutError:
            self._timed_out = True
            await asyncio.to_thread(self.command_obj.end)
        except asyncio.CancelledError:
            if printing is not None:
                printing.cancel()
            raise
        if printing is not None:
            await printing
        return self

    async def stream_log(self, stream: Stream, position: int | None = None) -> AsyncIterator[tuple[int, str]]:
        """(position, line) of what is printed, as it comes, to the end; from a position given before."""
        with Tail(self.command_obj.log_files[_checked(stream)], position or 0) as tail:
            while True:
                ended = self.returncode is not None  # before the look: what came later is seen by the next one
                for behind, line in tail.lines(to_the_end=ended):
                    yield behind, line
                if ended:
                    return
                await asyncio.sleep(_PAUSE_S)

    async def _print(self, stream: Stream) -> None:
        async for _, line in self.stream_log(stream):
            getattr(sys, stream).write(f"{line}\n")

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self._identity.pathspec}: {self.status}>"


class ExecutingRun(Executing):
    """A run that a process of its own executes."""

    @property
    def run(self) -> "Run":
        """The run as the client sees it, whatever the namespace; what is done can be read at once."""
        found: Run = plugins.load("face", "run")(*self._identity)
        return found


class ExecutingTask(Executing):
    """One task that `spin` executes."""

    @property
    def task(self) -> "Task":
        """The task as the client sees it; it is there once it has ended."""
        found: Task = plugins.load("face", "spun")(*self._identity)
        return found


def end_quietly(process: FlowProcess) -> None:
    """Whatever happens to it: nobody looks any more."""
    with suppress(OSError):
        process.end()


def _checked(stream: Any) -> Stream:
    for known in STREAMS:
        if stream == known:
            return known
    raise UsageError(f"There is no stream {stream!r}. They are {' and '.join(map(repr, STREAMS))}.")
