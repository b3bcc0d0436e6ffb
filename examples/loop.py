"""A switch that chooses its next step while the flow runs, and a step that repeats until it is content."""

from headwater import FlowSpec, Parameter, step


class LoopFlow(FlowSpec):
    """Newton's square root: improves a guess until it is good enough, then says how it went."""

    number = Parameter("number", default=2.0)

    @step
    def start(self):
        self.guess, self.turns = self.number, 0
        self.next(self.improve)

    @step
    def improve(self):
        self.guess = (self.guess + self.number / self.guess) / 2
        self.turns += 1
        self.state = "close" if abs(self.guess**2 - self.number) < 1e-12 or self.turns == 50 else "far"
        self.next({"far": self.improve, "close": self.end}, condition="state")

    @step
    def end(self):
        print(f"the root of {self.number} is {self.guess:.12f}, after {self.turns} turns")


if __name__ == "__main__":
    LoopFlow()
