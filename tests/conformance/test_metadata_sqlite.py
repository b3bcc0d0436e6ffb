"""The SQLite index keeps the metadata contract, in a file and in memory."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from headwater.metadata.base import Metadata
from headwater.metadata.index import Index
from headwater.testing.metadata import MetadataContract


class TestIndexInAFile(MetadataContract):
    @pytest.fixture
    def index(self, tmp_path: Path) -> Iterator[Metadata]:
        with Index(tmp_path / "index.db") as index:
            yield index


class TestIndexInMemory(MetadataContract):
    @pytest.fixture
    def index(self) -> Iterator[Metadata]:
        with Index(None) as index:
            yield index
