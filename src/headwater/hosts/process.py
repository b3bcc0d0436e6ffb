"""The process of one attempt: how it begins, whatever host it has, and how it ends as an interpreter would."""

import _signal  # type: ignore[import-not-found]  # typeshed lacks it; `signal` wraps it in enums, which costs forks
import atexit
import ctypes
import gc
import io
import os
import signal
import sys
import threading
import traceback
import weakref
from collections.abc import Callable
from typing import Any, TextIO

from headwater.errors import FlowError
from headwater.hosts.protocol import Start
from headwater.hosts.work import Work
from headwater.records.task import TaskSpec
from headwater.vault import hidden

EXIT_BROKEN = 70  # EX_SOFTWARE: the worker itself raised
_PR_SET_PDEATHSIG = 1

# Bound before any fork: a call then costs one microsecond and takes no lock. None on systems without it.
_prctl: Any = getattr(ctypes.PyDLL(None), "prctl", None) if sys.platform == "linux" else None


def die_with_parent(parent: int, number: int = signal.SIGKILL) -> None:
    """Ask the kernel for a signal when the parent dies; exits at once when it has died before."""
    if _prctl is not None:
        _prctl(_PR_SET_PDEATHSIG, number, 0, 0, 0)
    if os.getppid() != parent:
        os._exit(EXIT_BROKEN)


def forget_exit_handlers() -> None:
    """Drop what the driver and the author's imports would do at exit: a fork does only what it registered itself.

    The handlers of the standard library's own modules are put back; they act on what is registered with them later.
    """
    atexit._clear()
    weakref.finalize._registry.clear()  # type: ignore[attr-defined]  # no public way to detach all
    weakref.finalize._registered_with_atexit = False  # type: ignore[attr-defined]  # so that the next one registers anew
    logging: Any = sys.modules.get("logging")
    if logging is not None:
        atexit.register(logging.shutdown)
    util: Any = sys.modules.get("multiprocessing.util")
    if util is not None:
        util._finalizer_registry.clear()
        atexit.register(util._exit_function)


def occupy_standard_descriptors() -> None:
    """Put /dev/null where 0, 1 or 2 is closed, or a socket would get that number and be taken for a stream."""
    for fd in (0, 1, 2):
        try:
            os.fstat(fd)
        except OSError:
            os.open(os.devnull, os.O_RDWR)  # gets the lowest number that is free, which is this one


def prepare_streams() -> None:
    """Text streams on descriptors 0, 1, 2 that write line by line and never fail on a character.

    A stream that is there already is kept, since the author's modules may hold it (a logging handler does). Nobody can
    type here, so `breakpoint()` says so.
    """
    sys.breakpointhook = _refuse_breakpoint
    null = os.open(os.devnull, os.O_RDONLY)
    os.dup2(null, 0)
    os.close(null)
    sys.stdin = open(0, encoding="utf-8", closefd=False)  # noqa: SIM115  it lives as long as the process
    sys.stdout = _line_stream(sys.stdout, 1)
    sys.stderr = _line_stream(sys.stderr, 2)


def _refuse_breakpoint(*arguments: Any, **options: Any) -> Any:
    """What `breakpoint()` does; PYTHONBREAKPOINT names another debugger, or none, as everywhere."""
    if os.environ.get("PYTHONBREAKPOINT"):
        return sys.__breakpointhook__(*arguments, **options)
    raise FlowError(
        "breakpoint() was called in a step that runs in a process of its own, where nobody can type. "
        "Run the step in the foreground: spin STEP --isolation none, or run --isolation none for all of them."
    )


def _line_stream(stream: TextIO | None, fd: int) -> TextIO:
    if isinstance(stream, io.TextIOWrapper):
        try:
            if stream.fileno() == fd:
                stream.reconfigure(encoding="utf-8", errors="backslashreplace", line_buffering=True)
                return stream
        except (OSError, ValueError):  # it has no descriptor, or is closed: make another
            pass
    return open(fd, "w", buffering=1, encoding="utf-8", errors="backslashreplace", closefd=False)


def hold_termination(held: bool) -> None:
    """Around a fork: SIGTERM to a child that still has the host's handler would be lost."""
    _signal.pthread_sigmask(_signal.SIG_BLOCK if held else _signal.SIG_UNBLOCK, (_signal.SIGTERM,))


def default_signals() -> None:
    """The handlers of a fresh interpreter, for the signals that the host handles."""
    _signal.set_wakeup_fd(-1)
    _signal.signal(_signal.SIGINT, _signal.default_int_handler)
    _signal.signal(_signal.SIGTERM, _signal.SIG_DFL)
    _signal.signal(_signal.SIGCHLD, _signal.SIG_DFL)
    hold_termination(False)


def run_to_exit(work: Work, place: Any, request: Start, spec: TaskSpec, refresh: Callable[[], None]) -> None:
    """Run the attempt in this process, then end the process. Does not return."""
    code = EXIT_BROKEN
    try:
        gc.enable()
        if request.environ:
            os.environ.update(request.environ)
        if request.secrets:
            os.environ.update(request.secrets)
            hidden.hide(request.secrets.values())
        refresh()
        code = work.run(place, spec)
        _finish()
    except BaseException:  # noqa: BLE001  nothing may get out of a fork: the driver's code would go on in it
        _report()
    finally:
        os._exit(code)


def _finish() -> None:
    """What the interpreter does at its end, without tearing it down."""
    threading._shutdown()  # type: ignore[attr-defined]  # joins threads that are not daemons, as multiprocessing does
    atexit._run_exitfuncs()
    _flush()


def _flush() -> None:
    for stream in {sys.stdout, sys.stderr, sys.__stdout__, sys.__stderr__}:
        try:
            if stream is not None:
                stream.flush()
        except (OSError, ValueError):
            pass  # closed by the step, or nobody reads: there is nobody to tell


def _report() -> None:
    try:
        traceback.print_exc()
        _flush()
    except Exception:  # noqa: BLE001, S110  without a stderr there is nobody to tell
        pass
