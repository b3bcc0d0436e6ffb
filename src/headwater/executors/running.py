"""One attempt while it runs: its process, its pipes, its log, and what was decided about it."""

import os
import time
from collections.abc import Sequence
from typing import NamedTuple

from headwater.executors.base import Ending, EndingKind, Launch, OutputListener
from headwater.executors.logs import LogWriter
from headwater.executors.machine import Claim
from headwater.executors.sleep import Sleep
from headwater.hosts.client import ForkHost, SpawnHost
from headwater.hosts.process import EXIT_BROKEN
from headwater.hosts.protocol import Reaped
from headwater.records.decorators import Card, Timeout, find_decorator
from headwater.records.log import LogLine, Stream
from headwater.records.task import TaskSpec, Usage
from headwater.vault.masking import StreamMask

_CHUNK = 1 << 16
_SHOW_AFTER_S = 0.25  # how old an unfinished line gets before it is told of, and again for what follows
_MAX_DRAIN = 1 << 21  # bytes: more than any pipe holds; a process outside the group may write for ever
_DECIDED_BY_ITSELF = (0, 1)  # exit codes of an attempt that wrote its record


class Claimed(NamedTuple):
    """A launch that was admitted, and what it holds until its last member ends."""

    launch: Launch
    claim: Claim
    gpus: tuple[str, ...]
    keys: set[int]  # members that still run


class Running:
    """An attempt from its start to its ending. Changed by the executor only."""

    def __init__(self, key: int, spec: TaskSpec, claimed: Claimed, log: LogWriter, listener: OutputListener) -> None:
        self.key = key
        self.spec = spec
        self.claimed = claimed
        self.pid = 0
        self.host: ForkHost | SpawnHost | None = None
        self.pipes: dict[Stream, int] = {}  # the reading ends that are open
        self.started: float | None = None  # monotonic; None until the host said so
        self.verdict: EndingKind | None = None  # why we end it
        self.detail = ""
        self.kill_at: float | None = None  # monotonic: SIGKILL is due
        self.show_at: float | None = None  # monotonic: what there is of an unfinished line is to be told
        self.sleep: Sleep | None = None
        self.recalled = False  # stands in line, and the host was asked not to start it
        self.fresh = False  # runs in an interpreter of its own because the fork did not wake up
        self.hidden = claimed.launch.hidden
        self._masks = {stream: StreamMask(self.hidden.mask) for stream in Stream} if self.hidden else {}
        self._log = log
        self._listener = listener

    @property
    def limit_s(self) -> float | None:
        """The step's timeout; None when it has none."""
        timeout = find_decorator(self.claimed.launch.step.decorators, Timeout)
        return timeout.total_s if timeout else None

    @property
    def due_s(self) -> float | None:
        """When the step is over for sure: its timeout, and what its cards may take afterwards."""
        cards_s = sum(one.timeout for one in self.claimed.launch.step.decorators if isinstance(one, Card))
        return None if self.limit_s is None else self.limit_s + cards_s

    @property
    def cpus(self) -> int:
        """Its share of the CPUs that the launch holds, in whole ones."""
        return max(1, int(self.claimed.claim.cpus / len(self.claimed.launch.specs)))

    @property
    def secrets(self) -> dict[str, str]:
        """Variables that nobody else is told of."""
        return dict(self.hidden.variables) if self.hidden else {}

    @property
    def gpu_environment(self) -> dict[str, str]:
        """Its share of the GPUs that the launch holds."""
        gpus, specs = self.claimed.gpus, self.claimed.launch.specs
        if not gpus:
            return {}
        share = max(1, len(gpus) // len(specs))
        first = specs.index(self.spec) * share % len(gpus)
        return {"CUDA_VISIBLE_DEVICES": ",".join(gpus[first : first + share])}

    def signal(self, number: int) -> None:
        """Signal its process group, once it has a host."""
        if isinstance(self.host, SpawnHost):
            self.host.kill(number)
        elif self.host is not None:
            self.host.kill(self.key, number)

    def read(self, stream: Stream) -> bool:
        """Take what is in a pipe; False at its end."""
        try:
            data = os.read(self.pipes[stream], _CHUNK)
        except BlockingIOError:
            return True
        if data:
            self._tell(self._log.feed(stream, self._masked(stream, data)))
            if self.show_at is None and self._log.has_unfinished:
                self.show_at = time.monotonic() + _SHOW_AFTER_S
        return bool(data)

    def show_unfinished(self) -> None:
        """Tell what there is of unfinished lines: a question that waits, a progress bar."""
        self.show_at = None
        self._tell(self._log.peek())

    def drain(self, stream: Stream) -> None:
        """Take all that is in a pipe after the process has ended."""
        taken = 0
        while taken < _MAX_DRAIN:
            try:
                data = os.read(self.pipes[stream], _CHUNK)
            except BlockingIOError:
                return
            if not data:
                return
            taken += len(data)
            self._tell(self._log.feed(stream, self._masked(stream, data)))

    def note(self, text: str) -> None:
        """Say in the log, and to who listens, what was done to the attempt."""
        self._tell(self._log.note(text))

    def close_log(self) -> None:
        for stream, mask in self._masks.items():
            rest = mask.flush()
            if rest:
                self._tell(self._log.feed(stream, rest))
        self._tell(self._log.close())

    def ending(self, reaped: Reaped) -> Ending:
        """How it went, from the process's status and what was decided."""
        code = os.waitstatus_to_exitcode(reaped.status)
        if self.verdict is not None and code not in _DECIDED_BY_ITSELF:
            kind = self.verdict
        else:
            kind = EndingKind.EXITED if code >= 0 else EndingKind.SIGNALLED
        return Ending(
            self.spec,
            kind,
            exit_code=code if code >= 0 else None,
            signal=-code if code < 0 else None,
            started_at=reaped.started_at,
            ended_at=reaped.ended_at,
            pid=reaped.pid,
            usage=Usage(cpu_s=reaped.cpu_s),
            detail=self.detail,
        )

    def lost(self) -> Ending:
        """How it went when its host died: as was decided, where its end was."""
        if self.verdict is EndingKind.CANCELLED:
            return Ending(self.spec, EndingKind.CANCELLED, ended_at=time.time(), pid=self.pid, detail=self.detail)
        return Ending(self.spec, EndingKind.HOST_LOST, ended_at=time.time(), pid=self.pid)

    def refused(self, message: str) -> Ending:
        """How it went when the host said why it cannot run it."""
        now = time.time()
        last_line = message.strip().rpartition("\n")[2]
        ending = Ending(self.spec, EndingKind.EXITED, exit_code=EXIT_BROKEN, started_at=now, ended_at=now)
        return ending._replace(detail=last_line)

    def _masked(self, stream: Stream, data: bytes) -> bytes:
        """Without secrets; what may be the beginning of one waits for what follows."""
        return self._masks[stream].feed(data) if self._masks else data

    def _tell(self, lines: Sequence[LogLine]) -> None:
        if lines:
            self._listener(self.spec, lines)
