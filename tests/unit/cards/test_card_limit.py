"""A card's time, within the time of its step."""

import contextlib
import signal
import threading
import time
from collections.abc import Iterator

import pytest

from headwater.cards.limit import CardTimeout, time_limit


@pytest.fixture(autouse=True)
def no_timer() -> Iterator[None]:
    """The one that watches the test itself stands aside."""
    before, timer = signal.getsignal(signal.SIGALRM), signal.setitimer(signal.ITIMER_REAL, 0)
    yield
    signal.signal(signal.SIGALRM, before)
    signal.setitimer(signal.ITIMER_REAL, *timer)


def test_code_that_takes_too_long_is_interrupted() -> None:
    with pytest.raises(CardTimeout), time_limit(0.01):
        time.sleep(30)


def test_code_that_catches_the_first_interruption_meets_the_next() -> None:
    def stubborn() -> None:
        with contextlib.suppress(CardTimeout):
            time.sleep(30)
        time.sleep(30)

    with pytest.raises(CardTimeout), time_limit(0.01):
        stubborn()


def test_afterwards_the_alarm_is_as_it_was() -> None:
    handler = signal.getsignal(signal.SIGALRM)
    with time_limit(30):
        pass
    assert signal.getsignal(signal.SIGALRM) is handler
    assert signal.getitimer(signal.ITIMER_REAL) == (0.0, 0.0)


def test_the_timer_of_a_step_goes_on_less_what_the_card_took() -> None:
    rang = threading.Event()
    signal.signal(signal.SIGALRM, lambda number, frame: rang.set())
    signal.setitimer(signal.ITIMER_REAL, 30)
    with time_limit(10):
        pass
    left, _ = signal.getitimer(signal.ITIMER_REAL)
    assert 0 < left <= 30
    signal.setitimer(signal.ITIMER_REAL, 0.02)
    with time_limit(10):
        time.sleep(0.05)
    assert rang.wait(10)  # it was due while the card was made, and comes right afterwards


def test_another_thread_has_no_limit() -> None:
    done: list[bool] = []

    def work() -> None:
        with time_limit(0.001):
            done.append(True)

    thread = threading.Thread(target=work)
    thread.start()
    thread.join(10)
    assert done == [True]
