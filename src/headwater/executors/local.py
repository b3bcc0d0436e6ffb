"""Runs attempts as processes of this machine, within what it has.

    submit ─► queue ─► admitted (CPUs, memory, GPUs) ─► host ─► process ── output ──► log, listener
                └────► in line on the host ───heir───────┘ └──── Reaped ──► drained ──► Ending

What is next in the queue and holds the same claim as what runs stands in line on the host, which starts it in the place
of an attempt that ended well; the claim passes on.

One thread and one selector. An attempt is over when its process was waited for: what is in its pipes then is read, and
nobody waits for a pipe that a grandchild holds.
"""

import os
import selectors
import signal
import socket
import time
from collections import deque
from collections.abc import Callable, Mapping
from contextlib import suppress
from functools import partial

from headwater.errors import HostError
from headwater.executors.base import Ending, EndingKind, Executor, Launch, OutputListener, StartListener, held_back
from headwater.executors.clocks import Clocks, Due
from headwater.executors.gang import give_address
from headwater.executors.hosts import Hosts
from headwater.executors.logs import LogWriter
from headwater.executors.machine import Claim, Ledger, Machine, claim_of, find_lack
from headwater.executors.running import Claimed, Running
from headwater.hosts.client import ForkHost, SpawnHost
from headwater.hosts.process import EXIT_BROKEN
from headwater.hosts.protocol import Event, Reaped, Refused, Returned, Start, Started
from headwater.hosts.spawn import Errand, Kind
from headwater.records.base import encode
from headwater.records.log import Stream
from headwater.records.run import RunRecord
from headwater.storage import layout
from headwater.storage.base import Storage

_AHEAD = 2  # launches that are ready to stand in line, so that the line is never empty while the loop thinks
_POLL_S = 0.05  # where the end of an interpreter makes nothing readable
_DEADLOCK = (
    "The process slept for {limit:g} s on a lock that nobody can release: something that the author's file imports "
    "was not made to be forked. "
)


