"""`--pdb` and `--stop`: the debugger, opened where a step failed, or before its first line."""

import sys
from functools import wraps
from pathlib import Path
from types import TracebackType
from typing import Any

from headwater.flow.derived import derive
from headwater.flow.spec import FlowSpec

_HEADWATER = str(Path(__file__).resolve().parent.parent)
_LIBRARIES = ("-packages", "<frozen", sys.base_prefix + "/lib")


def open_debugger(exc: BaseException) -> None:
    """Let whoever runs the flow look around in the innermost frame of their own; frames of libraries are a `d` away."""
    import pdb
    from bdb import BdbQuit

    if isinstance(exc, (KeyboardInterrupt, BdbQuit)):  # somebody at the keyboard has had enough
        return
    print(f"{type(exc).__qualname__}: {exc}\nThe debugger is open; `quit` lets the run go on.", file=sys.stderr)
    trace, below = _authors(exc.__traceback__)

    class Debugger(pdb.Pdb):
        def setup(self, f: Any, tb: Any) -> None:
            super().setup(f, tb)
            self.curindex = max(0, self.curindex - below)
            self.curframe = self.stack[self.curindex][0]
            self.curframe_locals = self.curframe.f_locals

    if below:
        print(f"What raised it is {below} frames further down, in a library: `d` goes there.", file=sys.stderr)
    debugger = Debugger()
    debugger.reset()
    debugger.interaction(None, trace)


def stopping(flow: type[FlowSpec], step: str) -> type[FlowSpec]:
    """The flow with the debugger open at the first line of a step."""
    function: Any = getattr(flow, step)

    @wraps(function)
    def stopped(*arguments: Any) -> Any:
        import pdb

        return pdb.Pdb().runcall(function, *arguments)

    return derive(flow, {step: stopped})


def _authors(trace: TracebackType | None) -> tuple[TracebackType | None, int]:
    """A traceback from the first frame of the author's to the last that is not ours, and how many libraries' end it."""
    entries: list[TracebackType] = []
    while trace is not None:
        entries.append(trace)
        trace = trace.tb_next
    other = [entry for entry in entries if not entry.tb_frame.f_code.co_filename.startswith(_HEADWATER)]
    if not other:
        return (entries[0] if entries else None), 0
    other[-1].tb_next = None
    own = [place for place, entry in enumerate(other) if not _is_library(entry.tb_frame.f_code.co_filename)]
    return other[0], len(other) - 1 - own[-1] if own else 0


def _is_library(file: str) -> bool:
    return any(part in file for part in _LIBRARIES)
