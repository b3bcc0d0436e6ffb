"""What an attempt used is its own, not its parent's."""

import json

import pytest

from headwater.testing.local_bench import BenchMaker

KINDS = pytest.mark.parametrize("kind", ["fork", "spawn"])
MB = 1 << 20

CODE = """
import json
from headwater.worker.usage import measure
ballast = bytearray(150 << 20)
def tell(): print(json.dumps([measure().peak_memory, measure().cpu_s]))
def idle(spec): tell()
def peak(spec):
    block = bytearray(80 << 20)
    del block
    tell()
def busy(spec):
    while time.process_time() < 0.4: pass
    tell()
"""


def used(bench: BenchMaker, kind: str, step: str) -> tuple[float, float]:
    b = bench(CODE, kind)
    b.run(step)
    memory, cpu_s = json.loads(b.lines[0][1].text)
    return memory / MB, cpu_s


@KINDS
def test_what_the_imports_hold_does_not_count(bench: BenchMaker, kind: str) -> None:
    memory, cpu_s = used(bench, kind, "idle")
    assert memory < 20
    assert cpu_s < 0.3


def test_the_memory_of_the_driver_does_not_count(bench: BenchMaker) -> None:
    ballast = bytearray(300 << 20)
    memory, _ = used(bench, "spawn", "idle")
    assert memory < len(ballast) / MB / 10


@KINDS
def test_the_peak_counts_even_after_it_is_over(bench: BenchMaker, kind: str) -> None:
    memory, _ = used(bench, kind, "peak")
    assert 75 < memory < 110


def test_cpu_time_counts(bench: BenchMaker) -> None:
    _, cpu_s = used(bench, "fork", "busy")
    assert cpu_s >= 0.35
