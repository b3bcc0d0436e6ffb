"""Exceptions as records: what went wrong, in one sentence, with the author's frames told apart."""

import linecache
import sys
import traceback
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType

from headwater.errors import ArtifactError, ExceptionWrapper, HeadwaterError, StepTimeout, StorageError
from headwater.flow.suggestions import suggestion
from headwater.records.task import Cause, CodeFrame, Failure, FailureKind
from headwater.vault.hidden import current_mask

_HEADWATER = str(Path(__file__).resolve().parent.parent)
_LIBRARIES = tuple({sys.prefix + "/lib", sys.base_prefix + "/lib"})
_MAX_TRACEBACK = 64_000  # characters kept in a record
_MAX_MESSAGE = 4_000
_MAX_NOTES, _MAX_NOTE = 10, 1_000
_MAX_CAUSES = 5


def failure_of(exc: BaseException, timeout_s: float | None = None) -> Failure:
    """The record of an exception that ended a step."""
    if isinstance(exc, StepTimeout):
        return _described(
            exc,
            FailureKind.TIMEOUT,
            f"The step was still running when its {timeout_s:g} s were over.",
            "Give it more time with @timeout, or make it faster.",
        )
    if isinstance(exc, SystemExit):
        return _exit_failure(exc)
    if isinstance(exc, KeyboardInterrupt):
        return _described(exc, FailureKind.INTERRUPTED, "The step was interrupted.")
    if isinstance(exc, MemoryError):
        return _described(
            exc,
            FailureKind.OUT_OF_MEMORY,
            f"The step ran out of memory: {_text_of(exc) or 'MemoryError'}.",
            "Ask for more with @resources(memory=...), or hold less at a time.",
        )
    if isinstance(exc, StorageError):
        return _described(exc, FailureKind.INTERNAL, _text_of(exc))
    if isinstance(exc, ArtifactError):
        return _described(exc, FailureKind.ARTIFACT, _text_of(exc))
    if isinstance(exc, HeadwaterError):
        return _described(exc, FailureKind.EXCEPTION, _text_of(exc))
    return _described(exc, FailureKind.EXCEPTION, f"{type(exc).__qualname__}: {_text_of(exc)}", suggestion(exc))


def wrapper_of(failure: Failure) -> ExceptionWrapper:
    """What `@catch` leaves in its artifact."""
    return ExceptionWrapper(failure.text, failure.type, failure.traceback)


def _exit_failure(exc: SystemExit) -> Failure:
    code = exc.code if isinstance(exc.code, int) else 0 if exc.code is None else 1
    if code == 0:
        message = "The step called sys.exit(0) before it reached self.next."
        remedy = "A step ends by calling self.next (the last one by returning): use return or an exception instead."
    else:
        said = f" saying {exc.code!r}" if isinstance(exc.code, str) else ""
        message = f"The step called sys.exit({code}){said}."
        remedy = "Raise an exception instead, so that its reason is kept."
    return _described(exc, FailureKind.EXIT, message, remedy, exit_code=code)


def _described(
    exc: BaseException, kind: FailureKind, message: str, remedy: str = "", exit_code: int | None = None
) -> Failure:
    trace = author_trace(exc)
    try:
        text = "".join(traceback.format_exception(type(exc), exc, trace))
    except Exception as broken:  # noqa: BLE001  an exception whose own __str__ raises must not hide the failure
        text = f"{type(exc).__qualname__} (its text could not be made: {type(broken).__qualname__})\n"
    text = _whole(text)
    if len(text) > _MAX_TRACEBACK:
        text = f"{text[: _MAX_TRACEBACK // 2]}\n... left out ...\n{text[-_MAX_TRACEBACK // 2 :]}"
    return Failure(
        kind=kind,
        message=_clean(message),
        remedy=remedy,
        type=_qualified(type(exc)),
        frames=_frames(trace),
        traceback=text,
        exit_code=exit_code,
        notes=_notes(exc),
        causes=tuple(_causes(exc)),
    )


