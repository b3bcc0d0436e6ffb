"""The fork host: a process that has imported the author's file and forks a child for every attempt.

    driver ── socket ──► host ── fork ──► attempt   (own process group, output to the driver's pipes)
                          ▲                  │
                          └──── SIGCHLD ─────┘

The host opens no storage but what is `forkable`, starts no thread, and writes nothing. It lives as long as its socket:
when the driver's end is gone it kills the groups of all its children and exits. When the host is killed the kernel
kills the children.
"""

import gc
import os
import select
import signal
import socket
import sys
import time
import warnings
from collections.abc import Sequence
from contextlib import suppress
from typing import Any, NamedTuple, NoReturn

from headwater.hosts.client import ForkHost
from headwater.hosts.line import Line, Waiting
from headwater.hosts.process import (
    default_signals,
    die_with_parent,
    forget_exit_handlers,
    hold_termination,
    prepare_streams,
    run_to_exit,
)
from headwater.hosts.protocol import (
    Begin,
    Channel,
    Kill,
    Message,
    OpenRun,
    Reaped,
    Recall,
    Refused,
    Returned,
    Start,
    Started,
)
from headwater.hosts.surroundings import client_variables
from headwater.hosts.threads import ThreadLimits
from headwater.hosts.work import Loaded, Work
from headwater.records.base import decode
from headwater.records.run import RunRecord
from headwater.records.task import TaskSpec
from headwater.worker import usage

_PATIENCE_MS = 20  # an attempt that runs for so long is told to have started; of a shorter one the end says it all


def start_fork_host(loaded: Loaded, work: Work) -> ForkHost:
    """Fork this process, which has imported the author's file and started nothing with threads, into a host."""
    ours, theirs = socket.socketpair()
    for stream in (sys.stdout, sys.stderr):
        if stream is not None:
            stream.flush()  # or the host's copy of what is buffered would be written twice
    driver = os.getpid()
    with warnings.catch_warnings():
        _allow_forks()
        pid = os.fork()
    if pid == 0:
        ours.close()
        serve_forks(Channel(theirs), loaded, work, driver)
    theirs.close()
    return ForkHost(Channel(ours), pid)


def serve_forks(channel: Channel, loaded: Loaded, work: Work, driver: int) -> NoReturn:
    """Be the host in this process, to its end."""
    try:
        die_with_parent(driver, signal.SIGTERM)
        forget_exit_handlers()
        prepare_streams()
        _Host(channel, loaded, work, driver).serve()
    finally:
        os._exit(0)


class _Child(NamedTuple):
    key: int
    line: int
    started_at: float  # seconds since 1970, UTC


