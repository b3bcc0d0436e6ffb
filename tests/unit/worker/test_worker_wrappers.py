"""Catch and timeout around a step."""

import signal
import sys
import threading
import time
from collections.abc import Callable
from contextlib import suppress

import pytest

from headwater import FlowSpec, catch, step, timeout
from headwater.errors import StepTimeout
from headwater.records.task import FailureKind
from headwater.worker.wrappers import Context, fold
from worker_stage import Stage


class Wrapped(FlowSpec):
    @catch(var="why")
    @timeout(seconds=0.05)
    @step
    def start(self) -> None:
        self.next(self.quiet)

    @catch(print_exception=False)
    @step
    def quiet(self) -> None:
        self.next(self.timed)

    @timeout(seconds=0.05)
    @step
    def timed(self) -> None:
        self.next(self.end)

    @step
    def end(self) -> None:
        pass


STAGE = Stage(Wrapped)


def context(name: str, last_attempt: bool = True) -> Context:
    attempt = STAGE.place_of(STAGE.spec(name, last_attempt=last_attempt))
    return Context(attempt, Wrapped(use_cli=False))


def fail() -> None:
    raise ValueError("no")


def wait() -> None:
    threading.Event().wait(60)


def swallow() -> None:
    with suppress(StepTimeout):
        wait()


def test_a_step_without_decorators_is_called_as_it_is() -> None:
    assert fold(fail, context("end")) is fail


def test_a_success_leaves_none_in_the_artifact() -> None:
    here = context("start")
    fold(lambda: None, here)()
    assert here.caught is None
    assert here.flow.__dict__["why"] is None


def test_a_failure_of_the_last_attempt_is_caught_and_printed(capsys: pytest.CaptureFixture[str]) -> None:
    here = context("start")
    fold(fail, here)()
    assert here.caught is not None
    assert here.caught.message == "ValueError: no"
    assert here.flow.__dict__["why"].exception == "no"
    assert "ValueError: no" in capsys.readouterr().err


def test_what_is_caught_quietly_is_not_printed_and_leaves_no_artifact(capsys: pytest.CaptureFixture[str]) -> None:
    here = context("quiet")
    fold(fail, here)()
    assert here.caught is not None
    assert capsys.readouterr().err == ""
    assert "why" not in here.flow.__dict__


def test_an_attempt_that_is_not_the_last_is_not_caught() -> None:
    here = context("start", last_attempt=False)
    with pytest.raises(ValueError, match="no"):
        fold(fail, here)()
    assert here.caught is None


def test_an_interrupt_is_never_caught() -> None:
    def interrupt() -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        fold(interrupt, context("start"))()


def test_an_exit_is_caught() -> None:
    here = context("start")
    fold(lambda: sys.exit(3), here)()
    assert here.caught is not None
    assert here.caught.kind is FailureKind.EXIT


@pytest.mark.parametrize("body", [wait, swallow])
def test_a_late_step_is_late_whatever_it_does(body: Callable[[], None]) -> None:
    with pytest.raises(StepTimeout):
        fold(body, context("timed"))()


def test_catch_stands_outside_timeout() -> None:
    here = context("start")
    fold(wait, here)()
    assert here.caught is not None
    assert here.caught.kind is FailureKind.TIMEOUT


def test_an_exception_in_time_stays_that_exception() -> None:
    with pytest.raises(ValueError, match="no"):
        fold(fail, context("timed"))()


def test_the_alarm_is_put_back_after_the_step() -> None:
    before = signal.getsignal(signal.SIGALRM)
    fold(lambda: None, context("timed"))()
    assert signal.getsignal(signal.SIGALRM) is before
    assert signal.getitimer(signal.ITIMER_REAL) == (0.0, 0.0)


def test_off_the_main_thread_lateness_is_found_when_the_step_returns() -> None:
    found: list[BaseException] = []

    def run() -> None:
        try:
            fold(lambda: time.sleep(0.1), context("timed"))()
        except StepTimeout as exc:
            found.append(exc)

    thread = threading.Thread(target=run)
    thread.start()
    thread.join()
    assert len(found) == 1
