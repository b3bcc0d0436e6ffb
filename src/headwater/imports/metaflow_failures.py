"""Why a Metaflow attempt failed, from what it kept of its exception."""

import re

from headwater.errors import ExceptionWrapper
from headwater.records.task import CodeFrame, Failure, FailureKind

_NO_REASON = "The task failed, and its reason was not kept."
_FRAME = re.compile(
    r'^  File "(?P<file>[^"\n]+)", line (?P<line>\d+), in (?P<function>.+)(?:\n    (?P<source>.+))?', re.MULTILINE
)
_MAX_FRAMES = 60
_LIBRARIES = ("-packages/", "<frozen")


def failure_of(raised: object) -> Failure:
    """`raised`: the wrapper that Metaflow kept, or nothing that is known."""
    if not isinstance(raised, ExceptionWrapper):
        return Failure(kind=FailureKind.EXCEPTION, message=_NO_REASON)
    kind = str(raised.type or "").removeprefix("builtins.")
    text, trace = str(raised.exception or ""), str(raised.stacktrace or "")
    return Failure(
        kind=FailureKind.EXCEPTION,
        message=f"{kind.rpartition('.')[2]}: {text}" if kind else text or _NO_REASON,
        type=kind,
        traceback=trace,
        frames=tuple(map(_frame, list(_FRAME.finditer(trace))[-_MAX_FRAMES:])),
    )


def _frame(match: "re.Match[str]") -> CodeFrame:
    return CodeFrame(
        file=match["file"],
        line=int(match["line"]),
        function=match["function"],
        source=(match["source"] or "").strip(),
        author=not any(mark in match["file"] for mark in _LIBRARIES),
    )
