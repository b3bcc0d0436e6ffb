"""Folders to run flows in: one for a test, or one whose run several tests of a file look at."""

from collections.abc import Callable
from pathlib import Path

import pytest

from flow_project import Project


@pytest.fixture
def project(tmp_path: Path) -> Project:
    return Project(tmp_path)


@pytest.fixture(scope="module")
def new_project(tmp_path_factory: pytest.TempPathFactory) -> Callable[[], Project]:
    """Makes folders that live as long as the file's tests."""
    return lambda: Project(tmp_path_factory.mktemp("flow"))