def author_trace(exc: BaseException) -> TracebackType | None:
    """The traceback from the first frame on that is not Headwater's own."""
    trace = exc.__traceback__
    while trace is not None and trace.tb_next is not None and _is_ours(trace.tb_frame.f_code.co_filename):
        trace = trace.tb_next
    return trace


def _notes(exc: BaseException) -> tuple[str, ...]:
    """What `add_note` left; anybody may put anything there."""
    notes = getattr(exc, "__notes__", ())
    if not isinstance(notes, list | tuple):
        return ()
    return tuple(_whole(str(note))[:_MAX_NOTE] for note in notes[:_MAX_NOTES] if isinstance(note, str))


def _causes(exc: BaseException) -> Iterator[Cause]:
    """The exceptions behind one, nearest first, as Python would show them: its parts if it is a group, its chain."""
    seen = {id(exc)}
    if isinstance(exc, BaseExceptionGroup):
        yield from (_cause("part", part) for part in exc.exceptions[:_MAX_CAUSES])
    for _ in range(_MAX_CAUSES):
        relation, behind = "cause", exc.__cause__
        if behind is None and not exc.__suppress_context__:
            relation, behind = "context", exc.__context__
        if behind is None or id(behind) in seen:
            return
        seen.add(id(behind))
        yield _cause(relation, behind)
        exc = behind


def _cause(relation: str, exc: BaseException) -> Cause:
    return Cause(
        relation=relation,
        message=_whole(f"{type(exc).__qualname__}: {_text_of(exc)}")[:_MAX_MESSAGE],
        type=_qualified(type(exc)),
        notes=_notes(exc),
        frames=_frames(author_trace(exc)),
    )


def _frames(trace: TracebackType | None) -> tuple[CodeFrame, ...]:
    """Outermost first, at most 60."""
    summary = traceback.extract_tb(trace)
    kept = summary if len(summary) <= 60 else [*summary[:20], *summary[-40:]]
    return tuple(_frame(frame) for frame in kept)


def _frame(frame: traceback.FrameSummary) -> CodeFrame:
    written = linecache.getline(frame.filename, frame.lineno or 0) or frame.line or ""
    source = _clean(written.strip())
    begin, end = _columns(frame, written.rstrip())
    return CodeFrame(
        file=frame.filename,
        line=frame.lineno or 0,
        function=frame.name,
        source=source,
        author=_is_author(frame.filename),
        column=begin,
        end_column=end,
    )


def _columns(frame: traceback.FrameSummary, written: str) -> tuple[int, int]:
    """Where the failing expression stands in the stripped line; (0, 0) where that is the whole line, or not known."""
    if frame.colno is None or frame.end_colno is None:
        return 0, 0
    line = written.encode()  # Python counts bytes
    indent = len(written) - len(written.lstrip())
    begin = len(line[: frame.colno].decode("utf-8", "replace")) - indent
    end = len(written) - indent
    if frame.end_lineno == frame.lineno:
        end = len(line[: frame.end_colno].decode("utf-8", "replace")) - indent
    if begin < 0 or end <= begin or (begin == 0 and end >= len(written) - indent):
        return 0, 0
    return begin, end


def _is_ours(file: str) -> bool:
    return file.startswith(_HEADWATER)


def _is_author(file: str) -> bool:
    """Neither Headwater's own nor a library's."""
    return not (_is_ours(file) or file.startswith("<frozen") or "-packages" in file or file.startswith(_LIBRARIES))


def _qualified(kind: type[BaseException]) -> str:
    return kind.__qualname__ if kind.__module__ == "builtins" else f"{kind.__module__}.{kind.__qualname__}"


def _text_of(exc: BaseException) -> str:
    try:
        return str(exc)
    except Exception as broken:  # noqa: BLE001  as above
        return f"(its text could not be made: {type(broken).__qualname__})"


def _clean(text: str) -> str:
    """Text that JSON can hold: lone surrogates are spelled out."""
    return text.encode("utf-8", "backslashreplace").decode()


def _whole(text: str) -> str:
    """Text that is cut next: without secrets, since nobody could tell a piece of one."""
    mask = current_mask()
    return _clean(text) if mask is None else mask.text(_clean(text))
