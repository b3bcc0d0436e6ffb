"""Runs attempts as processes of this machine, within what it has.

    submit ─► queue ─► admitted (CPUs, memory, GPUs) ─► host ─► process ── output ──► log, listener
                └────► in line on the host ───heir───────┘ └──── Reaped ──► drained ──► Ending

What is next in the queue and holds the same claim as what runs stands in line on the host, which starts it in the place
of an attempt that ended well; the claim passes on.

One thread and one selector. An attempt is over when its process was waited for: what is in its pipes then is read, and
nobody waits for a pipe that a grandchild holds.
"""

import os
import signal
import time
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from functools import partial

from headwater.errors import HostError
from headwater.executors.admission import Admission
from headwater.executors.base import Ending, EndingKind, Executor, Launch, OutputListener, StartListener, held_back
from headwater.executors.clocks import Clocks, Due
from headwater.executors.gang import give_address
from headwater.executors.hosts import Hosts
from headwater.executors.in_line import InLine
from headwater.executors.logs import LogWriter
from headwater.executors.machine import Claim, Machine
from headwater.executors.running import Claimed, Running
from headwater.executors.watch import Watch
from headwater.hosts.client import ForkHost, SpawnHost
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
    """Attempts as local processes: forks of `host`, or without one an interpreter of its own for each."""

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
        module_path: Sequence[str] = (),
    ) -> None:
        self._storage = storage
        errand = Errand(Kind.SPAWN, flow_file, class_name, work, path=tuple(module_path))
        self._hosts = Hosts(host, errand, environ, storage.url, lock_fd)
        self._listener = listener
        self._admission = Admission(machine, max_workers, notice)
        self._max_log_bytes = max_log_bytes
        self._notice = notice
        self._starts = starts
        self._grace_s = grace_s
        self._deadlock_s = deadlock_s
        self._queue: deque[Launch] = deque()
        self._in_line = InLine()
        self._running: dict[int, Running] = {}
        self._endings: list[Ending] = []
        self._watched: dict[int, ForkHost] = {}  # descriptor -> host, in the selector
        self._cancelled: tuple[float, str] | None = None  # grace and reason, for what starts in spite of it
        self._last_key = 0
        self._clocks = Clocks(grace_s, deadlock_s)
        self._watch = Watch()
        self._hesitates = False  # an attempt went wrong: the caller is heard before anything more is started
        self._closed = False

    def open(self, run: RunRecord) -> None:
        self._hosts.open_run(encode(run))
        for host in self._hosts.forks():
            self._watch_host(host)
        self._watch.open()

    def room(self) -> int:
        may_wait = len(self._running) + _AHEAD - len(self._queue) - len(self._in_line)
        return max(0, self._admission.slots(len(self._running)) + may_wait)

    def submit(self, launch: Launch) -> None:
        self._queue.append(give_address(launch))
        self._admit()

    def wait(self, timeout_s: float | None) -> list[Ending]:
        deadline = None if timeout_s is None else time.monotonic() + timeout_s
        self._watch.woken = self._hesitates = False
        self._admit()
        while not self._endings and not self._watch.woken:
            if not self._running and not self._in_line and deadline is None:
                break
            self._watch.wait(self._clocks.pause(deadline, time.monotonic()))
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
        self._in_line.recall()

    def cancel(self, grace_s: float, reason: str) -> None:
        self.hold_back()
        self._cancelled = grace_s, reason
        for attempt in list(self._running.values()):
            self._end(attempt, EndingKind.CANCELLED, reason, grace_s)

    def abandon(self) -> None:
        for host in [*self._hosts.forks(), *(one.host for one in self._running.values() if one.host)]:
            host.kill_itself()

    def close(self) -> None:
        if self._closed:
            return
        self._closed = True
        for attempt in self._running.values():
            if isinstance(attempt.host, SpawnHost):
                attempt.host.close()
        self._hosts.close()
        for attempt in [*self._running.values(), *self._in_line.all()]:
            self._close_attempt(attempt)
        self._running.clear()
        self._watch.close()

    # Starting

    def _admit(self) -> None:
        """Start what fits, in the order of submission: a large launch is not overtaken for ever by small ones."""
        if self._hesitates:
            return
        for attempt in self._in_line.wanted():
            if not self._admission.fits(attempt.claimed.launch, attempt.claimed.claim, len(self._running)):
                break
            self._begin(attempt)
        while self._queue and not self._hesitates:
            launch = self._queue[0]
            claim = self._admission.claim(launch)
            waits = bool(self._in_line) or not self._admission.fits(launch, claim, len(self._running))
            if waits and not self._in_line.may_join(
                launch, claim, self._hosts.find_fork_host(launch.step), self._running.values()
            ):
                return
            self._queue.popleft()
            self._launch(launch, claim, waits)

    def _begin(self, attempt: Running) -> None:
        """Start one that stands in line, because there is room and nobody ends whom it could follow on."""
        host = attempt.host
        assert isinstance(host, ForkHost)
        try:
            host.begin(attempt.key)
        except HostError:
            self._hear(host)  # which holds back all that was to run on it
        else:
            self._step_forward(attempt.key)

    def _step_forward(self, key: int | None) -> None:
        """The host has started, or will start, one that stood in line; nothing happens when it stood there no more."""
        attempt = self._in_line.leave(key)
        if attempt is None:
            return
        self._admission.take(attempt.claimed.claim)
        self._running[attempt.key] = attempt
        self._starts(attempt.spec)
        if self._cancelled is not None:
            grace_s, reason = self._cancelled
            self._end(attempt, EndingKind.CANCELLED, reason, grace_s)

    def _launch(self, launch: Launch, claim: Claim, waits: bool) -> None:
        claimed = Claimed(launch, claim, () if waits else self._admission.take(claim), set())
        attempts = []
        for spec in launch.specs:
            self._last_key += 1
            key = layout.log(spec.flow, spec.run_id, spec.step, spec.task_id, spec.attempt)
            log = LogWriter(self._storage, key, self._max_log_bytes, self._notice)
            attempt = Running(self._last_key, spec, claimed, log, self._listener)
            claimed.keys.add(attempt.key)
            if waits:
                self._in_line.add(attempt)
            else:
                self._running[attempt.key] = attempt
                self._starts(spec)
            attempts.append(attempt)
        for attempt in attempts:
            self._start(attempt, waits)

    def _start(self, attempt: Running, waits: bool = False) -> None:
        line, environ = self._admission.line(attempt.claimed.claim), attempt.gpu_environment
        request = Start(attempt.key, encode(attempt.spec), environ, attempt.cpus, line, waits, attempt.secrets)
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
            self._watch.add(fd, partial(self._hear_fresh, attempt, host))
        if host.silent:
            self._clocks.check_by(time.monotonic() + _POLL_S)

    def _watch_pipes(self, attempt: Running, out: int, err: int) -> None:
        for stream, fd in ((Stream.STDOUT, out), (Stream.STDERR, err)):
            os.set_blocking(fd, False)
            attempt.pipes[stream] = fd
            self._watch.add(fd, partial(self._read, attempt, stream))

    def _watch_host(self, host: ForkHost) -> None:
        fd = host.fileno()
        if not host.gone and fd not in self._watched:
            self._watched[fd] = host
            self._watch.add(fd, partial(self._hear, host))

    # What comes in

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
            self._watch.remove(host.fileno())
        for attempt in self._in_line.on(host):
            self._put_aside(attempt.key)
        for attempt in [one for one in self._running.values() if one.host is host]:
            if host.refusal:
                attempt.note(host.refusal)
                self._finish(attempt, attempt.refused(host.refusal))
            else:
                self._finish(attempt, attempt.lost())

    def _hear_fresh(self, attempt: Running, host: SpawnHost) -> None:
        before = host.filenos()
        if not before or attempt.host is not host:
            return
        events = host.events()
        for fd in set(before) - set(host.filenos()):
            self._watch.remove(fd)
        for event in events:
            if isinstance(event, Reaped):
                for fd in host.filenos():
                    self._watch.remove(fd)
                host.close()
            self._take(event)

    def _take(self, event: Event) -> None:
        attempt = self._running.get(event.key) if event.key is not None else None
        match event:
            case Started(pid=pid) if attempt:
                attempt.pid = pid
                self._clocks.start(attempt)
            case Reaped(heir=heir):
                if attempt:
                    self._leave(attempt, event)
                self._step_forward(heir)
            case Returned(key=key):
                self._put_aside(key)
            case Refused(message=message) if attempt:
                self._finish(attempt, attempt.refused(message))

    def _leave(self, attempt: Running, event: Reaped) -> None:
        if attempt.verdict is EndingKind.DEADLOCKED and not attempt.fresh:
            self._start_again(attempt)
        else:
            self._finish(attempt, attempt.ending(event))

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
            self._admission.give_back(claimed.claim, claimed.gpus)
        elif went_wrong:
            for key in list(claimed.keys):
                reason = f"node {attempt.spec.gang.index if attempt.spec.gang else 0} of the gang failed"
                self._end(self._running[key], EndingKind.CANCELLED, reason, self._grace_s)

    def _put_aside(self, key: int) -> None:
        """One that stood in line never started."""
        attempt = self._in_line.leave(key)
        if attempt is not None:
            self._close_attempt(attempt)
            self._endings.append(held_back(attempt.spec))

    def _close_attempt(self, attempt: Running) -> None:
        for stream in list(attempt.pipes):
            attempt.drain(stream)
            self._close_pipe(attempt, stream)
        attempt.close_log()

    def _close_pipe(self, attempt: Running, stream: Stream) -> None:
        fd = attempt.pipes.pop(stream)
        self._watch.remove(fd)
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
