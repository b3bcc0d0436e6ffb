"""The executor suite on processes of this machine: forks of one host, and an interpreter each."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from headwater.executors.machine import Machine
from headwater.executors.secrets import SecretsExecutor
from headwater.testing.executor import STEPS, ExecutorSuite
from headwater.testing.local_bench import Bench
from headwater.vault.steps import StepSecrets


class TestForks(ExecutorSuite):
    @pytest.fixture
    def bench(self, tmp_path: Path) -> Iterator[Bench]:
        yield from _open(tmp_path, "fork")


class TestInterpreters(ExecutorSuite):
    @pytest.fixture
    def bench(self, tmp_path: Path) -> Iterator[Bench]:
        yield from _open(tmp_path, "spawn")


class TestForksWithSecrets(ExecutorSuite):
    @pytest.fixture
    def bench(self, tmp_path: Path) -> Iterator[Bench]:
        for bench in _open(tmp_path, "fork"):
            bench.executor = SecretsExecutor(bench.executor, StepSecrets(None, None, {}, bench.notices.append))
            yield bench


def _open(folder: Path, kind: str) -> Iterator[Bench]:
    bench = Bench(folder).open(STEPS, kind, machine=Machine(3, 1000), grace_s=0.2)
    yield bench
    bench.executor.close()
