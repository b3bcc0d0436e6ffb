"""What the decorators of a step do around it: a list of wrappers folded, from the inside out, around the step.

Order, from the outermost: catch, timeout, decorators that the author wrote, the step. A wrapper is
`(call_next, context) -> None`.
"""

import signal
import sys
import threading
import time
from collections.abc import Callable
from functools import partial
from types import FrameType
from typing import Any

from headwater.errors import StepTimeout
from headwater.flow.spec import FlowSpec
from headwater.records.decorators import Catch, Timeout, find_decorator
from headwater.records.platforms import PytorchParallel
from headwater.records.task import Failure
from headwater.worker.authored import authored_wrappers
from headwater.worker.failures import failure_of, wrapper_of
from headwater.worker.masked import masked_failure
from headwater.worker.torch_gang import meeting
from headwater.worker.workplace import Attempt

Call = Callable[[], None]


class Context:
    """What wrappers know about the attempt they surround, and what they found out."""

    def __init__(self, attempt: Attempt, flow: FlowSpec) -> None:
        self.attempt = attempt
        self.flow = flow
        self.arguments: tuple[Any, ...] = ()  # of the step: `inputs` in a join
        self.caught: Failure | None = None
        self.timeout = find_decorator(attempt.step.decorators, Timeout)
        self.deadline: float | None = None  # on the monotonic clock

    @property
    def timeout_s(self) -> float | None:
        return self.timeout.total_s if self.timeout else None

    def late(self) -> bool:
        return self.deadline is not None and time.monotonic() >= self.deadline


Wrapper = Callable[[Call, Context], None]


def fold(call: Call, context: Context) -> Call:
    """The step inside the wrappers that its decorators ask for."""
    wrappers: list[Wrapper] = []
    if find_decorator(context.attempt.step.decorators, Catch) is not None:
        wrappers.append(catching)
    if context.timeout is not None:
        wrappers.append(timing)
    if find_decorator(context.attempt.step.decorators, PytorchParallel) is not None:
        wrappers.append(meeting)
    wrappers += authored_wrappers(context)
    for wrapper in reversed(wrappers):
        call = partial(wrapper, call, context)
    return call


def catching(call_next: Call, context: Context) -> None:
    """On the last attempt, turn a failure into an artifact."""
    catch = find_decorator(context.attempt.step.decorators, Catch)
    assert catch is not None
    try:
        call_next()
    except KeyboardInterrupt:
        raise
    except BaseException as exc:
        if not context.attempt.spec.last_attempt:
            raise
        context.caught = masked_failure(failure_of(exc, context.timeout_s))
        if catch.print_exception:
            sys.stderr.write(context.caught.traceback)
    if catch.var is not None:
        context.flow.__dict__[catch.var] = None if context.caught is None else wrapper_of(context.caught)


def timing(call_next: Call, context: Context) -> None:
    """Raise in the step when its time is over; late is late, even if the step swallowed that."""
    seconds = context.timeout_s
    assert seconds is not None
    context.deadline = time.monotonic() + seconds
    alarm = threading.current_thread() is threading.main_thread()
    if alarm:
        previous = signal.signal(signal.SIGALRM, _raise_timeout)
        signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        call_next()
    finally:
        if alarm:
            signal.setitimer(signal.ITIMER_REAL, 0)
            signal.signal(signal.SIGALRM, previous)
    if context.late():
        raise StepTimeout(f"{seconds:g} s")


def _raise_timeout(number: int, frame: FrameType | None) -> None:
    raise StepTimeout("the step's time is over")
