"""Processes as a test of faults sees them: begun in a session of their own, waited for by what they do, killed."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from flow_project import Project

PATIENCE_S = 30.0


def launch(
    project: Project, *words: str, environ: Mapping[str, str] | None = None, **how: Any
) -> "subprocess.Popen[str]":
    """The flow's command line, begun in a session of its own."""
    streams: dict[str, Any] = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "stdin": subprocess.DEVNULL}
    return subprocess.Popen(
        [sys.executable, project.file.name, *words],
        cwd=project.folder,
        env={**project.environ, **(environ or {})},
        start_new_session=True,
        text=True,
        **{**streams, **how},
    )


def headwater(project: Project, *words: str | bytes) -> "subprocess.CompletedProcess[str]":
    """The `headwater` command, until it ends."""
    return subprocess.run(
        [sys.executable, "-m", "headwater", *words],
        cwd=project.folder,
        env=project.environ,
        capture_output=True,
        text=True,
        errors="backslashreplace",
        timeout=PATIENCE_S,
        check=False,
    )


def wait_for(happened: Callable[[], Any], driver: "subprocess.Popen[str] | None" = None) -> Any:
    """What `happened` says once it says something; at most as long as `driver` lives."""
    deadline = time.monotonic() + PATIENCE_S
    while True:
        ended = driver is not None and driver.poll() is not None
        said = happened()
        if said:
            return said
        assert not ended, driver and driver.communicate()
        assert time.monotonic() < deadline, "it did not happen"
        time.sleep(0.005)


def read_pid(path: Path, driver: "subprocess.Popen[str]") -> int:
    """The number that a step writes to a file, with a newline behind it."""
    text: str = wait_for(lambda: path.exists() and path.read_text().endswith("\n") and path.read_text(), driver)
    return int(text)


def is_alive(pid: int) -> bool:
    """Whether a process runs; one that ended and was not waited for does not."""
    return _fields(pid)[:1] not in ([], ["Z"])


def kill_session(leader: int) -> None:
    """End everything of a session, whatever its process group."""
    while members := [pid for pid in _pids() if _is_member(pid, leader)]:
        for pid in members:
            kill(pid)


def kill(pid: int) -> None:
    try:
        os.kill(pid, signal.SIGKILL)
    except ProcessLookupError:
        return


def children(parent: int) -> list[int]:
    """Processes whose parent a process is."""
    return [pid for pid in _pids() if _fields(pid)[1:2] == [str(parent)] and is_alive(pid)]


def _pids() -> list[int]:
    return [int(name) for name in os.listdir("/proc") if name.isdigit()]


def _is_member(pid: int, leader: int) -> bool:
    fields = _fields(pid)
    return bool(fields) and fields[0] != "Z" and int(fields[3]) == leader


def _fields(pid: int) -> list[str]:
    """What stands behind the name in /proc/PID/stat; empty when there is no such process."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return []
