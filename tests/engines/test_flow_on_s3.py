"""One thin path on a bucket: a run that fails, its resume, and what the client and the commands read back."""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from headwater.client.objects import Run

FLOW = """
import os
import numpy
from headwater import FlowSpec, catch, retry, step

class Bucketed(FlowSpec):
    @step
    def start(self):
        self.items = ["a", "b", "c"]
        self.table = numpy.arange(400_000, dtype="f8")  # a blob of its own
        self.next(self.work, foreach="items")

    @retry(times=1, minutes_between_retries=0)
    @step
    def work(self):
        print("working on", self.input)
        self.value = self.input * 2
        self.next(self.join)

    @step
    def join(self, inputs):
        self.values = [each.value for each in inputs]
        self.merge_artifacts(inputs, include=["table"])
        self.table[0] = 7.0
        self.next(self.risky)

    @catch(var="reason")
    @step
    def risky(self):
        raise ValueError("caught")
        self.next(self.end)

    @step
    def end(self):
        if not os.environ.get("GO"):
            raise RuntimeError("not yet")

if __name__ == "__main__":
    Bucketed()
"""


@pytest.mark.engine("moto")
def test_a_flow_runs_fails_resumes_and_is_read_back_on_a_bucket(
    tmp_path: Path, new_bucket: Callable[[], str], monkeypatch: pytest.MonkeyPatch
) -> None:
    root = f"s3://{new_bucket()}/team"
    monkeypatch.setenv("HEADWATER_DATASTORE_ROOT", root)
    monkeypatch.setenv("HEADWATER_USER", "tester")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    file = tmp_path / "bucketed.py"
    file.write_text(FLOW)

    first = _run(file, "run")
    assert first.returncode == 1, first.stderr
    assert "RuntimeError: not yet" in first.stderr

    monkeypatch.setenv("GO", "1")
    second = _run(file, "resume")
    assert second.returncode == 0, second.stderr
    assert "6 taken over" in second.stderr

    run = Run("Bucketed/latest-success")
    assert run.origin_pathspec is not None
    data = run.data
    assert data is not None
    assert data.values == ["aa", "bb", "cc"]
    assert data.table[0] == 7.0
    assert data.table.sum() == 7.0 + sum(range(400_000))
    assert "caught" in data.reason.exception
    assert [task.data.table[0] for task in run["work"]] == [0.0, 0.0, 0.0]
    assert run["work"]["1"].stdout == "working on b\n"
    assert not (tmp_path / ".headwater").exists(), "nothing of the root is kept on the local disk"

    shown = subprocess.run(
        [sys.executable, "-m", "headwater", "logs", f"{run.pathspec}/work/2"],
        capture_output=True,
        text=True,
        check=True,
    )
    assert "working on c" in shown.stdout


def _run(file: Path, command: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, file, command], cwd=file.parent, env=os.environ, capture_output=True, text=True, timeout=120
    )
