"""What this machine has, what a step claims of it, and what is free."""

import math
import os
import sys
from collections.abc import Mapping
from glob import glob
from pathlib import Path
from typing import NamedTuple

from headwater.records.decorators import Resources
from headwater.records.platforms import Batch, Kubernetes
from headwater.records.step import StepSpec

_CGROUP = Path("/sys/fs/cgroup")
_MB = 1 << 20


class Machine(NamedTuple):
    """What tasks may use together."""

    cpus: float
    memory_mb: int
    gpus: tuple[str, ...] = ()  # as CUDA_VISIBLE_DEVICES names them


class Claim(NamedTuple):
    """What one launch needs."""

    cpus: float = 1.0
    memory_mb: int = 0  # 0: the author did not say
    gpus: int = 0


def claim_of(step: StepSpec, members: int = 1) -> Claim:
    """What the author wrote; one CPU where nothing is said. For a gang, the sum.

    What a step asks of a cluster it needs here too: of several decorators the largest amount counts.
    """
    asked = [one for one in step.decorators if isinstance(one, (Resources, Kubernetes, Batch))]
    cpus = max((one.cpu for one in asked if one.cpu is not None), default=1.0)
    memory_mb = max((one.memory or 0 for one in asked), default=0)
    gpus = max((one.gpu or 0 for one in asked), default=0)
    return Claim(cpus * members, memory_mb * members, gpus * members)


def find_lack(machine: Machine, claim: Claim) -> str:
    """What the machine can never give to a claim, in words; "" when it fits."""
    lacks = []
    if claim.cpus > machine.cpus:
        lacks.append(f"{claim.cpus:g} CPUs (this machine has {machine.cpus:g})")
    if claim.memory_mb > machine.memory_mb:
        lacks.append(f"{claim.memory_mb} MB of memory (this machine has {machine.memory_mb})")
    if claim.gpus > len(machine.gpus):
        lacks.append(f"{claim.gpus} GPUs (this machine has {len(machine.gpus)})")
    return ", ".join(lacks)


class Ledger:
    """What is taken of a machine and what is free."""

    def __init__(self, machine: Machine) -> None:
        self.machine = machine
        self._cpus = machine.cpus
        self._memory_mb = machine.memory_mb
        self._gpus = list(machine.gpus)
        self._takers = 0

    @property
    def free_cpus(self) -> float:
        return max(0.0, self._cpus)

    def fits(self, claim: Claim) -> bool:
        """Whether a claim can start now. One above the machine starts when nothing else runs."""
        if self._takers == 0:
            return True
        return claim.cpus <= self._cpus and claim.memory_mb <= self._memory_mb and claim.gpus <= len(self._gpus)

    def take(self, claim: Claim) -> tuple[str, ...]:
        """Take what `fits` has allowed; returns the GPUs."""
        self._takers += 1
        self._cpus -= claim.cpus
        self._memory_mb -= claim.memory_mb
        taken, self._gpus = tuple(self._gpus[: claim.gpus]), self._gpus[claim.gpus :]
        return taken

    def give_back(self, claim: Claim, gpus: tuple[str, ...]) -> None:
        self._takers -= 1
        self._cpus += claim.cpus
        self._memory_mb += claim.memory_mb
        self._gpus = sorted((*self._gpus, *gpus), key=self.machine.gpus.index)
        if self._takers == 0:
            self._cpus = self.machine.cpus  # sums of fractions drift


def detect_machine(environ: Mapping[str, str]) -> Machine:
    """This process's share of the computer: affinity, the container's limits, visible GPUs."""
    return Machine(_detect_cpus(), _detect_memory_mb(), _detect_gpus(environ))


def _detect_cpus() -> float:
    cpus = float(len(os.sched_getaffinity(0))) if sys.platform == "linux" else float(os.cpu_count() or 1)
    quota = _read(_CGROUP / "cpu.max").split()
    if len(quota) == 2 and quota[0].isdigit():
        cpus = min(cpus, int(quota[0]) / int(quota[1]))
    else:
        limit, period = _read(_CGROUP / "cpu/cpu.cfs_quota_us"), _read(_CGROUP / "cpu/cpu.cfs_period_us")
        if limit.isdigit() and period.isdigit():
            cpus = min(cpus, int(limit) / int(period))
    return max(1.0, math.floor(cpus * 100) / 100)


def _detect_memory_mb() -> int:
    total = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    for name in ("memory.max", "memory/memory.limit_in_bytes"):
        limit = _read(_CGROUP / name)
        if limit.isdigit():
            total = min(total, int(limit))
    return total // _MB


def _detect_gpus(environ: Mapping[str, str]) -> tuple[str, ...]:
    visible = environ.get("CUDA_VISIBLE_DEVICES")
    if visible is not None:
        return tuple(name.strip() for name in visible.split(",") if name.strip() not in ("", "-1", "NoDevFiles"))
    return tuple(str(number) for number in range(len(glob("/dev/nvidia[0-9]*"))))


def _read(path: Path) -> str:
    try:
        return path.read_text().strip()
    except OSError:
        return ""
