"""Parameters: what may differ from run to run is said on the command line, or in the environment.

python examples/parameters.py run --help
python examples/parameters.py run --rate 0.02 --years 10 --plan '{"start": 1000, "add": 50}'
HEADWATER_RUN_RATE=0.05 python examples/parameters.py run
"""

from headwater import FlowSpec, JSONType, Parameter, step


class ParametersFlow(FlowSpec):
    """Lets money grow."""

    # The type of a parameter is that of its default, or `type=`.
    rate = Parameter("rate", default=0.03, help="interest in a year")
    years = Parameter("years", default=5, help="how long")
    monthly = Parameter("monthly", default=False, help="whether interest is paid every month")
    currency = Parameter("currency", default="EUR", help="printed behind the amounts")
    plan = Parameter("plan", type=JSONType, default='{"start": 100, "add": 0}', help="first amount, and each year's")

    @step
    def start(self):
        # A parameter is read like an artifact, in every step. Nobody can set it: a run has the parameters it has.
        turns = 12 if self.monthly else 1
        self.amounts = [float(self.plan["start"])]
        for _ in range(self.years):
            grown = self.amounts[-1] * (1 + self.rate / turns) ** turns
            self.amounts.append(grown + self.plan["add"])
        self.next(self.end)

    @step
    def end(self):
        for year, amount in enumerate(self.amounts):
            print(f"year {year:>2}: {amount:>10,.2f} {self.currency}")


if __name__ == "__main__":
    ParametersFlow()
