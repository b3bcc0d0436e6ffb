"""TensorBoard over what tasks kept: the real program reads the event files."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
import time
import urllib.request
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pathlib import Path

    from cli.conftest import Command


def test_event_files_are_written_out_by_task(python: Command, headwater: Command, tmp_path: Path) -> None:
    assert python("events.py", "--quiet", "run").code == 0
    answer = headwater("--json", "tensorboard", "Events/latest", "--save", "out")
    assert json.loads(answer.out)["files"] == [
        "train/0/events/events.out.tfevents.1",
        "train/1/as_dict/events.out.tfevents.2",
    ]
    assert (tmp_path / "out/train/1/as_dict/events.out.tfevents.2").stat().st_size > 100
    assert "is not empty" in headwater("tensorboard", "Events", "--save", "out").err


def test_where_no_task_kept_events_it_says_how_to(python: Command, headwater: Command) -> None:
    assert python("greeting.py", "--quiet", "run").code == 0
    answer = headwater("tensorboard", "Greeting/latest", "--save", "out")
    assert answer.code == 1
    assert "Folder(writer.log_dir)" in answer.err


def test_tensorboard_shows_the_scalars_of_a_run(python: Command, tmp_path: Path, environ: dict[str, str]) -> None:
    assert python("events.py", "--quiet", "run").code == 0
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    command = [sys.executable, "-m", "headwater", "tensorboard", "Events/latest", "--port", str(port)]
    with subprocess.Popen(command, cwd=tmp_path, env=environ, stderr=subprocess.PIPE) as process:
        try:
            loss = _ask(process, f"http://127.0.0.1:{port}/data/plugin/scalars/tags")
            assert loss == {"train/0/events": ["loss"], "train/1/as_dict": ["loss"]}
        finally:
            process.terminate()


def _ask(process: subprocess.Popen[bytes], url: str) -> dict[str, Any]:
    """What it answers once it has read all runs."""
    deadline = time.monotonic() + 90
    answer: dict[str, Any] = {}
    while len(answer) < 2 and time.monotonic() < deadline and process.poll() is None:
        try:
            with urllib.request.urlopen(url, timeout=10) as response:
                answer = json.load(response)
        except OSError:
            time.sleep(0.2)
    return {run: sorted(tags) for run, tags in answer.items()}
