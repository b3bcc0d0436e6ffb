"""The process that drives a run for another one; see `runner.elsewhere`.

python -m headwater.runner.driver PID_OF_THE_OTHER
"""

import io
import os
import pickle
import signal
import sys
import traceback
from pathlib import Path
from typing import Any

from headwater.errors import HeadwaterError, HostError
from headwater.flow.load import load_flow
from headwater.hosts.process import die_with_parent
from headwater.runner.elsewhere import LENGTH, Ended, Order
from headwater.runner.options import RunResult
from headwater.runner.raised import Raised
from headwater.runner.run import resume_flow, run_flow
from headwater.runner.spin import SpinResult, spin_flow
from headwater.scheduler.events import Event


class Wire:
    """Sends events to the process that wants to know; once it is gone, the run is asked to end."""

    def __init__(self, fd: int) -> None:
        self._fd = fd
        self._is_cut = False

    def __call__(self, event: Event | Ended | Raised) -> None:
        if self._is_cut:
            return
        data = pickle.dumps(event)
        try:
            _write(self._fd, LENGTH.pack(len(data)) + data)
        except BrokenPipeError:
            self._is_cut = True
            os.kill(os.getpid(), signal.SIGTERM)


def main() -> None:
    die_with_parent(int(sys.argv[1]), signal.SIGTERM)
    order: Order = pickle.load(sys.stdin.buffer)
    wire = Wire(_take_stdout())
    try:
        wire(Ended(_execute(order, wire)))
    except (HeadwaterError, KeyboardInterrupt) as exc:
        wire(Raised.of(exc))
    except Exception as exc:  # noqa: BLE001 - whatever it is, it is raised in the other process
        wire(Raised(HostError, f"{type(exc).__name__}: {exc}\n{traceback.format_exc()}", {}))


def _execute(order: Order, wire: Wire) -> RunResult | SpinResult:
    flow = load_flow(Path(order.file), order.class_name, order.module)
    if order.resume:
        return resume_flow(flow, order.step, order.origin_run_id, order.options, order.settings, wire)
    given = _Unpickler(io.BytesIO(order.parameters), order.module).load()
    if order.spin is not None and order.step is not None:
        spin = order.spin._replace(artifacts=given)
        return spin_flow(flow, order.step, spin, order.options, order.settings, wire)
    return run_flow(flow, given, order.options, order.settings, wire)


class _Unpickler(pickle.Unpickler):
    def __init__(self, stream: io.BytesIO, module: str) -> None:
        super().__init__(stream)
        self._module = module

    def persistent_load(self, pid: str) -> Any:
        """What stood in `__main__` there stands in the flow's module here."""
        found: Any = sys.modules[self._module]
        try:
            for name in pid.split("."):
                found = getattr(found, name)
        except AttributeError as exc:
            raise HostError(
                f"A parameter has a value of the class {pid}, which the flow does not use, so that it is not known "
                "where the flow runs. Name the class in the flow, or give a plain value."
            ) from exc
        return found


def _take_stdout() -> int:
    """Keep stdout for messages; what the author's file prints goes to stderr, and nothing can be read from stdin."""
    kept = os.dup(1)
    os.dup2(2, 1)
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.close(nothing)
    return kept


def _write(fd: int, data: bytes) -> None:
    while data:
        data = data[os.write(fd, data) :]


if __name__ == "__main__":
    main()
