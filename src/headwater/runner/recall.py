"""The configs of a run that is resumed, read before the fork host is there.

    this process ── fork ──► opens root and index, reads, answers through a pipe, is gone

The host is a fork of this process, so nothing with threads or connections may be open here yet; the root and its index
are such things. Where no host will be forked they are opened here.
"""

import os
import pickle
from collections.abc import Callable
from typing import Any

from headwater.errors import HostError
from headwater.runner.raised import Raised
from headwater.settings import Settings


def recall_configs(flow: str, run_id: str | None, settings: Settings, forks: bool) -> tuple[str, dict[str, Any]]:
    """The id of the run to resume, and its configs by Python name. `forks`: this process is to be forked later."""

    def read() -> tuple[str, dict[str, Any]]:
        from headwater.runner.origin import origins_configs

        return origins_configs(flow, run_id, settings)

    return _in_a_fork(read) if forks else read()


def _in_a_fork(read: Callable[[], Any]) -> Any:
    """What a function answers in a fork of this process; raises what it raised there."""
    receiving, sending = os.pipe()
    pid = os.fork()
    if pid == 0:
        _answer(read, sending)
    os.close(sending)
    with os.fdopen(receiving, "rb") as stream:
        answer = stream.read()
    os.waitpid(pid, 0)
    if not answer:
        raise HostError("The process that was to read the run's configs died. Try again.")
    found = pickle.loads(answer)
    if isinstance(found, Raised):
        raise found.error()
    return found


def _answer(read: Callable[[], Any], sending: int) -> None:
    """The fork's side; does not return."""
    try:
        try:
            answer = pickle.dumps(read())
        except Exception as exc:  # noqa: BLE001  it is raised on the other side
            answer = pickle.dumps(Raised.of(exc))
        with os.fdopen(sending, "wb") as stream:
            stream.write(answer)
    finally:
        os._exit(0)