class _Host:
    """The loop: requests in, forks, endings out."""

    def __init__(self, channel: Channel, loaded: Loaded, work: Work, driver: int) -> None:
        self._channel = channel
        self._loaded = loaded
        self._work = work
        self._driver = driver
        self._pid = os.getpid()
        self._place: Any = None
        self._threads = ThreadLimits()
        self._stop = False
        self._children: dict[int, _Child] = {}  # by pid
        self._pids: dict[int, int] = {}  # key -> pid
        self._line = Line()
        self._untold: dict[int, Started] = {}  # of attempts that may end before anybody needs to know their pid
        self._wake_read, self._wake_write = os.pipe()
        os.set_blocking(self._wake_read, False)
        os.set_blocking(self._wake_write, False)

    def serve(self) -> None:
        """Until the driver's end is gone."""
        self._handle_signals()
        _allow_forks()
        gc.disable()
        gc.freeze()
        poller = select.poll()
        poller.register(self._channel.fileno(), select.POLLIN)
        poller.register(self._wake_read, select.POLLIN)
        try:
            while not self._stop:
                for fd, _ in poller.poll(_PATIENCE_MS if self._untold else None):
                    if fd == self._wake_read:
                        self._reap()
                    else:
                        self._answer(self._channel.receive())
                self._tell_started(time.time() - _PATIENCE_MS / 1000)
        except OSError:
            pass  # the driver went away while it was written to
        finally:
            for pid in self._children:
                _signal_group(pid, signal.SIGKILL)

    def _handle_signals(self) -> None:
        """Ctrl-C is the driver's business, and so is SIGTERM to the whole group as long as the driver lives."""
        signal.set_wakeup_fd(self._wake_write, warn_on_full_buffer=False)
        signal.signal(signal.SIGCHLD, lambda *_: None)  # a handler, so that the wake-up descriptor is written
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        signal.signal(signal.SIGTERM, self._terminated)

    def _terminated(self, *_: object) -> None:
        self._stop = self._stop or os.getppid() != self._driver

    def _answer(self, requests: Sequence[Message]) -> None:
        for request in requests:
            if isinstance(request, Start):
                self._queue(Waiting(request, self._channel.fds.popleft(), self._channel.fds.popleft()))
            elif isinstance(request, Begin):
                self._begin(self._line.take(request.key))
            elif isinstance(request, Recall):
                self._recall(request.key)
            elif isinstance(request, Kill):
                pid = self._pids.get(request.key)
                if pid is not None:
                    _signal_group(pid, request.signal)
            elif isinstance(request, OpenRun):
                self._open(request)
        self._stop = self._stop or self._channel.closed

    def _open(self, request: OpenRun) -> None:
        if request.locked:
            self._channel.fds.popleft()  # kept open: the run is held while this process and its forks live
        self._place = open_place(request, self._loaded, self._work)
        self._threads.hold_host()
        usage.begin_in_forks()
        gc.freeze()

    def _queue(self, waiting: Waiting) -> None:
        if waiting.request.waits:
            self._line.add(waiting)
        else:
            self._begin(waiting)

    def _begin(self, waiting: Waiting | None) -> None:
        """The driver wants this started, so others may follow on it."""
        self._line.halted = False
        if waiting is not None:
            self._start(waiting)

    def _recall(self, key: int) -> None:
        waiting = self._line.take(key)
        if waiting is not None:
            waiting.close()
            self._channel.send(Returned(key))

    def _start(self, waiting: Waiting) -> None:
        request, out, err = waiting
        spec = decode(TaskSpec, request.spec, "a request")  # here, where it costs no first touch of a page
        started_at = time.time()
        hold_termination(True)
        try:
            pid = os.fork()
        except OSError as exc:
            self._channel.send(Refused(f"The host could not fork: {exc.strerror}.", request.key))
            return
        finally:
            if os.getpid() != self._pid:
                self._become(request, spec, out, err)
            hold_termination(False)
            waiting.close()
        _set_group(pid)
        self._children[pid] = _Child(request.key, request.line, started_at)
        self._pids[request.key] = pid
        self._untold[request.key] = Started(request.key, pid, started_at)

    def _tell_started(self, before: float) -> None:
        while self._untold:
            key, started = next(iter(self._untold.items()))  # the oldest
            if started.at > before:
                return
            del self._untold[key]
            self._channel.send(started)

    def _become(self, request: Start, spec: TaskSpec, out: int, err: int) -> NoReturn:
        """The child's side of the fork."""
        try:
            os.setpgid(0, 0)
            die_with_parent(self._pid)
            default_signals()
            os.dup2(out, 1)
            os.dup2(err, 2)
            for fd in (out, err, self._channel.fileno(), self._wake_read, self._wake_write):
                os.close(fd)
            self._line.close()
            self._threads.set_in_fork(request.cpus)
            run_to_exit(self._work, self._place, request, spec, self._loaded.refresh)
        finally:
            os._exit(1)

    def _reap(self) -> None:
        """Each child that has ended: its group first, while its pid is still taken, then itself."""
        with suppress(BlockingIOError):
            os.read(self._wake_read, 4096)
        while requests := self._channel.receive(wait=False):  # what the driver has recalled by now is no heir
            self._answer(requests)
        while self._children:
            found = os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOHANG | os.WNOWAIT)
            if found is None:
                return
            pid = found.si_pid
            _signal_group(pid, signal.SIGKILL)
            _, status, used = os.wait4(pid, 0)
            ended_at = time.time()
            if pid not in self._children:
                continue
            child = self._children.pop(pid)
            del self._pids[child.key]
            self._untold.pop(child.key, None)
            heir = self._line.heir(child.line, ended_well=status == 0)
            heir_key = heir.request.key if heir else None
            cpu_s = used.ru_utime + used.ru_stime
            self._channel.send(Reaped(child.key, pid, status, cpu_s, child.started_at, ended_at, heir_key))
            if heir is not None:
                self._start(heir)


def _allow_forks() -> None:
    """Python 3.12 warns when any thread exists; `fork_hazard` has looked at what they are."""
    warnings.filterwarnings("ignore", message=".*multi-threaded, use of fork", category=DeprecationWarning)


def open_place(request: OpenRun, loaded: Loaded, work: Work) -> Any:
    """The workplace of a run, in a process that serves no other."""
    run = decode(RunRecord, request.run, "a request")
    os.environ.update(client_variables(run, request.storage_url))
    return work.prepare(loaded.flow, run, request.storage_url)


def _set_group(pid: int) -> None:
    """From this side too, so that a signal to the group can never come too early."""
    with suppress(OSError):  # the child has done it, and may be gone
        os.setpgid(pid, pid)


def _signal_group(pid: int, number: int) -> None:
    with suppress(ProcessLookupError, PermissionError):  # gone; some systems refuse to signal a group of zombies
        os.killpg(pid, number)
