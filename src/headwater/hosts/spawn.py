"""A fresh interpreter as a host: imports the author's file, then runs one attempt in itself, or becomes a fork host.

    python -m headwater.hosts.spawn '{"kind": "spawn", "file": "/path/flow.py", "fd": 5, ...}'

It is launched with the environment variables of its step, so that they are there before the author's imports.
"""

import os
import signal
import socket
import subprocess
import sys
import time
import traceback
from collections.abc import Mapping, Sequence
from contextlib import suppress
from enum import StrEnum
from importlib import import_module
from pathlib import Path
from typing import NoReturn

import msgspec

from headwater.hosts.client import ForkHost, SpawnHost
from headwater.hosts.fork import open_place, serve_forks
from headwater.hosts.process import EXIT_BROKEN, die_with_parent, prepare_streams, run_to_exit
from headwater.hosts.protocol import Channel, OpenRun, Refused, Start, Started
from headwater.hosts.work import Loaded, Work
from headwater.records.base import decode
from headwater.records.task import TaskSpec
from headwater.worker import usage


class Kind(StrEnum):
    """What a launched interpreter is for."""

    SPAWN = "spawn"  # one attempt, in the process itself
    FORK = "fork"  # a fork per attempt


class Errand(msgspec.Struct, frozen=True):
    """What a launched host is told on its command line."""

    kind: Kind
    file: str
    class_name: str | None
    work: str  # "module:attribute"
    module: str | None = None  # the name under which the driver has imported the file; None: its stem
    fd: int = -1
    driver: int = 0
    path: tuple[str, ...] = ()  # where the driver looks for modules; none: beside the author's file


def launch_spawn(errand: Errand, environ: Mapping[str, str]) -> SpawnHost:
    """Start an interpreter for one attempt; it imports the author's file at once."""
    out_read, out_write = os.pipe()
    err_read, err_write = os.pipe()
    try:
        channel, process = _launch(errand, environ, out_write, err_write)
    finally:
        os.close(out_write)
        os.close(err_write)
    return SpawnHost(channel, process, out_read, err_read)


def launch_fork_host(errand: Errand, environ: Mapping[str, str]) -> ForkHost:
    """Start an interpreter that imports the author's file under an environment and forks for each attempt."""
    channel, process = _launch(errand, environ, subprocess.DEVNULL, subprocess.DEVNULL)
    return ForkHost(channel, process.pid, process)


def _launch(
    errand: Errand, environ: Mapping[str, str], out: int, err: int
) -> tuple[Channel, "subprocess.Popen[bytes]"]:
    ours, theirs = socket.socketpair()
    with theirs:
        told = msgspec.structs.replace(errand, fd=theirs.fileno(), driver=os.getpid())
        process = subprocess.Popen(
            [sys.executable, "-m", "headwater.hosts.spawn", msgspec.json.encode(told).decode()],
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=err,
            env=dict(environ),
            pass_fds=(theirs.fileno(),),
            process_group=0 if errand.kind is Kind.SPAWN else None,
        )
    return Channel(ours), process


def main(arguments: Sequence[str]) -> NoReturn:
    """The launched process."""
    errand = msgspec.json.decode(arguments[0], type=Errand)
    if errand.kind is Kind.SPAWN:
        die_with_parent(errand.driver, signal.SIGKILL)
    sock = socket.socket(fileno=errand.fd)
    sock.set_inheritable(False)
    channel = Channel(sock)
    set_path(str(Path(errand.file).parent), errand.path)
    work = _find_work(errand.work)
    try:
        loaded = work.load(errand.file, errand.class_name, errand.module)
    except BaseException:  # noqa: BLE001  the author's file may do anything when it is imported
        _refuse(channel, traceback.format_exc())
    if errand.kind is Kind.FORK:
        serve_forks(channel, loaded, work, errand.driver)
    _serve_one(channel, loaded, work)


def set_path(folder: str, path: Sequence[str]) -> None:
    """As when the author's file is run by its name; `-m` has put the working directory there.

    `path`: as in a driver that is a program of its own, then what the step's environment adds.
    """
    if path:
        sys.path[:] = [*path, *(place for place in sys.path[1:] if place not in path)]
    elif sys.flags.safe_path:
        sys.path.insert(0, folder)
    else:
        sys.path[0] = folder


def _find_work(name: str) -> Work:
    module, _, attribute = name.partition(":")
    work: Work = getattr(import_module(module), attribute)
    return work


def _refuse(channel: Channel, message: str) -> NoReturn:
    sys.stderr.write(message)
    with suppress(OSError):  # the driver is gone as well
        channel.send(Refused(message))
    sys.stderr.flush()
    os._exit(EXIT_BROKEN)


def _serve_one(channel: Channel, loaded: Loaded, work: Work) -> NoReturn:
    """Wait for the attempt, run it here, and end as an interpreter does."""
    prepare_streams()
    place = None
    while not channel.closed:
        for request in channel.receive():
            if isinstance(request, OpenRun):
                if request.locked:
                    channel.fds.popleft()  # kept open: the run is held while this process lives
                place = open_place(request, loaded, work)
            elif isinstance(request, Start):
                channel.send(Started(request.key, os.getpid(), time.time()))
                usage.begin()
                run_to_exit(work, place, request, decode(TaskSpec, request.spec, "a request"), loaded.refresh)
    os._exit(0)


if __name__ == "__main__":
    main(sys.argv[1:])
