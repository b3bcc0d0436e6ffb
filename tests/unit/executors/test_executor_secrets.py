"""Secrets on their way to attempts: what becomes of those that wait for them, and of others meanwhile."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

from headwater.executors.base import EndingKind
from headwater.executors.machine import Machine
from headwater.executors.secrets import SecretsExecutor
from headwater.records.secrets import Secrets, SecretSource
from headwater.testing.local_bench import Bench
from headwater.vault.steps import StepSecrets

STEPS = """
import os

def secret(spec):
    print("secret", os.environ["TOKEN"])

def plain(spec):
    print("plain", "TOKEN" in os.environ)
"""


class Slow(NamedTuple):
    """A file of secrets that is read only when somebody writes it, as a service that takes its time."""

    pipe: Path
    bench: Bench

    @property
    def decorators(self) -> tuple[Secrets]:
        return (Secrets(sources=(SecretSource(type="env-file", id=str(self.pipe)),)),)

    def answer(self, text: str) -> None:
        self.pipe.write_text(text)


@pytest.fixture
def slow(tmp_path: Path) -> Iterator[Slow]:
    os.mkfifo(tmp_path / "pipe")
    bench = Bench(tmp_path).open(STEPS, "fork", machine=Machine(4, 1000), grace_s=0.2)
    bench.executor = SecretsExecutor(bench.executor, StepSecrets(None, None, {}, bench.notices.append))
    yield Slow(tmp_path / "pipe", bench)
    bench.executor.close()


def test_others_run_while_a_secret_is_fetched(slow: Slow) -> None:
    bench = slow.bench
    bench.submit("secret", "0", "1", decorators=slow.decorators)
    bench.submit("plain")
    (ending,) = bench.executor.wait(60)
    assert ending.spec.step == "plain"
    assert bench.executor.running() == 2
    assert bench.executor.wait(0.01) == []
    slow.answer("TOKEN=tok-abcdef")
    assert [one.exit_code for one in bench.finish()] == [0, 0]
    assert sorted(line.text for _, line in bench.lines) == ["plain False", "secret ***", "secret ***"]


def test_what_waits_for_a_secret_can_be_held_back(slow: Slow) -> None:
    bench = slow.bench
    bench.submit("secret", "0", "1", decorators=slow.decorators)
    bench.executor.hold_back()
    assert [ending.held_back for ending in bench.finish()] == [True, True]
    slow.answer("TOKEN=tok-abcdef")  # which nobody needs any more


def test_all_that_wait_are_refused_and_the_next_one_asks_again(slow: Slow) -> None:
    bench = slow.bench
    bench.submit("secret", "0", "1", decorators=slow.decorators)
    slow.answer("no variable")
    endings = bench.finish()
    assert [ending.kind for ending in endings] == [EndingKind.REFUSED] * 2
    assert all("Line 1 of" in ending.detail for ending in endings)
    assert not bench.has_log("secret")
    bench.submit("secret", "2", decorators=slow.decorators)
    slow.answer("TOKEN=abc")
    assert [ending.exit_code for ending in bench.finish()] == [0]
    assert len(bench.notices) == 1
    assert "TOKEN" in bench.notices[0]
