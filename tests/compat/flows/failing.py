"""A run that fails at its second step until a file is there; then it can be resumed."""

import os

from metaflow import FlowSpec, Parameter, step


class FailingFlow(FlowSpec):
    name_of_file = Parameter("file", default="mended")

    @step
    def start(self):
        self.array = list(range(200_000))
        print("started once")
        self.next(self.check)

    @step
    def check(self):
        self.seen = "before"
        if not os.path.exists(self.name_of_file):
            raise FileNotFoundError(self.name_of_file)
        self.seen = "after"
        self.next(self.end)

    @step
    def end(self):
        self.length = len(self.array)


if __name__ == "__main__":
    FailingFlow()
