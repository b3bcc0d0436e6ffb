"""`--pdb`: the debugger, opened where a step failed."""

import sys
from pathlib import Path
from types import TracebackType

_HEADWATER = str(Path(__file__).resolve().parent.parent)


def open_debugger(exc: BaseException) -> None:
    """Let whoever runs the flow look around in the innermost frame that is not Headwater's."""
    import pdb
    from bdb import BdbQuit

    if isinstance(exc, (KeyboardInterrupt, BdbQuit)):  # somebody at the keyboard has had enough
        return
    print(f"{type(exc).__qualname__}: {exc}\nThe debugger is open; `quit` lets the run go on.", file=sys.stderr)
    pdb.post_mortem(_authors(exc.__traceback__))


def _authors(trace: TracebackType | None) -> TracebackType | None:
    """A traceback from the first frame of the author's to the last that is not ours; as it is, if there is none."""
    entries: list[TracebackType] = []
    while trace is not None:
        entries.append(trace)
        trace = trace.tb_next
    other = [entry for entry in entries if not entry.tb_frame.f_code.co_filename.startswith(_HEADWATER)]
    if not other:
        return entries[0] if entries else None
    other[-1].tb_next = None
    return other[0]
