"""How a process went, as the failure of an attempt: one sentence, one remedy."""

import signal

from headwater.executors.base import Ending, EndingKind
from headwater.records.decorators import Timeout, find_decorator
from headwater.records.step import StepSpec
from headwater.records.task import Failure, FailureKind
from headwater.worker.attempt import EXIT_STORAGE


def failure_of_ending(ending: Ending, step: StepSpec) -> Failure:
    """Why an attempt that wrote no record did not succeed."""
    match ending.kind:
        case EndingKind.TIMED_OUT:
            return Failure(
                kind=FailureKind.TIMEOUT,
                message=f"The step was still running when its {_timeout(step):g} s were over, and was ended.",
                remedy="Give it more time with @timeout, or make it faster.",
            )
        case EndingKind.DEADLOCKED:
            return Failure(
                kind=FailureKind.DEADLOCK,
                message="The step slept on a lock that nobody would ever release, also in a fresh interpreter.",
                remedy="Look for a lock that is taken twice, or a thread that died holding one.",
            )
        case EndingKind.HOST_LOST:
            return Failure(
                kind=FailureKind.HOST_LOST,
                message=f"The process that hosts the steps died{_detail(ending)}.",
                remedy="Was it killed, or was memory short? Resume the run.",
            )
        case EndingKind.REFUSED:
            return Failure(kind=FailureKind.EXCEPTION, message=ending.detail, type="headwater.errors.SecretsError")
        case EndingKind.CANCELLED:
            return Failure(kind=FailureKind.CANCELLED, message=ending.detail or "Ended with the rest of the run.")
        case EndingKind.SIGNALLED:
            return _signal_failure(ending)
        case EndingKind.EXITED:
            return _exit_failure(ending)


def _signal_failure(ending: Ending) -> Failure:
    number = ending.signal or 0
    if number == signal.SIGSEGV:
        message, remedy = (
            "The step's process crashed with a segmentation fault.",
            "A library's native code is at fault: look at the last lines of the log; try --isolation spawn.",
        )
    elif number == signal.SIGKILL:
        message, remedy = (
            "The step's process was killed (SIGKILL).",
            "If nobody did so by hand, the machine was short of memory: hold less at a time, or use --max-workers 1.",
        )
    else:
        message, remedy = f"The step's process was ended by {_signal_name(number)}.", "Find out who sent the signal."
    return Failure(kind=FailureKind.SIGNAL, message=message, remedy=remedy, signal=number)


def _exit_failure(ending: Ending) -> Failure:
    code = ending.exit_code
    if code == EXIT_STORAGE:
        return Failure(
            kind=FailureKind.INTERNAL,
            message="The step's results could not be written; the log says why.",
            remedy="Make room where the datastore is, or make it writable, then resume the run.",
            exit_code=code,
        )
    return Failure(
        kind=FailureKind.EXIT,
        message=f"The step's process ended with exit code {code} before the step was over.",
        remedy="Something called os._exit, or the interpreter was torn down: raise an exception instead.",
        exit_code=code,
    )


def _signal_name(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:
        return f"signal {number}"


def _timeout(step: StepSpec) -> float:
    timeout = find_decorator(step.decorators, Timeout)
    return timeout.total_s if timeout else 0.0


def _detail(ending: Ending) -> str:
    return f": {ending.detail}" if ending.detail else ""
