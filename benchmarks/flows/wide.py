"""A foreach as wide as WIDTH says; FAIL=1 makes the last step fail, STARTED names a file it writes its start to."""

import os
import time

from headwater import FlowSpec, step


class WideFlow(FlowSpec):
    @step
    def start(self):
        self.items = list(range(int(os.environ["WIDTH"])))
        self.next(self.work, foreach="items")

    @step
    def work(self):
        self.square = self.input**2
        self.next(self.join)

    @step
    def join(self, inputs):
        self.count = sum(1 for _ in inputs)
        self.next(self.end)

    @step
    def end(self):
        if "STARTED" in os.environ:
            with open(os.environ["STARTED"], "w") as file:
                file.write(repr(time.time()))
        if os.environ.get("FAIL"):
            raise RuntimeError("asked to fail")


if __name__ == "__main__":
    WideFlow()
