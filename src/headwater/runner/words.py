"""How a past task is named, to have its step run again.

    STEP · STEP/TASK · RUN/STEP · RUN/STEP/TASK · FLOW/RUN/STEP · FLOW/RUN/STEP/TASK

RUN is an id, `latest` or `latest-success`.
"""

from collections.abc import Container
from typing import NamedTuple

from headwater.errors import UsageError
from headwater.names import validate_run_id, validate_step, validate_task_id


class Words(NamedTuple):
    """What was typed."""

    step: str
    run: str | None = None
    task: str | None = None


def read_words(text: str, flow: str, steps: Container[str] = ()) -> Words:
    """A pathspec of a step or a task of a flow, whose name may be left out; STEP/TASK where STEP is one of `steps`."""
    parts = text.split("/")
    if len(parts) > 1 and parts[0] == flow:
        parts = parts[1:]
        if len(parts) == 1:
            raise UsageError(f"{text} names a run and no step. Give {text}/STEP.")
    elif len(parts) == 4:
        raise UsageError(f"{text} belongs to {parts[0]}, and this is {flow}. Use the file of {parts[0]}.")
    if len(parts) > 3:
        raise UsageError(f"{text} is no task. Give STEP, RUN/STEP or RUN/STEP/TASK.")
    if len(parts) == 1:
        return Words(validate_step(parts[0]))
    if len(parts) == 2 and parts[0] in steps and parts[1] not in steps:
        return Words(parts[0], task=validate_task_id(parts[1]))
    run, step, *task = parts
    return Words(validate_step(step), validate_run_id(run), validate_task_id(task[0]) if task else None)
