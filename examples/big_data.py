"""Big data: an array of 200 MB is stored once, and read by eight tasks that share one copy of it in memory.

python examples/big_data.py run
headwater show BigDataFlow
"""

import numpy as np

from headwater import FlowSpec, Parameter, resources, step


class BigDataFlow(FlowSpec):
    """Finds out how far a random walk goes, by parts."""

    megabytes = Parameter("megabytes", default=200, help="how much data to make")

    @step
    def start(self):
        random = np.random.default_rng(0)
        self.walk = random.standard_normal(self.megabytes * 1024 * 1024 // 8).cumsum()
        self.parts = 8
        self.part = range(self.parts)
        self.next(self.look, foreach="part")

    # What a task needs is promised to it: no more of them run at once than the machine has memory and CPUs for.
    @resources(cpu=1, memory=300)
    @step
    def look(self):
        # The array is mapped from where it lies on disk. Only what is touched is read, and no task has its own copy
        # until it writes into it.
        size = len(self.walk) // self.parts
        part = self.walk[self.input * size : (self.input + 1) * size]
        self.lowest, self.highest = float(part.min()), float(part.max())
        self.next(self.join)

    @step
    def join(self, inputs):
        self.lows = [part.lowest for part in inputs]
        self.highs = [part.highest for part in inputs]
        self.merge_artifacts(inputs, include=["walk", "parts"])  # by reference: nothing is copied
        self.next(self.end)

    @step
    def end(self):
        for low, high in zip(self.lows, self.highs, strict=True):
            print(f"{low:>10,.0f} to {high:>10,.0f}")
        print(f"{len(self.walk):,} steps, {self.walk.nbytes / 1e6:,.0f} MB, from {min(self.lows):,.0f} on")


if __name__ == "__main__":
    BigDataFlow()
