"""`headwater doctor` on a bucket: reachable or not, and every object of it verified."""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from headwater.artifacts.blobs import Blobs
from headwater.checkup.finding import Finding, Level
from headwater.checkup.kept import check_kept
from headwater.checkup.reachable import check_reachable
from headwater.checkup.verify import verify
from headwater.storage.open import open_storage

FLOW = """
from headwater import FlowSpec, step

class Kept(FlowSpec):
    @step
    def start(self):
        self.data = bytes(range(256)) * 4096
        self.next(self.end)

    @step
    def end(self):
        pass

if __name__ == "__main__":
    Kept()
"""


def found_by(findings: list[Finding], *levels: Level) -> list[str]:
    return [one.text for one in findings if one.level in levels]


@pytest.mark.engine("moto")
def test_a_bucket_is_reached_and_everything_in_it_verified(
    tmp_path: Path, new_bucket: Callable[[], str], monkeypatch: pytest.MonkeyPatch
) -> None:
    root = f"s3://{new_bucket()}/team"
    monkeypatch.setenv("HEADWATER_DATASTORE_ROOT", root)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    (tmp_path / "kept.py").write_text(FLOW)
    subprocess.run([sys.executable, tmp_path / "kept.py", "run"], cwd=tmp_path, check=True, timeout=120)
    with open_storage(root) as storage:
        assert found_by(check_reachable(storage), Level.OK) == [
            f"{root} can be read and written, and keeps names that are taken"
        ]
        assert not list(storage.list(".tmp"))
        assert "1 run of 1 flow" in found_by(check_kept(storage, os.environ), Level.OK)
        assert found_by(verify(storage, lambda *_: None), Level.PROBLEM, Level.WARNING, Level.NOTE) == []

        largest = max(storage.list("blobs"), key=lambda entry: entry.size)
        storage.overwrite(largest.key, b"something else")
        spare = Blobs(storage).save(b"x" * 10_000)
        findings = verify(storage, lambda *_: None)
        (damaged,) = [one for one in findings if one.level is Level.PROBLEM]
        assert damaged.text == "1 blob damaged: the bytes are not what the name says"
        assert "needed by Kept/" in damaged.details[0]
        assert found_by(findings, Level.NOTE)[0].startswith("1 blob (")
        assert storage.exists(f"blobs/{spare.hash[:2]}/b3-{spare.hash}")


@pytest.mark.engine("moto")
def test_a_bucket_that_is_not_there_is_a_problem(new_bucket: Callable[[], str]) -> None:
    with open_storage(f"s3://{new_bucket()}-not-there/team") as storage:
        (found,) = check_reachable(storage)
        assert found.level is Level.PROBLEM
