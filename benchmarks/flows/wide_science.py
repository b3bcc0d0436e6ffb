"""The same foreach in a file that imports numpy and pandas."""

import os

import numpy as np
import pandas as pd

from headwater import FlowSpec, step


class WideScienceFlow(FlowSpec):
    @step
    def start(self):
        self.versions = [np.__version__, pd.__version__]
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
        pass


if __name__ == "__main__":
    WideScienceFlow()
