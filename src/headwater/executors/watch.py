"""One selector: who registered a descriptor is called when it becomes readable; signals end a wait."""

import selectors
import signal
import socket
from collections.abc import Callable
from contextlib import suppress


class Watch:
    """Descriptors and who hears them."""

    def __init__(self) -> None:
        self._selector = selectors.DefaultSelector()
        self._ours, self._theirs = socket.socketpair()
        self._old_wakeup: int | None = None
        self.woken = False  # a signal came since this was last cleared

    def open(self) -> None:
        """From now on signals end a wait."""
        for sock in (self._ours, self._theirs):
            sock.setblocking(False)
        self.add(self._ours.fileno(), self._wake)
        with suppress(ValueError):  # outside the main thread: signals are handled there
            self._old_wakeup = signal.set_wakeup_fd(self._theirs.fileno(), warn_on_full_buffer=False)

    def add(self, fd: int, hear: Callable[[], None]) -> None:
        self._selector.register(fd, selectors.EVENT_READ, hear)

    def remove(self, fd: int) -> None:
        self._selector.unregister(fd)

    def wait(self, timeout_s: float | None) -> None:
        """Until something is readable or the time is over; whoever listens has been called then."""
        for key, _ in self._selector.select(timeout_s):
            key.data()

    def close(self) -> None:
        if self._old_wakeup is not None:
            signal.set_wakeup_fd(self._old_wakeup)
        self._selector.close()
        self._ours.close()
        self._theirs.close()

    def _wake(self) -> None:
        self._ours.recv(4096)
        self.woken = True
