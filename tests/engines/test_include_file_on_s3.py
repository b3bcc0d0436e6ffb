"""Files as parameters on a bucket: a large one is kept whole and read back."""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from headwater.client.objects import Run

FLOW = """
from headwater import FlowSpec, IncludeFile, step

class Included(FlowSpec):
    text = IncludeFile("text", default="large.txt")
    raw = IncludeFile("raw", is_text=False, default="large.txt")
    small = IncludeFile("small", default="small.txt")

    @step
    def start(self):
        self.lengths = len(self.text), len(self.raw), self.small
        self.next(self.end)

    @step
    def end(self):
        pass

if __name__ == "__main__":
    Included()
"""


@pytest.mark.engine("moto")
def test_a_large_file_goes_to_a_bucket_and_comes_back(
    tmp_path: Path, new_bucket: Callable[[], str], monkeypatch: pytest.MonkeyPatch
) -> None:
    root = f"s3://{new_bucket()}/team"
    monkeypatch.setenv("HEADWATER_DATASTORE_ROOT", root)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    (tmp_path / "flow.py").write_text(FLOW)
    (tmp_path / "large.txt").write_bytes(b"0123456\r\n" * (1 << 20))
    (tmp_path / "small.txt").write_text("few")
    done = subprocess.run(
        [sys.executable, "flow.py", "run", "--run-id-file", "id"],
        cwd=tmp_path,
        env={**os.environ, "HEADWATER_USER": "ada"},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    monkeypatch.setenv("HEADWATER_USER", "ada")
    data = Run(f"Included/{(tmp_path / 'id').read_text()}").data
    assert data is not None
    assert data.lengths == (8 << 20, 9 << 20, "few")
    assert data.text == "0123456\n" * (1 << 20)
