"""Configs of a run in a bucket: forks and fresh interpreters have them, and a resumed run has those of its origin."""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from headwater.client.objects import Run

FLOW = """
import os
from headwater import Config, FlowSpec, environment, step

class Tuned(FlowSpec):
    config = Config("config", default="config.json")

    @environment(vars={"KIND": config.kind})
    @step
    def start(self):
        self.seen = (os.environ["KIND"], len(self.config.words))
        self.next(self.end)

    @step
    def end(self):
        if not os.environ.get("GO"):
            raise RuntimeError("not yet")
        self.kind = self.config.kind

if __name__ == "__main__":
    Tuned()
"""


@pytest.mark.engine("moto")
@pytest.mark.parametrize("isolation", ["fork", "spawn"])
def test_a_resumed_run_on_a_bucket_has_the_configs_of_its_origin(
    tmp_path: Path, new_bucket: Callable[[], str], monkeypatch: pytest.MonkeyPatch, isolation: str
) -> None:
    root = f"s3://{new_bucket()}/team"
    monkeypatch.setenv("HEADWATER_DATASTORE_ROOT", root)
    monkeypatch.setenv("HEADWATER_USER", "tester")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    file = tmp_path / "tuned.py"
    file.write_text(FLOW)
    words = ", ".join(f'"word {number}"' for number in range(2_000))
    (tmp_path / "config.json").write_text(f'{{"kind": "first", "words": [{words}]}}')
    first = _run(file, "run", "--isolation", isolation)
    assert (first.returncode, "RuntimeError: not yet" in first.stderr) == (1, True), first.stderr
    (tmp_path / "config.json").write_text('{"kind": "second", "words": []}')
    monkeypatch.setenv("GO", "1")
    again = _run(file, "resume", "--isolation", isolation)
    assert again.returncode == 0, again.stderr
    data = Run("Tuned/latest-success").data
    assert data is not None
    assert (data.kind, data.seen, len(data.config["words"])) == ("first", ("first", 2_000), 2_000)


def _run(file: Path, *words: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, file.name, *words],
        cwd=file.parent,
        env=dict(os.environ),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