class LocalExecutor(Executor):
    """Attempts as local processes.

    `host` decides the isolation: a `ForkHost` forks, None gives each attempt an interpreter of its own.
    """

    def __init__(
        self,
        storage: Storage,
        flow_file: str,
        class_name: str | None,
        host: ForkHost | None,
        *,
        max_workers: int,
        listener: OutputListener,
        lock_fd: int | None,
        machine: Machine,
        environ: Mapping[str, str],
        max_log_bytes: int = 1 << 30,
        notice: Callable[[str], None] = lambda message: None,
        starts: StartListener = lambda spec: None,
        grace_s: float = 5.0,
        deadlock_s: float = 10.0,
        work: str = "headwater.hosts.worker:WORK",
    ) -> None:
        self._storage = storage
        self._hosts = Hosts(
            host,
            Errand(Kind.SPAWN, flow_file, class_name, work),
            environ,
            storage.url,
            lock_fd,
        )
        self._max_workers = max_workers
        self._listener = listener
        self._ledger = Ledger(machine)
        self._max_log_bytes = max_log_bytes
        self._notice = notice
        self._starts = starts
        self._grace_s = grace_s
        self._deadlock_s = deadlock_s
        self._queue: deque[Launch] = deque()
        self._in_line: dict[int, Running] = {}  # on a host, in this order; they hold no claim
        self._running: dict[int, Running] = {}
        self._endings: list[Ending] = []
        self._watched: dict[int, ForkHost] = {}  # descriptor -> host, in the selector
        self._claims: dict[tuple[str, int], Claim] = {}  # (step, members)
        self._lines: dict[Claim, int] = {}
        self._cancelled: tuple[float, str] | None = None  # grace and reason, for what starts in spite of it
        self._last_key = 0
        self._clocks = Clocks(grace_s, deadlock_s)
        self._selector = selectors.DefaultSelector()
        self._wake_ours, self._wake_theirs = socket.socketpair()
        self._old_wakeup: int | None = None
        self._woken = False
        self._hesitates = False  # an attempt went wrong: the caller is heard before anything more is started
        self._closed = False

    def open(self, run: RunRecord) -> None:
        self._hosts.open_run(encode(run))
        for host in self._hosts.forks():
            self._watch_host(host)
        for sock in (self._wake_ours, self._wake_theirs):
            sock.setblocking(False)
        self._selector.register(self._wake_ours, selectors.EVENT_READ, self._wake)
        with suppress(ValueError):  # outside the main thread: signals are handled there
            self._old_wakeup = signal.set_wakeup_fd(self._wake_theirs.fileno(), warn_on_full_buffer=False)

    def room(self) -> int:
        slots = min(self._max_workers - len(self._running), int(self._ledger.free_cpus))
        return max(0, max(0, slots) + len(self._running) + _AHEAD - len(self._queue) - len(self._in_line))

    def submit(self, launch: Launch) -> None:
        self._queue.append(give_address(launch))
        self._admit()

    def wait(self, timeout_s: float | None) -> list[Ending]:
        deadline = None if timeout_s is None else time.monotonic() + timeout_s
        self._woken = self._hesitates = False
        self._admit()
        while not self._endings and not self._woken:
            if not self._running and deadline is None:
                break
            now = time.monotonic()
            for key, _ in self._selector.select(self._clocks.pause(deadline, now)):
                key.data()
            now = time.monotonic()
            if self._clocks.ring(now):
                self._look_around(now)
            self._admit()
            if deadline is not None and now >= deadline:
                break
        endings, self._endings = self._endings, []
        return endings

    def running(self) -> int:
        queued = sum(len(launch.specs) for launch in self._queue)
        return len(self._running) + len(self._in_line) + queued + len(self._endings)

    def hold_back(self) -> None:
        for launch in self._queue:
            self._endings += [held_back(spec) for spec in launch.specs]
        self._queue.clear()
        for attempt in self._in_line.values():
            if not attempt.recalled and isinstance(attempt.host, ForkHost):
                attempt.recalled = True
                attempt.host.recall(attempt.key)

    def cancel(self, grace_s: float, reason: str) -> None:
        self.hold_back()
        self._cancelled = grace_s, reason
        for attempt in list(self._running.values()):
            self._end(attempt, EndingKind.CANCELLED, reason, grace_s)

    def close(self) -> None:
        if self._closed:
            return
        self._closed = True
        for attempt in self._running.values():
            if isinstance(attempt.host, SpawnHost):
                attempt.host.close()
        self._hosts.close()
        for attempt in [*self._running.values(), *self._in_line.values()]:
            self._close_attempt(attempt)
        self._running.clear()
        self._in_line.clear()
        if self._old_wakeup is not None:
            signal.set_wakeup_fd(self._old_wakeup)
        self._selector.close()
        self._wake_ours.close()
        self._wake_theirs.close()

    # Starting

    def _admit(self) -> None:
        """Start what fits, in the order of submission: a large launch is not overtaken for ever by small ones."""
        if self._hesitates:
            return
        for attempt in [one for one in self._in_line.values() if not one.recalled]:
            if not self._fits(attempt.claimed.launch, attempt.claimed.claim):
                break
            self._begin(attempt)
        while self._queue and not self._hesitates:
            launch = self._queue[0]
            claim = self._claim(launch)
            waits = bool(self._in_line) or not self._fits(launch, claim)
            if waits and not self._may_stand_in_line(launch, claim):
                return
            self._queue.popleft()
            self._launch(launch, claim, waits)

    def _fits(self, launch: Launch, claim: Claim) -> bool:
        crowded = len(self._running) + len(launch.specs) > self._max_workers and self._running
        return not crowded and self._ledger.fits(claim)

    def _may_stand_in_line(self, launch: Launch, claim: Claim) -> bool:
        """Whether it can follow on what runs: one process on the same host, with the same claim and no GPU of its own.

        Not more than run: what stands in line has been promised a place, and a larger launch waits behind it.
        """
        if len(launch.specs) > 1 or claim.gpus or len(self._in_line) >= len(self._running):
            return False
        host = self._hosts.find_fork_host(launch.step)
        return host is not None and any(
            one.host is host and one.claimed.claim == claim and one.verdict is None for one in self._running.values()
        )

    def _begin(self, attempt: Running) -> None:
        """Start one that stands in line, because there is room and nobody ends whom it could follow on."""
        host = attempt.host
        assert isinstance(host, ForkHost)
        try:
            host.begin(attempt.key)
        except HostError:
            self._hear(host)  # which holds back all that was to run on it
        else:
            self._step_forward(attempt)

    def _step_forward(self, attempt: Running) -> None:
        """The host has started, or will start, one that stood in line."""
        del self._in_line[attempt.key]
        self._ledger.take(attempt.claimed.claim)
        self._running[attempt.key] = attempt
        self._starts(attempt.spec)
        if self._cancelled is not None:
            grace_s, reason = self._cancelled
            self._end(attempt, EndingKind.CANCELLED, reason, grace_s)

    def _claim(self, launch: Launch) -> Claim:
        key = (launch.step.step, len(launch.specs))
        claim = self._claims.get(key)
        if claim is None:
            claim = self._claims[key] = claim_of(launch.step, len(launch.specs))
            lack = find_lack(self._ledger.machine, claim)
            if lack:
                self._notice(f"Step {launch.step.step!r} asks for {lack}. Its tasks run alone, with what is there.")
        return claim

    def _launch(self, launch: Launch, claim: Claim, waits: bool) -> None:
        claimed = Claimed(launch, claim, () if waits else self._ledger.take(claim), set())
        attempts = []
        for spec in launch.specs:
            self._last_key += 1
            key = layout.log(spec.flow, spec.run_id, spec.step, spec.task_id, spec.attempt)
            log = LogWriter(self._storage, key, self._max_log_bytes, self._notice)
            attempt = Running(self._last_key, spec, claimed, log, self._listener)
            claimed.keys.add(attempt.key)
            (self._in_line if waits else self._running)[attempt.key] = attempt
            attempts.append(attempt)
        for attempt in attempts:
            if not waits:
                self._starts(attempt.spec)
            self._start(attempt, waits)

    def _start(self, attempt: Running, waits: bool = False) -> None:
        line = self._lines.setdefault(attempt.claimed.claim, len(self._lines))
        spec = encode(attempt.spec)
        request = Start(attempt.key, spec, attempt.gpu_environment, attempt.cpus, line, waits)
        host = None if attempt.fresh else self._hosts.find_fork_host(attempt.claimed.launch.step)
        if host is None:
            self._start_fresh(attempt, request)
            return
        attempt.host = host
        out_read, out_write = os.pipe()
        err_read, err_write = os.pipe()
        self._watch_pipes(attempt, out_read, err_read)
        try:
            self._watch_host(host)
            host.start(request, out_write, err_write)
        except HostError:
            self._hear(host)  # which ends all that was to run on it
        finally:
            os.close(out_write)
            os.close(err_write)

    def _start_fresh(self, attempt: Running, request: Start) -> None:
        host = self._hosts.launch_interpreter(attempt.claimed.launch.step, attempt.cpus)
        attempt.host, attempt.pid = host, host.pid
        self._watch_pipes(attempt, host.out, host.err)
        self._hosts.start_in(host, request)
        for fd in host.filenos():
            self._selector.register(fd, selectors.EVENT_READ, partial(self._hear_fresh, attempt, host))
        if host.silent:
            self._clocks.check_by(time.monotonic() + _POLL_S)

    def _watch_pipes(self, attempt: Running, out: int, err: int) -> None:
        for stream, fd in ((Stream.STDOUT, out), (Stream.STDERR, err)):
            os.set_blocking(fd, False)
            attempt.pipes[stream] = fd
            self._selector.register(fd, selectors.EVENT_READ, partial(self._read, attempt, stream))

    def _watch_host(self, host: ForkHost) -> None:
        fd = host.fileno()
        if not host.gone and fd not in self._watched:
            self._watched[fd] = host
            self._selector.register(fd, selectors.EVENT_READ, partial(self._hear, host))

    # What comes in

    def _wake(self) -> None:
        self._wake_ours.recv(4096)
        self._woken = True

    def _read(self, attempt: Running, stream: Stream) -> None:
        if stream in attempt.pipes and not attempt.read(stream):
            self._close_pipe(attempt, stream)
        if attempt.show_at is not None:
            self._clocks.check_by(attempt.show_at)

    def _hear(self, host: ForkHost) -> None:
        for event in host.events():
            self._take(event)
        if not host.gone:
            return
        if self._watched.pop(host.fileno(), None) is not None:
            self._selector.unregister(host.fileno())
        for attempt in [one for one in self._in_line.values() if one.host is host]:
            self._put_aside(attempt)
        for attempt in [one for one in self._running.values() if one.host is host]:
            if host.refusal:
                attempt.note(host.refusal)
                self._refuse(attempt, host.refusal)
            else:
                self._lose(attempt)

    def _hear_fresh(self, attempt: Running, host: SpawnHost) -> None:
        before = host.filenos()
        if not before or attempt.host is not host:
            return
        events = host.events()
        for fd in set(before) - set(host.filenos()):
            self._selector.unregister(fd)
        for event in events:
            if isinstance(event, Reaped):
                self._release_fresh(host)
            self._take(event)

    def _release_fresh(self, host: SpawnHost) -> None:
        for fd in host.filenos():
            self._selector.unregister(fd)
        host.close()

    def _take(self, event: Event) -> None:
        if event.key is None:
            return
        if isinstance(event, Returned):
            if event.key in self._in_line:
                self._put_aside(self._in_line[event.key])
            return
        if isinstance(event, Refused) and event.key in self._in_line:
            self._step_forward(self._in_line[event.key])
        attempt = self._running.get(event.key)
        if attempt is None:
            return
        if isinstance(event, Started):
            attempt.pid = event.pid
            self._clocks.start(attempt)
        elif isinstance(event, Refused):
            self._refuse(attempt, event.message)
        elif attempt.verdict is EndingKind.DEADLOCKED and not attempt.fresh:
            self._start_again(attempt)
        else:
            self._finish(attempt, attempt.ending(event))
        if isinstance(event, Reaped) and event.heir in self._in_line:
            self._step_forward(self._in_line[event.heir])

    # Endings

    def _finish(self, attempt: Running, ending: Ending) -> None:
        """The attempt is over: give back what it held, end its gang mates when it went wrong."""
        self._close_attempt(attempt)
        self._running.pop(attempt.key, None)
        self._endings.append(ending)
        went_wrong = (ending.kind, ending.exit_code) != (EndingKind.EXITED, 0)
        self._hesitates = self._hesitates or went_wrong
        claimed = attempt.claimed
        claimed.keys.discard(attempt.key)
        if not claimed.keys:
            self._ledger.give_back(claimed.claim, claimed.gpus)
        elif went_wrong:
            for key in list(claimed.keys):
                reason = f"node {attempt.spec.gang.index if attempt.spec.gang else 0} of the gang failed"
                self._end(self._running[key], EndingKind.CANCELLED, reason, self._grace_s)

    def _put_aside(self, attempt: Running) -> None:
        """One that stood in line never started."""
        del self._in_line[attempt.key]
        self._close_attempt(attempt)
        self._endings.append(held_back(attempt.spec))

    def _lose(self, attempt: Running) -> None:
        now = time.time()
        self._finish(attempt, Ending(attempt.spec, EndingKind.HOST_LOST, ended_at=now, pid=attempt.pid))

    def _refuse(self, attempt: Running, message: str) -> None:
        """The host said why it cannot run it."""
        now = time.time()
        last_line = message.strip().rpartition("\n")[2]
        ending = Ending(attempt.spec, EndingKind.EXITED, exit_code=EXIT_BROKEN, started_at=now, ended_at=now)
        self._finish(attempt, ending._replace(detail=last_line))

    def _close_attempt(self, attempt: Running) -> None:
        for stream in list(attempt.pipes):
            attempt.drain(stream)
            self._close_pipe(attempt, stream)
        attempt.close_log()

    def _close_pipe(self, attempt: Running, stream: Stream) -> None:
        fd = attempt.pipes.pop(stream)
        self._selector.unregister(fd)
        os.close(fd)

    def _end(self, attempt: Running, kind: EndingKind, reason: str, grace_s: float) -> None:
        """Begin to end an attempt: SIGTERM now, SIGKILL after the grace."""
        if attempt.verdict is None or (attempt.verdict is EndingKind.DEADLOCKED and not attempt.fresh):
            attempt.verdict, attempt.detail = kind, reason
            attempt.note(f"Ended by Headwater: {reason}")
        attempt.signal(signal.SIGTERM)
        self._clocks.kill_after(attempt, grace_s)

    # Clocks

    def _look_around(self, now: float) -> None:
        """Do what the clocks say is due."""
        for attempt in list(self._running.values()):
            if isinstance(attempt.host, SpawnHost) and attempt.host.silent:
                self._hear_fresh(attempt, attempt.host)
                self._clocks.check_by(now + _POLL_S)
            if self._clocks.shall_show(attempt, now):
                attempt.show_unfinished()
            match self._clocks.look(attempt, now):
                case Due.KILL:
                    attempt.signal(signal.SIGKILL)
                case Due.LATE:
                    reason = f"the timeout of {attempt.limit_s:g} s is over, and the step did not end"
                    self._end(attempt, EndingKind.TIMED_OUT, reason, 0.0)
                case Due.ASLEEP:
                    self._end_sleeper(attempt)

    def _end_sleeper(self, attempt: Running) -> None:
        attempt.verdict = EndingKind.DEADLOCKED
        attempt.detail = _DEADLOCK.format(limit=self._deadlock_s)
        remedy = "It waits for itself." if attempt.fresh else "It starts again in a fresh interpreter."
        attempt.note(attempt.detail + remedy)
        if not attempt.fresh:
            self._notice(f"{attempt.spec.step}/{attempt.spec.task_id}: {attempt.detail}{remedy}")
        self._clocks.kill_after(attempt, 0.0)

    def _start_again(self, attempt: Running) -> None:
        """The same attempt, not counted as a retry, where no fork can have done it harm."""
        for stream in list(attempt.pipes):
            attempt.drain(stream)
            self._close_pipe(attempt, stream)
        attempt.fresh = True
        attempt.verdict, attempt.detail, attempt.kill_at = None, "", None
        attempt.started, attempt.sleep = None, None
        self._start(attempt)
