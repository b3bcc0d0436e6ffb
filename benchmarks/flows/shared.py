"""Eight tasks hold one array of a gigabyte at the same time; each says what its share of the memory is."""

import os
import time
from pathlib import Path

import numpy as np

from headwater import FlowSpec, resources, step

TASKS = 8


def meet(folder: Path, name: str, index: int) -> None:
    """Wait until all tasks are here."""
    (folder / f"{name}-{index}").touch()
    while len(list(folder.glob(f"{name}-*"))) < TASKS:
        time.sleep(0.02)


def proportional_memory() -> int:
    """Bytes of this process; a page that several processes share counts in parts."""
    for line in Path("/proc/self/smaps_rollup").read_text().splitlines():
        if line.startswith("Pss:"):
            return int(line.split()[1]) * 1024
    raise OSError("the kernel does not say what memory is shared")


class SharedFlow(FlowSpec):
    @step
    def start(self):
        self.array = np.ones(125_000_000)
        self.items = list(range(TASKS))
        self.next(self.look, foreach="items")

    @resources(cpu=0.1)
    @step
    def look(self):
        folder = Path(os.environ["MEETING"])
        self.total = float(self.array.sum())
        meet(folder, "read", self.index)
        self.memory = proportional_memory()
        meet(folder, "measured", self.index)
        self.next(self.join)

    @step
    def join(self, inputs):
        self.memory = sum(task.memory for task in inputs)
        self.next(self.end)

    @step
    def end(self):
        Path(os.environ["MEETING"], "memory").write_text(str(self.memory))


if __name__ == "__main__":
    SharedFlow()
