"""A run that another process drives: what a notebook needs, whose own process has threads and must not be forked.

    this process                              python -m headwater.runner.driver
      Order, pickled ───────── stdin ────────►  imports the flow's file, runs it
      listener ◄── Frames ──── stdout ────────  Event, Event, ..., Ended or Raised
      Notice   ◄── lines ───── stderr ────────  what the flow's file prints when it is imported
      Ctrl-C ───────────────── SIGINT ───────►  ends the run and says so

The other process ends its run when this one dies.
"""

import io
import os
import pickle
import selectors
import struct
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from headwater.errors import HostError
from headwater.runner.options import RunOptions, RunResult
from headwater.runner.raised import Raised
from headwater.runner.spin import SpinOptions, SpinResult
from headwater.scheduler.events import Listener, Notice
from headwater.scheduler.interrupts import Interrupts, listening
from headwater.settings import Settings

LENGTH = struct.Struct(">I")
_PAUSE_S = 0.2  # between looks at what has come, signals too
_NOTEBOOK_BACKEND = "module://matplotlib_inline"


class Order(NamedTuple):
    """What the other process is to do."""

    file: str
    class_name: str
    module: str
    options: RunOptions
    settings: Settings
    parameters: bytes = b""  # by `pack`; of a run, and the artifacts that a spin is given
    resume: bool = False
    step: str | None = None
    origin_run_id: str | None = None
    spin: SpinOptions | None = None  # of `step`, which is then a pathspec


class Ended(NamedTuple):
    """The run went to its end."""

    result: RunResult | SpinResult


def run_elsewhere(order: Order, listener: Listener) -> Any:
    """Have the run driven, and tell the listener what happens; raises what the other process raised."""
    command = [sys.executable, "-m", "headwater.runner.driver", str(os.getpid())]
    pipe = subprocess.PIPE
    with (
        listening() as interrupts,
        # Of a group of its own: Ctrl-C reaches it through us, once.
        subprocess.Popen(
            command, stdin=pipe, stdout=pipe, stderr=pipe, env=child_environment(os.environ, sys.path), process_group=0
        ) as process,
    ):
        try:
            return _follow(process, order, listener, interrupts)
        except BaseException:
            process.kill()
            raise


def pack(values: Mapping[str, Any]) -> bytes:
    """Values for the other process, in which the classes of our `__main__` are in the flow's module."""
    stream = io.BytesIO()
    _Pickler(stream, protocol=5).dump(dict(values))
    return stream.getvalue()


class _Pickler(pickle.Pickler):
    def persistent_id(self, value: Any) -> str | None:
        """Classes and functions of the notebook are named, not copied: the flow's file defines them too."""
        if isinstance(value, type) and value.__module__ == "__main__":
            return value.__qualname__
        return None


def _follow(process: "subprocess.Popen[bytes]", order: Order, listener: Listener, interrupts: Interrupts) -> Any:
    assert process.stdin is not None
    try:
        with process.stdin as stdin:
            stdin.write(pickle.dumps(order))
    except BrokenPipeError:
        pass  # it ended already, and what it wrote says why
    for message in _messages(process, interrupts):
        if isinstance(message, Ended):
            return message.result
        if isinstance(message, Raised):
            raise message.error()
        listener(message)
    raise HostError(
        f"The process that drove the run ended with code {process.wait()} and did not say how the run went. "
        "What it wrote last stands above. Read the run back with the client, or resume it."
    )


def _messages(process: "subprocess.Popen[bytes]", interrupts: Interrupts) -> Iterator[Any]:
    """What comes on stdout, unpickled; lines of stderr as notices."""
    assert process.stdout is not None
    assert process.stderr is not None
    frames, lines, passed = _Frames(), _Lines(), 0
    with selectors.DefaultSelector() as selector:
        selector.register(process.stdout, selectors.EVENT_READ, frames)
        selector.register(process.stderr, selectors.EVENT_READ, lines)
        while selector.get_map():
            ready = selector.select(_PAUSE_S)
            for number in interrupts.received[passed:]:
                process.send_signal(number)
                passed += 1
            if not ready and process.poll() is not None:
                break  # its forks may hold the pipes for a while longer
            for key, _ in ready:
                data = os.read(key.fd, 1 << 16)
                if not data:
                    selector.unregister(key.fileobj)
                yield from key.data.feed(data)
    yield from lines.feed(b"")


class _Frames:
    """Bytes as they come, and the messages that are whole."""

    def __init__(self) -> None:
        self._rest = bytearray()

    def feed(self, data: bytes) -> Iterator[Any]:
        self._rest += data
        while len(self._rest) >= LENGTH.size:
            (length,) = LENGTH.unpack_from(self._rest)
            end = LENGTH.size + length
            if len(self._rest) < end:
                return
            whole = bytes(self._rest[LENGTH.size : end])
            del self._rest[:end]
            yield pickle.loads(whole)


class _Lines:
    """Text as it comes, and the lines that are whole; all of it when nothing more comes."""

    def __init__(self) -> None:
        self._rest = b""

    def feed(self, data: bytes) -> Iterator[Notice]:
        whole, newline, self._rest = (self._rest + data).rpartition(b"\n")
        if not data:
            whole, self._rest = whole + newline + self._rest, b""
        if whole:
            yield Notice(whole.decode("utf-8", "replace"))


def child_environment(environ: Mapping[str, str], path: Sequence[str]) -> dict[str, str]:
    """For a process that runs a flow of ours: our variables, but for the notebook's way to draw, and our folders."""
    found = {name: value for name, value in environ.items() if not value.startswith(_NOTEBOOK_BACKEND)}
    installed = (sys.prefix, sys.base_prefix)
    own = [os.path.abspath(entry) for entry in path if not os.path.abspath(entry).startswith(installed)]
    if own:
        found["PYTHONPATH"] = os.pathsep.join(dict.fromkeys(own))
    return found
