"""A record without the secrets of its attempt: in what failed, in what was read, in what summaries tell.

A value that holds a secret and was set on `self` is stored as it is: that is the author's choice, and a warning says
so.
"""

import sys
from collections.abc import Mapping
from typing import Any

from msgspec.structs import replace

from headwater.records.artifact import ArtifactRef
from headwater.records.task import Cause, CodeFrame, Failure, SeenInput, TaskRecord
from headwater.vault.hidden import current_mask
from headwater.vault.masking import Mask


def masked_record(record: TaskRecord) -> TaskRecord:
    """The record; itself when nothing is hidden in this process."""
    mask = current_mask()
    if mask is None:
        return record
    artifacts = {name: _ref(ref, mask) for name, ref in record.artifacts.items()}
    holding = [name for name, ref in artifacts.items() if ref.summary != record.artifacts[name].summary]
    if holding:
        names = ", ".join(f"self.{name}" for name in holding)
        sys.stderr.write(
            f"Warning: {names} of step {record.step!r} holds a secret, and is stored as it is for everybody who can "
            "read the root. Delete it before the step ends, unless that is meant.\n"
        )
    transition = record.transition
    if transition is not None and transition.case is not None:
        transition = replace(transition, case=mask.text(transition.case))
    failure = record.failure and _failure(record.failure, mask)
    return replace(record, artifacts=artifacts, transition=transition, failure=failure)


def masked_failure(failure: Failure) -> Failure:
    """A failure that becomes something else than a record: an artifact, a line on stderr."""
    mask = current_mask()
    return failure if mask is None else _failure(failure, mask)


def _failure(failure: Failure, mask: Mask) -> Failure:
    return replace(
        failure,
        message=mask.text(failure.message),
        remedy=mask.text(failure.remedy),
        traceback=mask.text(failure.traceback),
        notes=tuple(map(mask.text, failure.notes)),
        frames=_frames(failure.frames, mask),
        causes=tuple(_cause(cause, mask) for cause in failure.causes),
        inputs=tuple(_input(seen, mask) for seen in failure.inputs),
    )


def _cause(cause: Cause, mask: Mask) -> Cause:
    return replace(
        cause,
        message=mask.text(cause.message),
        notes=tuple(map(mask.text, cause.notes)),
        frames=_frames(cause.frames, mask),
    )


def _frames(frames: tuple[CodeFrame, ...], mask: Mask) -> tuple[CodeFrame, ...]:
    return tuple(_frame(frame, mask) for frame in frames)


def _frame(frame: CodeFrame, mask: Mask) -> CodeFrame:
    source = mask.text(frame.source)
    if source == frame.source:
        return frame
    return replace(frame, source=source, column=0, end_column=0)  # which counted the letters of the other


def _input(seen: SeenInput, mask: Mask) -> SeenInput:
    return replace(seen, summary=_summary(seen.summary, mask))


def _ref(ref: ArtifactRef, mask: Mask) -> ArtifactRef:
    return replace(ref, summary=_summary(ref.summary, mask)) if ref.summary else ref


def _summary(summary: Mapping[str, Any], mask: Mask) -> dict[str, Any]:
    """The names of its facts are ours."""
    return {fact: _plain(value, mask) for fact, value in summary.items()}


def _plain(value: Any, mask: Mask) -> Any:
    """Every text in plain data, those of keys too; a summary has only the beginnings of long ones."""
    if isinstance(value, str):
        return mask.cut_text(value)
    if isinstance(value, Mapping):
        return {_plain(key, mask): _plain(item, mask) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item, mask) for item in value]
    return value
