"""Resume: a run that failed goes on where it stopped, with what it had already done.

python examples/resume.py run               # fails in `report`
touch ready
python examples/resume.py resume            # `prepare` does not run again
"""

import os
from pathlib import Path

from headwater import FlowSpec, step


class ResumeFlow(FlowSpec):
    """Prepares something at length, and then needs a file that nobody has made."""

    @step
    def start(self):
        self.numbers = list(range(1, 6))
        self.next(self.prepare, foreach="numbers")

    @step
    def prepare(self):
        self.square = self.input**2
        self.pid = os.getpid()  # tells which process has done it
        print(f"preparing {self.input}, which takes long")
        self.next(self.report)

    @step
    def report(self, inputs):
        # What `prepare` stored is safe: it is not done again, whatever happens here.
        if not Path("ready").exists():
            raise FileNotFoundError("there is no file named 'ready'")
        self.total = sum(one.square for one in inputs)
        self.next(self.end)

    @step
    def end(self):
        print("the total is", self.total)


if __name__ == "__main__":
    ResumeFlow()
