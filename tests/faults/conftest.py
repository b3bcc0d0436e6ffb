"""A folder to run a flow in."""

import os
import subprocess
from pathlib import Path

import pytest

from flow_project import Project


@pytest.fixture
def project(tmp_path: Path) -> Project:
    return Project(tmp_path)


@pytest.fixture(scope="session")
def in_mounts() -> str:
    """The words that run a command where it may mount what nobody else sees."""
    for words in ("unshare -m", "unshare -rm"):
        tried = subprocess.run(
            [*words.split(), "sh", "-c", "mount -t tmpfs -o size=64k none /mnt"], capture_output=True, check=False
        )
        if tried.returncode == 0:
            return words
    if os.environ.get("CI"):
        pytest.fail("mounting is not permitted here")
    pytest.skip("mounting is not permitted here")
