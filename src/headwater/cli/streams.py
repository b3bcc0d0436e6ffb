"""The standard streams as bytes, for a process that outlives their readers."""

import contextlib
import errno
import os
from typing import TextIO

_GONE = (errno.EPIPE, errno.EIO)  # the other end of the pipe, the terminal


class Sink:
    """One standard stream. Once its reader has gone (`| head`) it takes everything and shows nothing: a run goes on."""

    def __init__(self, stream: TextIO | None) -> None:
        self._stream = stream
        self.is_terminal = stream is not None and not stream.closed and stream.isatty()

    def write(self, data: bytes) -> None:
        """Show the bytes as they are, at once."""
        if self._stream is None or not data:
            return
        try:
            buffer = getattr(self._stream, "buffer", None)
            if buffer is None:
                self._stream.write(data.decode("utf-8", "backslashreplace"))
            else:
                self._stream.flush()  # what was printed as text comes first
                buffer.write(data)
            self._stream.flush()
        except ValueError:  # somebody closed the stream
            self._stream = None
        except OSError as exc:
            if exc.errno not in _GONE:
                raise
            silence(self._stream)
            self._stream = None

    def line(self, text: str = "") -> None:
        self.write(f"{text}\n".encode("utf-8", "backslashreplace"))


def silence(stream: TextIO | None) -> None:
    """Send what is left in a stream, whose reader has gone, to nowhere: Python flushes it again when it ends."""
    if stream is None:
        return
    with contextlib.suppress(OSError, ValueError):
        descriptor = os.open(os.devnull, os.O_WRONLY)
        os.dup2(descriptor, stream.fileno())
        os.close(descriptor)
