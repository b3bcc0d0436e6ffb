"""A switch: the flow looks at a value and takes one of several ways.

python examples/switch.py run
python examples/switch.py run --size 5
"""

from headwater import FlowSpec, Parameter, step


class SwitchFlow(FlowSpec):
    """Sums the first numbers: one by one while they are few, by the formula when they are many."""

    size = Parameter("size", default=1_000_000, help="how many numbers")

    @step
    def start(self):
        self.amount = "few" if self.size < 100 else "many"
        # The value of `amount` is looked up in the table. Every way that there could be stands in the file, so that
        # `show` can draw it and `check` can see whether each one ends.
        self.next({"few": self.add_up, "many": self.compute}, condition="amount")

    @step
    def add_up(self):
        self.total = sum(range(1, self.size + 1))
        self.way = "added up"
        self.next(self.end)

    @step
    def compute(self):
        self.total = self.size * (self.size + 1) // 2
        self.way = "computed"
        self.next(self.end)

    @step
    def end(self):  # one way arrives here, so this is no join: it takes no `inputs`
        print(f"1 to {self.size:,} is {self.total:,}, {self.way}")


if __name__ == "__main__":
    SwitchFlow()
