"""Benches that are closed at the end of a test."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from headwater.testing.local_bench import Bench, BenchMaker


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[BenchMaker]:
    """Make a bench: `bench(code, kind="fork", **options of LocalExecutor)`."""
    opened: list[Bench] = []

    def make(code: str, kind: str = "fork", **options: Any) -> Bench:
        one = Bench(tmp_path)
        opened.append(one)
        return one.open(code, kind, **options)

    yield make
    for one in opened:
        one.executor.close()
