"""The driver's side of a host: requests to it, events from it, and its end."""

import os
import select
import signal
import subprocess
import time
from contextlib import suppress
from typing import Any

from headwater.errors import HostError
from headwater.hosts.protocol import (
    Begin,
    Channel,
    Event,
    Kill,
    OpenRun,
    Reaped,
    Recall,
    Refused,
    Request,
    Start,
    Started,
)

_PATIENCE_S = 5.0  # how long a host that was told to end may take
_POLL_S = 0.01  # where the end of a process makes nothing readable


class ForkHost:
    """A host that forks: any number of attempts, each with its own output descriptors."""

    def __init__(self, channel: Channel, pid: int, process: "subprocess.Popen[bytes] | None" = None) -> None:
        self.pid = pid
        self._channel = channel
        self._process = process
        self.refusal = ""  # why the host could not begin

    @property
    def gone(self) -> bool:
        """The host is dead, or was closed; what ran on it ended or will at once."""
        return self._channel.closed

    def fileno(self) -> int:
        """Readable when `events` has something to tell."""
        return self._channel.fileno()

    def open_run(self, run: bytes, storage_url: str, lock_fd: int | None) -> None:
        """Which run the attempts belong to; the host inherits the run's lock."""
        self._send(OpenRun(run, storage_url, lock_fd is not None), () if lock_fd is None else (lock_fd,))

    def start(self, request: Start, out: int, err: int) -> None:
        """Run an attempt, or have it stand in line, with these writing ends, which the caller then closes."""
        self._send(request, (out, err))

    def begin(self, key: int) -> None:
        """Start an attempt that stands in line."""
        self._send(Begin(key))

    def recall(self, key: int) -> None:
        """Take an attempt out of the line; `events` says `Returned` if it had not started."""
        if not self.gone:
            with suppress(HostError):  # nothing starts any more, and `events` tells
                self._send(Recall(key))

    def kill(self, key: int, number: int) -> None:
        """Signal an attempt's process group."""
        if not self.gone:
            with suppress(HostError):  # its children die with it, and `events` tells
                self._send(Kill(key, number))

    def events(self) -> list[Event]:
        """What has happened; call when a descriptor is readable."""
        if self.gone:
            return []
        found = [message for message in self._channel.receive() if isinstance(message, Event)]
        for event in found:
            if isinstance(event, Refused) and event.key is None:
                self.refusal = event.message
        return found

    def kill_itself(self) -> None:
        """Kill a host that does not answer; the kernel kills what runs on it, and `events` tells."""
        if self.pid:
            with suppress(ProcessLookupError, PermissionError):
                os.kill(self.pid, signal.SIGKILL)

    def close(self) -> None:
        """End the host and everything that runs on it; one that does not end is killed. Safe to call twice."""
        if self.pid == 0:
            return
        self._channel.shut()
        if not _ends(self.pid, _PATIENCE_S):
            self.kill_itself()
            _ends(self.pid, _PATIENCE_S)  # one that the kernel itself keeps is left to it
        if self._process is not None:
            self._process.poll()
        else:
            with suppress(ChildProcessError):  # somebody waited for every child of this process
                os.waitpid(self.pid, os.WNOHANG)
        self.pid = 0

    def _send(self, message: Request, fds: tuple[int, ...] = ()) -> None:
        try:
            self._channel.send(message, fds)
        except OSError as exc:
            raise HostError("The process that runs tasks is gone. Resume the run.") from exc


class SpawnHost:
    """A fresh interpreter for one attempt. Its output descriptors are given when it is launched."""

    def __init__(self, channel: Channel, process: "subprocess.Popen[bytes]", out: int, err: int) -> None:
        self.pid = process.pid
        self.out = out  # the reading ends: the first attempt's from here on
        self.err = err
        self._channel = channel
        self._process = process
        self._key: int | None = None
        self._started_at = 0.0
        self._pidfd = _open_pidfd(process.pid)

    def filenos(self) -> tuple[int, ...]:
        """Readable when `events` has something to tell."""
        fds = () if self._channel.closed else (self._channel.fileno(),)
        return fds if self._pidfd is None else (*fds, self._pidfd)

    @property
    def silent(self) -> bool:
        """The process ends without making a descriptor readable: ask `events` from time to time."""
        return self._pidfd is None

    def start(self, run: bytes, storage_url: str, lock_fd: int | None, request: Start) -> None:
        """Give it its one attempt."""
        self._key = request.key
        self._started_at = time.time()
        try:
            self._channel.send(OpenRun(run, storage_url, lock_fd is not None), () if lock_fd is None else (lock_fd,))
            self._channel.send(request)
        except OSError:
            pass  # it died while it imported the author's file; its ending comes from `events`

    def kill(self, number: int) -> None:
        """Signal the process group. The process is our child and was not waited for: the number is still its own."""
        if self.pid:
            with suppress(ProcessLookupError, PermissionError):
                os.killpg(self.pid, number)

    def kill_itself(self) -> None:
        """The same, for good."""
        self.kill(signal.SIGKILL)

    def events(self) -> list[Event]:
        """What has happened; the last event is `Reaped`."""
        found: list[Event] = []
        if not self._channel.closed:
            found += self._read_channel()
        ended = self._reap() if self.pid else None
        if ended is not None:
            found.append(ended)
        return found

    def close(self) -> None:
        """Kill it if it lives, and release everything but the output descriptors once they were taken over."""
        if self.pid:
            self.kill(signal.SIGKILL)
            self._process.wait()
            self.pid = 0
        self._channel.shut()
        if self._pidfd is not None:
            os.close(self._pidfd)
            self._pidfd = None

    def discard(self) -> None:
        """Close one that never got an attempt, its output with it."""
        self.close()
        os.close(self.out)
        os.close(self.err)

    def _read_channel(self) -> list[Event]:
        found: list[Event] = []
        for message in self._channel.receive(wait=False):
            if isinstance(message, Started):
                self._started_at = message.at
                found.append(message)
        return found

    def _reap(self) -> Reaped | None:
        ended = os.waitid(os.P_PID, self.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT)
        if ended is None or self._key is None:
            return None
        self.kill(signal.SIGKILL)
        pid, status, used = os.wait4(self.pid, 0)
        self.pid = 0
        self._process.returncode = os.waitstatus_to_exitcode(status)
        return Reaped(self._key, pid, status, used.ru_utime + used.ru_stime, self._started_at, time.time())


def _ends(pid: int, patience_s: float) -> bool:
    """Whether a child of ours ends in time; it is not waited for, in the system's sense."""
    pidfd = _open_pidfd(pid)
    if pidfd is not None:
        try:
            poller = select.poll()
            poller.register(pidfd, select.POLLIN)
            return bool(poller.poll(patience_s * 1000))
        finally:
            os.close(pidfd)
    deadline = time.monotonic() + patience_s
    try:
        while os.waitid(os.P_PID, pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is None:
            if time.monotonic() >= deadline:
                return False
            time.sleep(_POLL_S)
    except ChildProcessError:  # somebody waited for every child of this process
        pass
    return True


def _open_pidfd(pid: int) -> int | None:
    opener: Any = getattr(os, "pidfd_open", None)  # Linux only
    if opener is None:
        return None
    try:
        return int(opener(pid))
    except OSError:
        return None
