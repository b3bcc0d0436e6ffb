"""A switch over text, a loop that ends by a switch, and arms that come together again."""

from metaflow import FlowSpec, Parameter, step


class ChoicesFlow(FlowSpec):
    size = Parameter("size", default="large")

    @step
    def start(self):
        self.turns = 0
        self.next({"small": self.quick, "large": self.thorough}, condition="size")

    @step
    def quick(self):
        self.way = "quick"
        self.next(self.settle)

    @step
    def thorough(self):
        self.way = "thorough"
        self.next(self.settle)

    @step
    def settle(self):
        self.arrived = self.way
        self.next(self.again)

    @step
    def again(self):
        self.turns += 1
        self.more = "yes" if self.turns < 3 else "no"
        self.next({"yes": self.again, "no": self.end}, condition="more")

    @step
    def end(self):
        self.result = (self.arrived, self.turns)


if __name__ == "__main__":
    ChoicesFlow()
