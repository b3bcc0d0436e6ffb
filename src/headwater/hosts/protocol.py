"""What a driver and a host say to each other: length-prefixed frames over a Unix stream socket, descriptors with them.

    driver                                   host
      │ OpenRun(run, storage)   + lock fd      │   once; the lock is the run's, and lives as long as the host
      ├──────────────────────────────────────► │
      │ Start(key, spec)        + stdout, stderr   one process per key
      ├──────────────────────────────────────► │
      │                      Started(key, pid) │
      │ ◄──────────────────────────────────────┤
      │ Kill(key, signal)                      │   to the attempt's whole process group
      ├──────────────────────────────────────► │
      │              Reaped(key, status, heir) │   the process is gone, and so is its group
      │ ◄──────────────────────────────────────┤
      │ end of file                            │   the host kills what still runs, and exits

`Start(…, waits=True)` stands in line: the host starts it, as the heir, the moment an attempt of the same line ended
well, so that no CPU is idle while the driver hears of the end and answers. Behind a failure nothing starts by itself
until the driver has spoken: `Begin(key)` starts what waits, `Recall(key)` takes it out of the line, to which the host
answers `Returned(key)` if it had not started.

A frame is its length in four bytes, little-endian, then MessagePack. A host that cannot work says `Refused` and exits.
"""

import os
import socket
from array import array
from collections import deque
from collections.abc import Sequence
from contextlib import suppress

import msgspec

_LENGTH = 4
_CHUNK = 1 << 18
_FDS_SPACE = socket.CMSG_SPACE(16 * array("i").itemsize)


class OpenRun(msgspec.Struct, frozen=True, tag="open-run"):
    """The run whose attempts follow."""

    run: bytes  # a RunRecord
    storage_url: str
    locked: bool  # the descriptor of the run's lock travels along


class Start(msgspec.Struct, frozen=True, tag="start"):
    """Run one attempt. The writing ends for its stdout and stderr travel along, unless the host has its own."""

    key: int
    spec: bytes  # a TaskSpec
    environ: dict[str, str] = {}  # set in the attempt, after the author's imports
    cpus: int = 1  # its share of the claim, for the threads of numeric libraries
    line: int = 0  # attempts of one line hold the same claim, so each can follow on each
    waits: bool = False
    secrets: dict[str, str] = {}  # like environ; the attempt masks them in its record


class Begin(msgspec.Struct, frozen=True, tag="begin"):
    """Start an attempt that waits; nothing happens when it does not."""

    key: int


class Recall(msgspec.Struct, frozen=True, tag="recall"):
    """Do not start an attempt that waits; nothing happens when it has started."""

    key: int


class Kill(msgspec.Struct, frozen=True, tag="kill"):
    """Send a signal to an attempt's process group; nothing happens when it is over."""

    key: int
    signal: int


class Started(msgspec.Struct, frozen=True, tag="started"):
    """An attempt's process is there."""

    key: int
    pid: int
    at: float  # seconds since 1970, UTC


class Reaped(msgspec.Struct, frozen=True, tag="reaped"):
    """An attempt's process ended and was waited for."""

    key: int
    pid: int
    status: int  # as `os.wait` gives it
    cpu_s: float
    started_at: float
    ended_at: float
    heir: int | None = None  # the attempt that stood in line and has started in its place


class Returned(msgspec.Struct, frozen=True, tag="returned"):
    """A recalled attempt never started."""

    key: int


class Refused(msgspec.Struct, frozen=True, tag="refused"):
    """The attempt (or, without a key, the host) cannot run."""

    message: str
    key: int | None = None


Request = OpenRun | Start | Begin | Recall | Kill
Event = Started | Reaped | Returned | Refused
Message = Request | Event

_encoder = msgspec.msgpack.Encoder()
_decoder: msgspec.msgpack.Decoder[Message] = msgspec.msgpack.Decoder(Message)


class Channel:
    """One end of the socket: whole messages, and the descriptors in the order in which they came."""

    def __init__(self, sock: socket.socket) -> None:
        self._sock = sock
        self._rest = bytearray()
        self.fds: deque[int] = deque()
        self.closed = False  # the other end is gone

    def fileno(self) -> int:
        return self._sock.fileno()

    def send(self, message: Message, fds: Sequence[int] = ()) -> None:
        """Send a message; the caller keeps its descriptors. `OSError` when the other end is gone."""
        body = _encoder.encode(message)
        frame = len(body).to_bytes(_LENGTH, "little") + body
        if fds:
            sent = socket.send_fds(self._sock, [frame], fds)
            if sent == len(frame):
                return
            frame = frame[sent:]
        self._sock.sendall(frame)

    def receive(self, wait: bool = True) -> list[Message]:
        """Whole messages that have come; blocks, if it may, until some bytes have. Sets `closed` at the end."""
        try:
            # not `socket.recv_fds`: it does not pass its flags on
            data, extra, _, _ = self._sock.recvmsg(_CHUNK, _FDS_SPACE, 0 if wait else socket.MSG_DONTWAIT)
        except BlockingIOError:
            return []
        except OSError:
            data, extra = b"", []
        for level, kind, content in extra:
            if (level, kind) == (socket.SOL_SOCKET, socket.SCM_RIGHTS):
                self._take_fds(content)
        if not data:
            self.closed = True
            return []
        self._rest += data
        return self._take_messages()

    def _take_fds(self, content: bytes) -> None:
        fds = array("i")
        fds.frombytes(content[: len(content) - len(content) % fds.itemsize])
        for fd in fds:
            os.set_inheritable(fd, False)
        self.fds.extend(fds)

    def _take_messages(self) -> list[Message]:
        messages: list[Message] = []
        start, rest = 0, self._rest
        while len(rest) - start >= _LENGTH:
            body = start + _LENGTH
            end = body + int.from_bytes(rest[start:body], "little")
            if end > len(rest):
                break
            messages.append(_decoder.decode(bytes(rest[body:end])))
            start = end
        del rest[:start]
        return messages

    def shut(self) -> None:
        """Say the end to the other side, also where a copy of this end is open elsewhere."""
        self.closed = True
        with suppress(OSError):  # it was gone already
            self._sock.shutdown(socket.SHUT_RDWR)
        self._sock.close()
