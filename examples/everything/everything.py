"""One flow that uses everything at once. It is no example of good taste: most flows need three of these things.

python examples/everything/everything.py run --day 2026-01-31
python examples/everything/everything.py --production run --kind careful
python examples/everything/everything.py card view report
"""

import datetime
import os
import tempfile
from pathlib import Path
from typing import Literal

from parts import retried, timed

from headwater import (
    Config,
    FlowSpec,
    Folder,
    IncludeFile,
    Parameter,
    card,
    catch,
    config_expr,
    current,
    environment,
    exit_hook,
    parallel,
    project,
    resources,
    retry,
    secrets,
    step,
    timeout,
)
from headwater.cards import Markdown, Table, ValueBox

HERE = Path(__file__).parent


def tell(run):
    print(f"{run.pathspec} is over: {run.status}")


@exit_hook(on_success=[tell], on_error=[tell])
@project(name=config_expr("settings.project"))
@retried
class EverythingFlow(FlowSpec):
    """Forecasts what some shops will sell, in more ways than are needed."""

    settings = Config("settings", default=str(HERE / "settings.json"))
    words = IncludeFile("words", default=str(HERE / "words.txt"), help="what the report begins with")
    day = Parameter("day", type=datetime.date, default=datetime.date(2026, 1, 1), help="the day that is forecast")
    kind = Parameter("kind", type=Literal["quick", "careful"], default="quick", help="how carefully")
    unit = "pieces"

    @step
    def start(self):
        """A foreach over the shops."""
        self.shops = list(self.settings.shops)
        self.next(self.shop, foreach="shops")

    @environment(vars={"DEMO_ROUNDING": "1"})
    @step
    def shop(self):
        """A foreach in the foreach."""
        self.name_of_shop = self.input
        self.sold = list(self.settings.shops[self.input])
        self.digits = int(os.environ["DEMO_ROUNDING"])
        self.windows = list(self.settings.windows)
        self.next(self.forecast, foreach="windows")

    @catch(var="failure")
    @retry(times=1, minutes_between_retries=0)
    @timeout(seconds=30)
    @resources(cpu=1, memory=100)
    @step
    def forecast(self):
        """Fails for one shop: the last attempt is caught."""
        if self.name_of_shop == "east" and self.input == 3:
            raise ValueError("too few pieces to say anything")
        self.value = round(sum(self.sold[-self.input :]) / self.input, self.digits)
        self.next(self.join_windows)

    @step
    def join_windows(self, inputs):
        self.merge_artifacts(inputs, include=["name_of_shop"])
        self.failures = [str(one.failure.exception) for one in inputs if one.failure]
        self.values = [one.value for one in inputs if not one.failure]
        self.next(self.join_shops)

    @step
    def join_shops(self, inputs):
        self.forecasts = {one.name_of_shop: max(one.values) for one in inputs}
        self.failures = [failure for one in inputs for failure in one.failures]
        self.next(self.look)

    @step
    def look(self):
        """Two branches. A join cannot split, so this is a step of its own."""
        self.next(self.total, self.spread)

    @timed
    @step
    def total(self):
        """One of two branches."""
        self.sum = sum(self.forecasts.values())
        self.next(self.choose)

    @step
    def spread(self):
        """The other."""
        self.range = max(self.forecasts.values()) - min(self.forecasts.values())
        self.next(self.choose)

    @step
    def choose(self, inputs):
        """Joins them; what decides is a step of its own, too."""
        self.merge_artifacts(inputs)
        self.next(self.decide)

    @step
    def decide(self):
        """A switch."""
        self.guess, self.turns = 1.0, 0
        self.next({"quick": self.simulate, "careful": self.improve}, condition="kind")

    @step
    def improve(self):
        """A loop: the root of the sum, by Newton's method, until it is good enough."""
        self.turns += 1
        better = (self.guess + self.sum / self.guess) / 2
        self.go_on = abs(better - self.guess) > self.settings.enough
        self.guess = better
        self.next({True: self.improve, False: self.simulate}, condition="go_on")

    @step
    def simulate(self):
        """A gang of two."""
        self.next(self.throw, num_parallel=2)

    @parallel
    @step
    def throw(self):
        self.node = current.parallel.node_index
        self.share = self.sum / current.parallel.num_nodes
        self.next(self.collect)

    @step
    def collect(self, inputs):
        self.shares = [node.share for node in inputs]
        self.merge_artifacts(inputs, exclude=["node", "share"])
        self.next(self.report)

    @secrets(sources=[{"type": "env-file", "id": str(HERE / "report.env")}])
    @card
    @step
    def report(self):
        """A card, a folder of files, and a secret that nobody sees."""
        print("sent with the token", os.environ["REPORT_TOKEN"])
        text = self.words.format(shops=len(self.forecasts))
        current.card.append(Markdown(f"# Forecast for {self.day}\n\n{text}"))
        current.card.append(ValueBox("Sum", self.sum, self.unit))
        current.card.append(Table([[name, value] for name, value in self.forecasts.items()], ["shop", "forecast"]))
        folder = tempfile.mkdtemp()
        Path(folder, "forecast.txt").write_text(text)
        self.files = Folder(folder)
        self.next(self.end)

    @step
    def end(self):
        print(f"{current.project_flow_name}: {self.sum:.1f} {self.unit} on {self.day}; failed: {self.failures}")


if __name__ == "__main__":
    EverythingFlow()
