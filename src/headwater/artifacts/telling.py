"""A failure in lines of text: where, why, the author's own lines, what was behind it, what the step had read."""

import os
from collections.abc import Iterator, Sequence

from headwater.artifacts.describe import describe
from headwater.records.task import Cause, CodeFrame, Failure, SeenInput
from headwater.wording import plain

WIDE = 200  # columns, where nobody said how many there are
_INPUTS = 8


def first_line(failure: Failure) -> str:
    return plain(failure.message.strip().partition("\n")[0]) or failure.kind.value


def failure_lines(failure: Failure, full_traceback: bool = False, width: int = WIDE) -> Iterator[str]:
    """Below the first line: the rest of the message, the frames, what was behind it, the inputs, the remedy.

    Lines of source are cut to `width` columns, so that the marks below them stay below.
    """
    rest = failure.message.strip().partition("\n")[2]
    if full_traceback and failure.traceback:
        yield from (f"  {plain(line)}" for line in rest.splitlines())
        yield from (f"  {plain(line)}" for line in failure.traceback.rstrip().splitlines())
    else:
        yield from _story(rest, failure.notes, failure.frames, full_traceback, width)
        for cause in failure.causes:
            if _is_said(cause, failure):
                continue
            yield f"  {_RELATIONS.get(cause.relation, 'Behind it:')} {_cause_line(cause)}"
            text = cause.message.strip().partition("\n")[2]
            yield from (f"  {line}" for line in _story(text, cause.notes, cause.frames, full_traceback, width - 2))
    yield from _input_lines(failure.inputs)
    if failure.remedy:
        yield from (f"  {plain(line)}" for line in failure.remedy.splitlines())


def _is_said(cause: Cause, failure: Failure) -> bool:
    """Whether a cause adds nothing to the message: an error of a library that ours was made from."""
    text = cause.message.partition(": ")[2]
    return text in failure.message and not cause.notes and not any(frame.author for frame in cause.frames)


_RELATIONS = {"cause": "Because of", "context": "While handling", "part": "In the group:"}


def _cause_line(cause: Cause) -> str:
    return plain(cause.message.strip().partition("\n")[0])


def _story(
    rest: str, notes: Sequence[str], frames: Sequence[CodeFrame], every_frame: bool, width: int
) -> Iterator[str]:
    yield from (f"  {plain(line)}" for line in rest.splitlines())
    yield from (f"  {plain(line)}" for note in notes for line in note.splitlines())
    for frame in frames:
        if frame.author or every_frame:
            yield from _frame_lines(frame, width)


def _frame_lines(frame: CodeFrame, width: int) -> Iterator[str]:
    yield f"  {plain(shown_path(frame.file))}:{frame.line} in {plain(frame.function)}"
    if not frame.source:
        return
    source, begin, end = cut_source(frame.source, frame.column, frame.end_column, max(width - 7, 20))
    yield f"      {plain(source)}"
    if begin < end and plain(source) == source:
        yield f"      {' ' * begin}{'^' * (end - begin)}"


def cut_source(source: str, begin: int, end: int, room: int) -> tuple[str, int, int]:
    """At most `room` letters of a line with the part from `begin` to `end` in sight, and where that is then."""
    if len(source) <= room:
        return source, begin, end
    if begin in (0, end) or end <= room - 1:
        return f"{source[: room - 1]}…", begin, min(end, room - 1)
    first = len(source) - room + 1  # the end of the line, if all of the part is in it
    if begin >= first:
        return f"…{source[first:]}", begin - first + 1, end - first + 1
    last = begin + room - 2
    return f"…{source[begin:last]}…", 1, min(end, last) - begin + 1


def _input_lines(inputs: Sequence[SeenInput]) -> Iterator[str]:
    """`Inputs:  alpha = 0.1`, one a line."""
    label = "Inputs:  "
    for one in inputs[:_INPUTS]:
        yield f"  {label}{plain(one.name)} = {describe(one) or plain(one.type)}"
        label = " " * len(label)
    if len(inputs) > _INPUTS:
        yield f"  {label}and {len(inputs) - _INPUTS} more"


def shown_path(file: str) -> str:
    """The file as one would type it here."""
    try:
        here = os.getcwd()
    except OSError:  # the directory is gone
        return file
    return file[len(here) + 1 :] if file.startswith(f"{here}/") else file
