"""An array of MEGABYTES; KEEP=1 stores it. TIMES gets how long loading it, and leaving a step that read it, took."""

import json
import os
import time

import numpy as np

from headwater import FlowSpec, step


class ArrayFlow(FlowSpec):
    @step
    def start(self):
        array = np.random.default_rng(time.time_ns()).random(int(os.environ["MEGABYTES"]) * 125_000)
        if os.environ.get("KEEP"):
            self.array = array
        self.next(self.read)

    @step
    def read(self):
        before = time.perf_counter()
        if os.environ.get("KEEP"):
            array = self.array
            self.load_s = time.perf_counter() - before
            self.total = float(array.sum())
        self.read_at = time.time()
        self.next(self.end)

    @step
    def end(self):
        if os.environ.get("KEEP"):
            with open(os.environ["TIMES"], "w") as file:
                json.dump({"load_s": self.load_s, "leave_s": time.time() - self.read_at}, file)


if __name__ == "__main__":
    ArrayFlow()
