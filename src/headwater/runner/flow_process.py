"""A flow's command line as a process of its own: what it prints goes to two files, which are read while it runs."""

import asyncio
import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import IO, Literal

Stream = Literal["stdout", "stderr"]
STREAMS: tuple[Stream, Stream] = ("stdout", "stderr")
_PAUSE_S = 0.02  # between two looks at what was printed
_GRACE_S = 10.0  # what a run may take to end its tasks before it is killed


class FlowProcess:
    """One command line, begun. It is the leader of a group of its own: Ctrl-C reaches it once, through us."""

    def __init__(self, command: Sequence[str], folder: Path, cwd: str, environ: Mapping[str, str]) -> None:
        self.command = list(command)
        self.log_files = {stream: str(folder / f"{stream}.log") for stream in STREAMS}
        with open(self.log_files["stdout"], "wb") as out, open(self.log_files["stderr"], "wb") as err:
            self.process = subprocess.Popen(
                self.command,
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=err,
                cwd=cwd,
                env=dict(environ),
                process_group=0,
            )

    @property
    def returncode(self) -> int | None:
        """None while it runs."""
        return self.process.poll()

    def printed(self, stream: Stream) -> str:
        """Everything so far."""
        return Path(self.log_files[stream]).read_text("utf-8", "replace")

    def wait(self, show: bool) -> None:
        """Until it has ended; `show`: what it prints, as it comes. Ctrl-C ends it, and is raised once it has ended."""
        with contextlib.ExitStack() as stack:
            shown = [(stack.enter_context(Tail(self.log_files[one])), getattr(sys, one)) for one in STREAMS if show]
            try:
                while self.returncode is None:
                    _copy(shown)
                    with contextlib.suppress(subprocess.TimeoutExpired):
                        self.process.wait(_PAUSE_S)
            except KeyboardInterrupt:
                self.end(signal.SIGINT)
                raise
            finally:
                _copy(shown)

    async def exited(self) -> None:
        """Until it has ended, without looking again and again."""
        try:
            descriptor = os.pidfd_open(self.process.pid)
        except OSError:  # it was reaped, or the system has no such descriptors
            while self.returncode is None:
                await asyncio.sleep(_PAUSE_S)
            return
        loop, ended = asyncio.get_running_loop(), asyncio.Event()
        loop.add_reader(descriptor, ended.set)
        try:
            await ended.wait()
        finally:
            loop.remove_reader(descriptor)
            os.close(descriptor)
        self.process.wait()

    def end(self, number: int = signal.SIGTERM) -> None:
        """Ask it to end its run, and make it when it does not."""
        if self.returncode is None:
            self.process.send_signal(number)
            try:
                self.process.wait(_GRACE_S)
            except subprocess.TimeoutExpired:
                with contextlib.suppress(ProcessLookupError):
                    os.killpg(self.process.pid, signal.SIGKILL)
                self.process.wait()


class Tail:
    """A file that grows, read from where it was read to."""

    def __init__(self, path: str, position: int = 0) -> None:
        self._file: IO[bytes] = open(path, "rb")  # noqa: SIM115  (closed on exit)
        self._file.seek(position)

    def read(self) -> bytes:
        return self._file.read()

    def lines(self, to_the_end: bool) -> Iterator[tuple[int, str]]:
        """(position behind the line, line) of what came since; a line without an end only when no more will come."""
        while line := self._file.readline():
            if not line.endswith(b"\n") and not to_the_end:
                self._file.seek(-len(line), os.SEEK_CUR)
                return
            yield self._file.tell(), line.decode("utf-8", "replace").rstrip("\n")

    def __enter__(self) -> "Tail":
        return self

    def __exit__(self, *exc: object) -> None:
        self._file.close()


def wait_for_file(process: FlowProcess, path: Path, patience_s: float) -> bool:
    """Until the file is there; False when the process ended, or patience did, without it."""
    deadline = time.monotonic() + patience_s
    while not path.exists():
        if process.returncode is not None or time.monotonic() >= deadline:
            return path.exists()
        time.sleep(_PAUSE_S)
    return True


async def file_is_there(process: FlowProcess, path: Path, patience_s: float) -> bool:
    """The same, while other tasks go on."""
    deadline = time.monotonic() + patience_s
    while not path.exists():
        if process.returncode is not None or time.monotonic() >= deadline:
            return path.exists()
        await asyncio.sleep(_PAUSE_S)
    return True


def _copy(shown: Sequence[tuple[Tail, IO[str]]]) -> None:
    for tail, stream in shown:
        data = tail.read()
        if data:
            stream.write(data.decode("utf-8", "replace"))
            stream.flush()
