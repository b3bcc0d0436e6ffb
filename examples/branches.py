"""Two steps at once, and a join that brings their values together."""

from headwater import FlowSpec, step


class BranchesFlow(FlowSpec):
    """Looks at the same numbers from two sides."""

    @step
    def start(self):
        self.numbers = [3, 1, 4, 1, 5, 9, 2, 6]
        self.next(self.smallest, self.largest)

    @step
    def smallest(self):
        self.low = min(self.numbers)
        self.next(self.join)

    @step
    def largest(self):
        self.high = max(self.numbers)
        self.next(self.join)

    @step
    def join(self, inputs):
        self.spread = inputs.largest.high - inputs.smallest.low
        self.merge_artifacts(inputs)  # what only one branch set, and what both left alone
        self.next(self.end)

    @step
    def end(self):
        print(f"{self.low} to {self.high}: a spread of {self.spread} over {len(self.numbers)} numbers")


if __name__ == "__main__":
    BranchesFlow()
